"""Sections are shown as they are spelled, and found under their slugs."""

from portal_house import House


def test_a_section_keeps_its_spelling_on_every_page(house: House) -> None:
    row = {
        "id": "storm",
        "headline": "Sturm zerstört Mole",
        "body": "Der Sturm kam nachts.",
        "section": "Küste & Meer",
    }
    assert house.client.post("/v1/articles", json=row, headers=house.auth).status_code in (200, 201)
    house.engine.catch_up()
    assert house.engine.section_title("kuste-meer") == "Küste & Meer"
    assert house.engine.section_title("no-such") == "No such"
    page = house.client.get("/section/kuste-meer")
    assert page.status_code == 200
    assert "<h1>Küste &amp; Meer</h1>" in page.text
    article = house.client.get("/article/storm").text
    assert "Küste &amp; Meer</a>" in article
    assert "Kuste" not in article.replace("/kuste", "")
    assert "Küste & Meer" in house.client.get("/feed.json").text
