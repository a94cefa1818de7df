"""A page that an editor asks about comes back as a report that can be sent to a colleague."""

from base64 import b64encode
from hashlib import sha256

from desk_visitors import Person, person, trail_of
from portal_house import House
from recirc.provenance.report_page import content_policy
from recirc.store.actions import AuditQuery
from recirc.types.roles import Role

PAGE = """Vexora - Covered market to be rebuilt
4 September 2025
The council of Harrowgate voted to rebuild the covered market, which burned to the ground in the spring.
Traders have sold their vegetables from tents since the fire, and asked for a <roof>.
Copyright Vexora
"""


def test_a_pasted_page_is_reported_and_noted(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    assert 'name="content"' in una.get("/desk/inspect").text
    answer = una.send("/desk/inspect", "/desk/inspect", url="", content=PAGE)
    assert answer.status_code == 200
    assert "Words were put into the text" in answer.text
    assert "It would be overturned by" in answer.text
    assert "&lt;roof&gt;" in answer.text
    assert 'href="/desk/inspect"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy == content_policy()
    style = answer.text.split("<style>")[1].split("</style>")[0]
    assert b64encode(sha256(style.encode()).digest()).decode() in policy
    (entry,) = trail_of(house).find(AuditQuery(), 1)
    assert (entry.actor, entry.action, entry.subject) == ("Una", "inspect a page", "a pasted page")


def test_html_is_recognised_and_an_empty_form_is_refused(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    html = f"<html><body><h1>Covered market to be rebuilt</h1><p>{PAGE.splitlines()[2]}</p></body></html>"
    answer = una.send("/desk/inspect", "/desk/inspect", url="https://paper.example/market", content=html)
    assert answer.status_code == 200
    assert "Nothing on this page contradicts itself" in answer.text
    assert "https://paper.example/market" in answer.text
    assert una.send("/desk/inspect", "/desk/inspect", url="", content="").status_code == 400
    assert (
        una.send("/desk/inspect", "/desk/inspect", url="http://127.0.0.1:1/x", content="").status_code == 400
    )


def test_a_reader_of_the_desk_may_not_inspect(house: House) -> None:
    assert person(house, Role.READER).get("/desk/inspect").status_code == 403
    assert Person(house).get("/desk/inspect").status_code == 401
