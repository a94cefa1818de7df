"""What was held back when it was withdrawn is held back again when it is restored."""

from datetime import timedelta

from portal_house import House
from recirc.clock import to_ms
from recirc.ingest.releases import Releaser

TEXT = "The mayor reads the budget to the council tonight, and nobody has seen a figure of it before. " * 4
HELD = {"id": "budget", "headline": "Budgetspeech in full", "body": TEXT, "section": "town"}


def hold(house: House, **fields: str) -> None:
    answer = house.client.post("/v1/articles", json=HELD | fields, headers=house.auth)
    assert answer.is_success
    house.engine.catch_up()
    assert house.engine.life.held_version("budget") is not None


def is_listed(house: House) -> bool:
    """Whether any page that lists articles has it."""
    paths = ("/", "/section/town", "/feed.xml", "/search?q=budgetspeech", "/sitemap.xml")
    return any("udgetspeech in full" in house.client.get(path).text for path in paths)


def test_restored_before_its_time_an_article_is_held_back_again(house: House) -> None:
    later = (house.now + timedelta(days=5)).isoformat()
    hold(house, embargo=later)
    for _ in range(2):  # what was restored can be withdrawn again
        for reason in ("libel", "still+libel"):
            gone = house.client.delete(f"/v1/articles/budget?reason={reason}", headers=house.auth)
            assert gone.status_code == 200
            house.engine.catch_up()
        assert house.client.get("/v1/holds", headers=house.auth).json() == []
        restored = house.client.delete("/v1/withdrawals?id=budget", headers=house.auth)
        assert restored.json()["outcome"] == "held"
        house.engine.catch_up()
        (listed,) = house.client.get("/v1/holds", headers=house.auth).json()
        assert listed["until"] == later.replace("+00:00", "Z")
        assert not is_listed(house)
        assert house.client.get("/article/budget").status_code == 410
    assert Releaser(house.engine).release_due(to_ms(house.now + timedelta(days=4))) == 0
    assert Releaser(house.engine).release_due(to_ms(house.now + timedelta(days=6))) == 1
    house.engine.catch_up()
    assert house.client.get("/article/budget").status_code == 200
    assert house.client.get("/v1/holds", headers=house.auth).json() == []


def test_the_time_of_what_is_withdrawn_comes_and_publishes_nothing(house: House) -> None:
    hold(house, embargo=(house.now + timedelta(days=5)).isoformat())
    assert house.client.delete("/v1/articles/budget?reason=libel", headers=house.auth).status_code == 200
    house.engine.catch_up()
    assert Releaser(house.engine).release_due(to_ms(house.now + timedelta(days=6))) == 0
    house.engine.catch_up()
    assert house.client.get("/article/budget").status_code == 410
    assert not is_listed(house)


# Withdrawals
