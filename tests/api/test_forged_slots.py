"""What browsers say of a slot is believed where the server signed it, and nowhere else."""

from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from portal_house import Build, House, articles
from recirc.engine import Engine
from recirc.engine.logs import read_log
from recirc.engine.shared_shelves import MOMENT_MS
from recirc.engine.shelf_signatures import DAY, KIND, ShelfSignatures
from recirc.settings import ExplorationSettings, Settings, StoreSettings
from recirc.state.exposure import CLICKED, SHOWN
from recirc.store.ports import StoreError
from recirc.store.registry import Registry
from recirc.types import NO_POSITION, SHELF_NUMBERS, Event, RecordArray

RELATED = SHELF_NUMBERS["related"]


@pytest.fixture
def served(house: House) -> dict[str, Any]:
    """What an event says of the first item that was shown as related to `ferry-1`."""
    shelf = house.client.get("/v1/shelves", params={"article": "ferry-1"}).json()["related"]
    item = shelf["items"][0]
    said = {name: item[name] for name in ("article", "position", "propensity", "signature")}
    return said | {"shelf": "related", "source": "ferry-1", "serve_id": shelf["serve_id"]}


def entries(house: House) -> RecordArray:
    house.engine.catch_up()
    found = read_log(Path(house.engine.settings.store.path), 1.0, lambda *_: None).records
    return found[found["shelf"] > 0]


def exposure(house: House) -> list[int]:
    """Impressions and clicks on Related."""
    house.engine.catch_up()
    with house.engine._log_consumer.reading() as state:
        return [int(state.exposure.shelf(RELATED)[:, column].sum()) for column in (SHOWN, CLICKED)]


@pytest.mark.parametrize(("kind", "counted"), [("impression", [1, 0]), ("view", [0, 1])])
def test_what_the_server_said_comes_back_and_counts(
    house: House, served: dict[str, Any], kind: str, counted: list[int]
) -> None:
    answer = house.told(kind, **served).json()
    assert (answer["accepted"], answer.get("unsigned", 0)) == (1, 0)
    (entry,) = entries(house)
    assert entry["position"] == served["position"]
    assert entry["value"] == np.float32(served["propensity"])
    assert entry["serve_id"] == int(served["serve_id"], 16)
    assert exposure(house) == counted


@pytest.mark.parametrize("kind", ["impression", "view"])
@pytest.mark.parametrize(
    "forged",
    [
        {"position": 1},
        {"position": 40},
        {"propensity": 0.000001},
        {"propensity": 0.5},
        {"serve_id": "00000000000000ff"},
        {"article": "otter"},
        {"source": "otter"},
        {"source": None},
        {"shelf": "recommendation"},
        {"signature": "000000000000"},
        {"signature": "not hexadecimal"},
        {"signature": None},
        {"propensity": None},
        {"serve_id": None},
    ],
    ids=lambda forged: " ".join(f"{name}={value}" for name, value in forged.items()),
)
def test_a_forged_value_leaves_an_event_without_its_slot(
    house: House, served: dict[str, Any], kind: str, forged: dict[str, Any]
) -> None:
    answer = house.told(kind, **(served | forged)).json()
    assert (answer["accepted"], answer["unsigned"]) == (1, 1), "a reader is not lost over it"
    (entry,) = entries(house)
    assert (entry["position"], entry["value"], entry["serve_id"], entry["source"]) == (NO_POSITION, 0, 0, -1)
    assert exposure(house) == [0, 0]
    views = house.client.get(f"/v1/articles/{(served | forged)['article']}").json()["counts"]["views"]
    assert views == (kind == "view")


def test_a_signature_is_worth_nothing_after_the_next_day(house: House, served: dict[str, Any]) -> None:
    day = house.moment[0] // DAY
    signatures, event = house.engine.signatures, {**served, "kind": "view"}
    for days, worth in ((0, True), (1, True), (2, False), (-1, False)):
        house.moment[0] = (day + days) * DAY + DAY // 2
        found = signatures.believed(_event(event), house.moment[0])
        assert (found.position is not None) == worth, f"{days} days later"


