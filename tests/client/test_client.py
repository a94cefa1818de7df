"""The client against a real server: what it sends arrives, what comes back has types, what is refused is said."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from flaky_proxy import serving

from recirc.api import articles as portal_articles
from recirc.api import events as portal_events
from recirc.api import health as portal_health
from recirc.client import (
    AsyncClient,
    Client,
    InvalidError,
    KeyRejectedError,
    NotFoundError,
    RejectedError,
    WithdrawnError,
    answers,
    identified,
    questions,
)
from recirc.types import Article, Author, Event, EventKind, Request, Window
from recirc.web import problems as portal_problems
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
            body=f"<p>Crews of the ferry line voted on day {number} of the talks by the harbour.</p>",
            section="coast",
            topics=("Ferries",),
            authors=(Author(name="Beth Carrow"),),
            published=NOW - timedelta(hours=number),
        )
        for number in range(4)
    ]


def settled(wanted: Callable[[], bool]) -> bool:
    """Whether something is so within some seconds: other workers fold what is on disk a moment later."""
    until = time.monotonic() + 5
    while not wanted():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)  # the server folds after it has answered
    return True


def test_articles_are_published_looked_at_and_withdrawn(client: Client) -> None:
    written = paper("a")
    assert [put.outcome for put in client.publish(written)] == ["new"] * 4
    assert [put.outcome for put in client.publish(iter(written))] == ["unchanged"] * 4
    kept = client.article(written[1].id)
    assert kept.article is not None
    assert (kept.article.headline, kept.article.published) == (written[1].headline, written[1].published)
    assert kept.article.authors == written[1].authors
    assert kept.counts.views == 0
    assert client.withdraw(written[1].id).outcome == "withdrawn"
    assert client.withdraw(written[1].id).outcome == "withdrawn"
    with pytest.raises(
        WithdrawnError, match=r"GET http://127\.0\.0\.1:\d+/v1/articles: 410: .* withdr"
    ) as gone:
        client.article(written[1].id)
    assert (gone.value.status, gone.value.kind) == (410, "withdrawn")
    with pytest.raises(NotFoundError, match="No article has the id 'nobody'"):
        client.article("nobody")
    with pytest.raises(NotFoundError):
        client.withdraw("nobody")


def test_one_article_and_objects_with_other_names(client: Client) -> None:
    (put,) = client.publish({"id": "b/one", "title": "An otter moves in", "colour": "brown"})
    assert (put.outcome, put.ignored) == ("new", ("colour",))
    (again,) = client.publish(Article(id="b/one", headline="An otter moves out"))
    assert again.outcome == "updated"


def test_refused_articles_do_not_keep_the_others_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "ARTICLES", 2)  # so that the third and fourth are a request of their own
    rows = [{"id": "c/1", "headline": "Yes"}, {"id": "c/2"}, {"id": "c/3"}, {"headline": "No id"}]
    puts = client.publish(rows)
    assert [(put.id, put.outcome) for put in puts] == [
        ("c/1", "new"),
        ("c/2", "refused"),
        ("c/3", "refused"),
        (None, "refused"),
    ]
    assert [put.field for put in puts[1:]] == ["headline", "headline", "id"]
    assert "is missing" in str(puts[3].text)
    with pytest.raises(RejectedError) as refused:
        client.publish(rows[1:])
    assert [fault.index for fault in refused.value.faults] == [0, 1, 2]
    assert refused.value.faults[2].field == "id"
    assert '[2] "id" is missing' in str(refused.value)


def test_nothing_to_send_asks_nothing() -> None:
    with Client("http://127.0.0.1:1") as nobody:
        assert nobody.publish([]) == []
        assert nobody.observe([]).accepted == 0


def test_what_readers_did_is_counted_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "EVENTS", 3)
    events = identified(Event(kind=EventKind.VIEW, article="d/1", reader=f"reader {n}") for n in range(7))
    wrong = Event(kind=EventKind.REACTION, article="d/1", name="bored")
    taken = client.observe([*events, wrong])
    assert (taken.accepted, taken.duplicates, taken.excluded) == (7, 0, 0)
    (fault,) = taken.refused
    assert (fault.index, fault.field) == (7, "name")
    assert "'bored' is not a reaction" in str(fault)
    assert client.observe(events).duplicates == 7
    assert client.observe(events[0]).duplicates == 1
    assert settled(lambda: client.article("d/1").counts.raw == 7)
    assert client.article("d/1").counts.readers == 7


def test_shelves_and_rankings(client: Client) -> None:
    written = paper("e")
    client.publish(written)
    views = [
        Event(kind=EventKind.VIEW, article=a.id, reader=f"r{n}") for n, a in enumerate(written) for _ in "ab"
    ]
    client.observe(views)
    assert settled(lambda: len(client.ranking(window=Window.EVER).items) > 0)
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


def test_the_awaited_client_does_the_same(server: Server) -> None:
    async def talk() -> None:
        async with AsyncClient(server.address, key=server.key) as client:
            written = paper("g")
            assert [put.outcome for put in await client.publish(written)] == ["new"] * 4
            kept = await asyncio.gather(*(client.article(article.id) for article in written))
            assert [one.id for one in kept] == [article.id for article in written]
            taken = await client.observe(Event(kind=EventKind.VIEW, article=written[0].id))
            assert taken.accepted == 1
            assert (await client.shelves(article=written[0].id)).shelves["related"].method
            assert (await client.ranking(window=Window.EVER)).kind == "ranking"
            assert (await client.withdraw(written[0].id)).outcome == "withdrawn"
            with pytest.raises(WithdrawnError):
                await client.article(written[0].id)
            assert (await client.health()).version
            assert await client.healthy()

    asyncio.run(talk())


@pytest.mark.parametrize(
    "url", ["news.example", "ftp://news.example", "https://", "https://news.example/?a=1", ""]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="not the address of a server"):
        Client(url)


@pytest.mark.parametrize("key", ["", "rk_a\r\nX: y", "rk_ä", "two words"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as error:
        Client("https://news.example", key=key)
    assert key not in str(error.value) or not key


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (answers.PublishResult, portal_articles.PublishResult),
        (answers.ArticleRecord, portal_articles.ArticleRecord),
        (answers.WithdrawResult, portal_articles.WithdrawResult),
        (answers.EventsResult, portal_events.EventsResult),
        (answers.HealthStatus, portal_health.HealthStatus),
        (answers.FieldError, portal_problems.FieldError),
    ],
)
def test_the_answers_are_those_that_the_server_gives(
    mine: type[msgspec.Struct], theirs: type[msgspec.Struct]
) -> None:
    given = {field.name: field for field in msgspec.structs.fields(theirs)}
    for field in msgspec.structs.fields(mine):
        assert field.name in given
        if field.required:
            assert given[field.name].required, f"{field.name} may be missing"


def test_the_keywords_of_shelves_are_the_fields_of_a_request() -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(Request)}
    assert set(questions.RequestFields.__annotations__) == set(fields)


def test_both_clients_have_the_same_methods() -> None:
    def words(kind: type[Client] | type[AsyncClient]) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert words(Client) == words(AsyncClient)
    for name in words(Client) - {"close"}:
        assert getattr(Client, name).__annotations__ == getattr(AsyncClient, name).__annotations__, name
