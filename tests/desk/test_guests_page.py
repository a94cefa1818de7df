"""Other sites at the desk: their keys, and what was rejected of their pages."""

from pathlib import Path

from desk_visitors import person
from portal_house import House
from recirc.store import site_keys
from recirc.types.roles import Role


def test_keys_and_rejections_with_counts_and_what_to_do(house: House) -> None:
    key = site_keys.create(Path(house.engine.settings.store.path), "the harbour", ["https://a.example"])
    editor = person(house, Role.EDITOR)
    assert "Nothing was rejected." in editor.get("/desk/guests").text
    for given, origin in (
        ("sk_<b>", "https://a.example"),
        (key, "https://b.example"),
        (key, "https://b.example"),
    ):
        answer = house.client.post(f"/v1/embed?key={given}", json={}, headers={"Origin": origin})
        assert answer.status_code in (401, 403)
    page = editor.get("/desk/guests").text
    assert f"<strong>the harbour</strong> <code>{key}</code>" in page
    assert "shows articles of its own sites" in page
    assert "<code>sk_&lt;b&gt;</code>" in page
    row = page[page.index('<th scope="row">https://b.example') :]
    assert '<td class="n">2</td>' in row[: row.index("</tr>")]
    assert "The key is for other sites." in row
    assert 'href="/desk/guests"' in editor.get("/desk").text