def test_a_signature_of_another_site_is_worth_nothing(
    house: House, served: dict[str, Any], tmp_path: Path
) -> None:
    with closing(Engine.open(_elsewhere(house, tmp_path))) as other:
        now = house.moment[0]
        assert other.signatures.believed(_event({**served, "kind": "view"}), now).position is None
        assert house.engine.signatures.believed(_event({**served, "kind": "view"}), now).position is not None


def test_all_processes_of_a_site_sign_with_one_key(house: House, served: dict[str, Any]) -> None:
    with closing(Engine.open(house.engine.settings)) as other:
        event = _event({**served, "kind": "view"})
        assert other.signatures.believed(event, house.moment[0]) == event
    assert len(Registry(Path(house.engine.settings.store.path), KIND).entries()) == 1


def test_where_no_key_can_be_kept_a_process_signs_with_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Registry, "set", full)
    one, other = (ShelfSignatures.of_store(StoreSettings(path=str(tmp_path / "recirc.db"))) for _ in range(2))
    assert caplog.text.count("the disk is full") == 2
    draw = one.serve_id(b"an answer", "otter")
    assert one.issued(draw, "otter")
    assert not other.issued(draw, "otter")


def test_senders_with_a_key_are_believed(house: House, served: dict[str, Any]) -> None:
    event = {**served, "kind": "impression", "signature": None, "position": 5, "reader": "r"}
    answer = house.client.post("/v1/events", json=event, headers=house.auth).json()
    assert (answer["accepted"], answer.get("unsigned", 0)) == (1, 0)
    assert entries(house)["position"].tolist() == [5]
    assert exposure(house) == [1, 0]


@pytest.fixture
def trying(build: Build) -> House:
    """A portal that shows a new article on half of its pages."""
    made = build(exploring=ExplorationSettings(share=0.5, slot=0))
    made.engine.publish(articles(made.now)).result()
    made.engine.catch_up()
    return made


def recommended(house: House, article: str, draw: str | None = None) -> tuple[list[str], str]:
    asked = {"article": article} | ({"draw": draw} if draw else {})
    shelf = house.client.get("/v1/shelves", params=asked).json()["recommendation"]
    return [item["article"] for item in shelf["items"]], shelf["serve_id"]


def drawn(house: House, article: str) -> dict[tuple[str, ...], str]:
    """Answers beside an article that differ by their draw, each with its serve id."""
    found: dict[tuple[str, ...], str] = {}
    for _ in range(60):
        house.moment[0] += MOMENT_MS
        shown, serve_id = recommended(house, article)
        found.setdefault(tuple(shown), serve_id)
    assert len(found) > 1
    return found


def test_a_page_keeps_its_draw_and_nobody_else_chooses_one(trying: House) -> None:
    for shown, draw in drawn(trying, "otter").items():
        for _ in range(5):
            trying.moment[0] += MOMENT_MS
            assert tuple(recommended(trying, "otter", draw)[0]) == shown
    forged = [f"{number:016x}" for number in range(40)] + ["7", "ff"]
    for draw in forged:
        assert not trying.engine.signatures.issued(draw, "otter")


def test_a_draw_that_was_made_up_or_is_of_another_page_chooses_nothing(trying: House) -> None:
    of_another_page = recommended(trying, "ferry-1")[1]
    for draw in ("0123456789abcdef", "1", of_another_page):
        answers = set()
        for _ in range(40):
            trying.moment[0] += MOMENT_MS
            answers.add(tuple(recommended(trying, "otter", draw)[0]))
        assert len(answers) > 1, "it is drawn anew each time, as without one"


def _event(said: dict[str, Any]) -> Event:
    return msgspec.convert(said, Event)


def _elsewhere(house: House, folder: Path) -> Settings:
    store = StoreSettings(path=str(folder / "elsewhere" / "recirc.db"))
    return msgspec.structs.replace(house.engine.settings, store=store)
