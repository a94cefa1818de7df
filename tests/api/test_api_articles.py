from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import quote

import pytest

from portal_house import STRANGE, House, problem
from recirc.engine import REACTIONS
from recirc.web.links import api_path, article_path

GOOD = {"id": "a", "headline": "A headline", "body": "Text."}


def post(house: House, body: Any) -> Any:
    return house.client.post("/v1/articles", json=body, headers=house.auth)


def test_publishing_again_changes_nothing_and_other_words_update(house: House) -> None:
    first = post(house, GOOD)
    assert (first.status_code, first.json()) == (201, {"id": "a", "outcome": "new"})
    assert first.headers["location"] == "/v1/articles/a"
    assert (post(house, GOOD).status_code, post(house, GOOD).json()["outcome"]) == (200, "unchanged")
    assert post(house, GOOD | {"headline": "Another"}).json()["outcome"] == "updated"


def test_a_list_is_answered_in_order_and_refusals_keep_nobody_out(house: House) -> None:
    answer = post(house, [GOOD, {"id": "b"}, "c", GOOD | {"id": "d", "wrong": 1}])
    assert answer.status_code == 201
    told = answer.json()
    assert [one["outcome"] for one in told] == ["new", "refused", "refused", "new"]
    assert told[1]["field"] == "headline"
    assert told[2]["text"] == "an article is a JSON object, not str"
    assert told[3]["ignored"] == ["wrong"]
    house.engine.catch_up()
    assert house.client.get("/v1/articles/d").json()["article"]["headline"] == "A headline"


def test_all_refused_is_a_problem_that_names_each_field(house: House) -> None:
    told = problem(post(house, [{"id": "b"}, {"headline": "H"}]), 400, "refused")
    assert [(fault["index"], fault["field"]) for fault in told["errors"]] == [(0, "headline"), (1, "id")]
    told = problem(post(house, GOOD | {"published": "yesterday"}), 400, "refused")
    assert told["errors"][0]["field"] == "published"
    assert "yesterday" in told["errors"][0]["text"]
    assert problem(post(house, []), 400, "refused")["detail"] == "The list is empty."


def test_script_in_a_body_is_taken_out_and_in_a_headline_is_text(house: House) -> None:
    post(
        house,
        GOOD | {"headline": "<script>x</script>", "body": "<p onclick='x()'>A<script>alert(1)</script></p>"},
    )
    house.engine.catch_up()
    kept = house.client.get("/v1/articles/a").json()["article"]
    assert kept["body"] == "<p>A</p>"
    assert "<script>" in kept["headline"]
    page = house.client.get("/article/a").text
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "<script>x" not in page


@pytest.mark.parametrize(
    "article", [STRANGE, "a/b:c", "//", "..", ".", "a//b/", "ø æ 日本", "50% off?#x", "a b+c", "%41"]
)
def test_any_id_finds_its_way_there_and_back(house: House, article: str) -> None:
    answer = post(house, GOOD | {"id": article})
    assert answer.status_code == 201 or article == STRANGE
    house.engine.catch_up()
    page = house.client.get(article_path(article))
    assert page.status_code == 200
    assert "A headline" in page.text
    assert house.client.get(api_path(article)).json()["id"] == article
    gone = house.client.delete(api_path(article), headers=house.auth)
    assert gone.json() == {"id": article, "outcome": "withdrawn"}


def test_withdrawn_is_gone_for_machines_and_people_and_may_come_back(house: House) -> None:
    for _ in range(2):
        assert house.client.delete("/v1/articles/otter", headers=house.auth).status_code == 200
        house.engine.catch_up()
    problem(house.client.get("/v1/articles/otter"), 410, "withdrawn")
    problem(house.client.get("/v1/shelves?article=otter"), 410, "withdrawn")
    page = house.client.get("/article/otter")
    assert page.status_code == 410
    assert "This article was withdrawn" in page.text
    assert "Otter moves in" not in house.client.get("/section/coast").text
    problem(post(house, {"id": "otter", "headline": "Otter is back"}), 410, "withdrawn")
    restored = house.client.delete("/v1/withdrawals?id=otter", headers=house.auth)
    assert restored.json() == {"id": "otter", "outcome": "restored"}
    house.engine.catch_up()
    assert post(house, {"id": "otter", "headline": "Otter is back"}).json()["outcome"] == "updated"
    house.engine.catch_up()
    assert house.client.get("/article/otter").status_code == 200


def test_looking_at_an_article_tells_counts_reactions_and_story(house: House) -> None:
    assert house.told("view", "ferry-1").status_code == 202
    assert house.told("reaction", "ferry-1", name="well-told").status_code == 202
    answer = house.client.get("/v1/articles/ferry-1").json()
    assert answer["path"] == "/article/ferry-1"
    assert answer["counts"]["readers"] == 1
    assert answer["reactions"] == dict.fromkeys(REACTIONS, 0) | {"well-told": 1}
    assert isinstance(answer["story"], list)


def test_writing_needs_a_known_key(house: House) -> None:
    missing = house.client.post("/v1/articles", json=GOOD)
    assert missing.headers["www-authenticate"] == 'Bearer realm="recirc"'
    problem(missing, 401, "key-needed")
    for header in ("Bearer rk_wrong", "Basic abc", "Bearer", house.key):
        wrong = house.client.post("/v1/articles", json=GOOD, headers={"Authorization": header})
        problem(wrong, 401, "key-needed")
        assert "invalid_token" in wrong.headers["www-authenticate"]
    problem(house.client.delete("/v1/articles/otter"), 401, "key-needed")
    assert house.client.get("/article/otter").status_code == 200


def test_unknown_articles_are_not_found(house: House) -> None:
    assert "“nobody”" in problem(house.client.get("/v1/articles/nobody"), 404, "not-found")["detail"]
    problem(
        house.client.delete(f"/v1/articles/{quote('no/body', safe='')}", headers=house.auth), 404, "not-found"
    )


def test_an_article_that_only_events_name_can_be_looked_at(house: House) -> None:
    event = {"kind": "view", "article": "12345", "reader": "r"}
    assert house.client.post("/v1/events", json=event, headers=house.auth).json()["accepted"] == 1
    house.engine.catch_up()
    assert house.client.get("/v1/articles/12345").json()["article"] is None
    page = house.client.get("/article/12345")
    assert page.status_code == 200
    assert 'content="noindex"' in page.text
    problem(house.client.delete("/v1/articles/12345", headers=house.auth), 404, "not-found")


def test_what_was_published_or_withdrawn_is_what_is_read_next(house: House) -> None:
    with ThreadPoolExecutor() as pool:
        with house.engine._log_consumer.reading():
            posted = pool.submit(post, house, GOOD | {"section": "harbour"})
            assert not wait([posted], timeout=0.3).done
        assert posted.result().status_code == 201
        assert "A headline" in house.client.get("/section/harbour").text
        with house.engine._log_consumer.reading():
            gone = pool.submit(house.client.delete, "/v1/articles/a", headers=house.auth)
            assert not wait([gone], timeout=0.3).done
        assert gone.result().status_code == 200
        assert house.client.get("/section/harbour").status_code == 404
