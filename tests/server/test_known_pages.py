"""A page that is sent again as it was sent before is the page that anybody would get now."""

from typing import Any

import pytest

from portal_house import House
from recirc.engine.shared_shelves import MOMENT_MS

READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
PATH = "/article/ferry-1"


def page(house: House, **headers: str) -> Any:
    return house.client.get(PATH, headers=READER | headers)


def requests(house: House) -> float:
    lines = house.client.get("/metrics").text.splitlines()
    found = [line for line in lines if line.startswith("recirc_requests_total") and '"/article/{id}"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in found)


def test_a_page_is_the_same_with_the_same_headers_and_counted(house: House) -> None:
    before, first = requests(house), page(house)
    for again in (page(house), page(house)):
        assert (again.status_code, again.text) == (200, first.text)
        assert dict(again.headers) == dict(first.headers)
    assert requests(house) == before + 3
    packed = [page(house, **{"Accept-Encoding": "gzip"}) for _ in range(2)]
    plain = [page(house, **{"Accept-Encoding": "identity"}) for _ in range(2)]
    assert {answer.text for answer in (*packed, *plain)} == {first.text}
    assert [answer.headers.get("content-encoding") for answer in (*packed, *plain)] == ["gzip"] * 2 + [
        None
    ] * 2


@pytest.mark.parametrize("path", [PATH, "/", "/v1/shelves?article=ferry-1", "/how-it-works"])
@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True), ("br, gzip;q=0.1", True), ("GZIP", True), ("gzip;q=0", False), ("gzip; q=0.000", False),
        ("*", True), ("br, not-gzip", False), ("identity", False), ("gzip;q=0, *", False), ("", False),
    ],
)  # fmt: skip
def test_an_answer_is_compressed_for_those_who_accept_it(
    house: House, path: str, accepted: str, compressed: bool
) -> None:
    for _ in range(2):  # the second one may be known
        answer = house.client.get(path, headers=READER | {"Accept-Encoding": accepted})
        assert answer.status_code == 200
        assert answer.headers.get("content-encoding") == ("gzip" if compressed else None)
        assert "Accept-Encoding" in answer.headers["vary"]


def test_who_has_the_page_already_is_told_so(house: House) -> None:
    etag = page(house).headers["etag"]
    answer = page(house, **{"If-None-Match": etag})
    assert (answer.status_code, answer.text) == (304, "")
    assert page(house).status_code == 200


@pytest.mark.parametrize("what", ["event", "correction", "withdrawal", "time"])
def test_whatever_changes_a_page_ends_it(house: House, what: str) -> None:
    first = page(house)
    assert page(house).text == first.text
    if what == "event":
        house.told("view", "ferry-1", agent=READER["User-Agent"])
        assert page(house).text != first.text
    elif what == "correction":
        sent = {"id": "ferry-1", "headline": "Corrected at the quay", "body": "<p>Corrected.</p>"}
        assert house.client.post("/v1/articles", json=sent, headers=house.auth).status_code < 300
        assert "Corrected at the quay" in page(house).text
    elif what == "withdrawal":
        house.engine.withdraw(["ferry-1"]).result()
        assert page(house).status_code == 410
    else:
        house.moment[0] += MOMENT_MS
        assert page(house).status_code == 200


def test_readers_of_a_known_page_have_seen_it(house: House) -> None:
    """Evidence of life: an event counts because its reader had asked for the page."""
    page(house)
    evidence, seen = "Mozilla/5.0 (Windows NT 10.0; rv:141.0) Gecko/20100101 Firefox/141.0", []
    house.client.get(PATH, headers={"User-Agent": evidence})
    for agent in (evidence, evidence.replace("141", "139")):
        house.told("view", "ferry-1", agent=agent)
        seen.append(house.engine.counts("ferry-1", house.moment[0]).readers)
    assert seen[0] == 1
