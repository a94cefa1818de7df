"""The client against a real server: requests arrive, responses are typed, refusals are errors."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from flaky_proxy import serving

from recirc_client import (
    Article,
    AsyncClient,
    Author,
    Client,
    Event,
    EventKind,
    InvalidError,
    KeyRejectedError,
    NotFoundError,
    RejectedError,
    Request,
    Window,
    WithdrawnError,
    requests,
    with_ids,
)
from served import Server

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as made:
        yield made


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.address, key=server.key) as made:
        yield made


def paper(prefix: str) -> list[Article]:
    return [
        Article(
            id=f"{prefix}/{number}, über",
            headline=f"Ferry crews vote, part {number}",
            body=f"<p>Crews of the ferry line voted on day {number} of the talks by harbour {prefix}.</p>",
            section="coast",
            topics=("Ferries",),
            authors=(Author(name="Beth Carrow"),),
            published=NOW - timedelta(hours=number),
        )
        for number in range(4)
    ]


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether a condition becomes true within a minute: other workers fold a moment after the acknowledgement."""
    until = time.monotonic() + 60
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)  # the server folds after it has answered
    return True


def test_publish_read_and_withdraw_articles(client: Client) -> None:
    written = paper("a")
    assert [result.outcome for result in client.publish(written)] == ["new"] * 4
    assert [result.outcome for result in client.publish(iter(written))] == ["unchanged"] * 4
    record = client.article(written[1].id)
    assert record.article is not None
    assert (record.article.headline, record.article.published) == (written[1].headline, written[1].published)
    assert record.article.authors == written[1].authors
    assert record.counts.views == 0
    assert client.withdraw(written[1].id).outcome == "withdrawn"
    assert client.withdraw(written[1].id).outcome == "withdrawn"
    with pytest.raises(
        WithdrawnError, match=r"GET http://127\.0\.0\.1:\d+/v1/articles: 410: .* withdr"
    ) as gone:
        client.article(written[1].id)
    assert (gone.value.status, gone.value.kind) == (410, "withdrawn")
    with pytest.raises(NotFoundError, match="No article has the id “nobody”"):
        client.article("nobody")
    with pytest.raises(NotFoundError):
        client.withdraw("nobody")


def test_one_article_and_dictionaries_with_other_field_names(client: Client) -> None:
    (result,) = client.publish({"id": "b/one", "title": "An otter moves in", "colour": "brown"})
    assert (result.outcome, result.ignored) == ("new", ("colour",))
    (again,) = client.publish(Article(id="b/one", headline="An otter moves out"))
    assert again.outcome == "updated"


def test_refused_articles_do_not_keep_the_others_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MAX_ARTICLES", 2)  # the third and fourth go in a second request
    rows = [{"id": "c/1", "headline": "Yes"}, {"id": "c/2"}, {"id": "c/3"}, {"headline": "No id"}]
    results = client.publish(rows)
    assert [(result.id, result.outcome) for result in results] == [
        ("c/1", "new"),
        ("c/2", "refused"),
        ("c/3", "refused"),
        (None, "refused"),
    ]
    assert [result.field for result in results[1:]] == ["headline", "headline", "id"]
    assert "is missing" in str(results[3].text)
    with pytest.raises(RejectedError) as refused:
        client.publish(rows[1:])
    assert [error.index for error in refused.value.errors] == [0, 1, 2]
    assert refused.value.errors[2].field == "id"
    assert '[2] "id" is missing' in str(refused.value)


def test_empty_lists_send_no_request() -> None:
    with Client("http://127.0.0.1:1") as nobody:
        assert nobody.publish([]) == []
        assert nobody.observe([]).accepted == 0


def test_events_count_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MAX_EVENTS", 3)
    events = with_ids(Event(kind=EventKind.VIEW, article="d/1", reader=f"reader {n}") for n in range(7))
    wrong = Event(kind=EventKind.REACTION, article="d/1", name="bored")
    total = client.observe([*events, wrong])
    assert (total.accepted, total.duplicates, total.excluded) == (7, 0, 0)
    (error,) = total.refused
    assert (error.index, error.field) == (7, "name")
    assert "'bored' is not a reaction" in str(error)
    assert client.observe(events).duplicates == 7
    assert client.observe(events[0]).duplicates == 1
    assert eventually(lambda: client.article("d/1").counts.raw == 7)
    assert client.article("d/1").counts.readers == 7


def test_shelves_and_rankings(client: Client) -> None:
    written = paper("e")
    client.publish(written)
    views = [
        Event(kind=EventKind.VIEW, article=a.id, reader=f"r{n}") for n, a in enumerate(written) for _ in "ab"
    ]
    client.observe(views)
    # Each worker folds the log for itself.
    assert eventually(lambda: len(client.ranking(section="coast", window=Window.EVER, slots=2).items) == 2)
    by_words = client.shelves(article=written[0].id, history=(written[1].id,), slots=3)
    assert by_words.shelves["related"].kind == "related"
    shown = [
        item.article
        for shelf in (
            by_words.shelves["related"],
            by_words.shelves["ranking"],
            by_words.shelves["recommendation"],
        )
        for item in shelf.items
    ]
    assert shown
    assert written[0].id not in shown
    request = Request(article=written[0].id, history=(written[1].id,), slots=3, personalised=False)
    assert client.shelves(request).as_of >= by_words.as_of
    ranking = client.ranking(section="coast", window=Window.EVER, slots=2)
    assert len(ranking.items) == 2
    assert ranking.items[0].counts is not None
    assert ranking.items[0].reason.text
    with pytest.raises(NotFoundError, match=r"'coats'.*'coast'"):
        client.ranking(section="coats")
    named = client.shelves(article=written[0].id, absolute=True, shelf=("ranking",))
    assert not named.shelves["related"].items
    assert named.shelves["ranking"].items
    assert all(str(item.url).startswith("http") for item in named.shelves["ranking"].items)
    with pytest.raises(TypeError, match="not both"):
        client.shelves(request, article="x")
    with pytest.raises(InvalidError, match="slots"):
        client.shelves(article=written[0].id, slots=500)


def test_without_a_key(server: Server) -> None:
    with Client(server.address) as stranger:
        with pytest.raises(KeyRejectedError, match="401: This needs an API key: "):
            stranger.publish(paper("f"))
        assert stranger.health().status == "ok"
        assert stranger.healthy()
    with Client(server.address, key="rk_wrong") as wrong, pytest.raises(KeyRejectedError) as error:
        wrong.publish(paper("f"))
    assert "rk_wrong" not in str(error.value)


def test_the_asynchronous_client(server: Server) -> None:
    async def calls() -> None:
        async with AsyncClient(server.address, key=server.key) as client:
            written = paper("g")
            assert [result.outcome for result in await client.publish(written)] == ["new"] * 4
            record = await asyncio.gather(*(client.article(article.id) for article in written))
            assert [one.id for one in record] == [article.id for article in written]
            total = await client.observe(Event(kind=EventKind.VIEW, article=written[0].id))
            assert total.accepted == 1
            assert (await client.shelves(article=written[0].id)).shelves["related"].method
            assert (await client.ranking(window=Window.EVER)).kind == "ranking"
            assert (await client.withdraw(written[0].id)).outcome == "withdrawn"
            with pytest.raises(WithdrawnError):
                await client.article(written[0].id)
            assert (await client.health()).version
            assert await client.healthy()

    asyncio.run(calls())


@pytest.mark.parametrize(
    "url", ["news.example", "ftp://news.example", "https://", "https://news.example/?a=1", ""]
)
def test_invalid_addresses(url: str) -> None:
    with pytest.raises(ValueError, match="not the address of a server"):
        Client(url)


@pytest.mark.parametrize("key", ["", "rk_a\r\nX: y", "rk_ä", "two words"])
def test_invalid_keys(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as error:
        Client("https://news.example", key=key)
    assert key not in str(error.value) or not key


def test_the_keywords_of_shelves_are_the_fields_of_a_request() -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(Request)}
    assert set(requests.RequestFields.__annotations__) == set(fields)


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type[Client] | type[AsyncClient]) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert methods(Client) == methods(AsyncClient)
    for name in methods(Client) - {"close"}:
        assert getattr(Client, name).__annotations__ == getattr(AsyncClient, name).__annotations__, name
