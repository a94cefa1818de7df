"""What is read of a real WordPress: its API from the bare address, also without permalinks; sections and authors."""

from collections.abc import Callable
from typing import Any

import pytest
from newspaper import Newspaper
from wordpress_site import NAMED, WordPress

from newsroom import text_of

pytestmark = pytest.mark.cms


def test_categories_tags_and_authors_of_wordpress(
    newspaper: Newspaper, wordpress: Callable[..., WordPress]
) -> None:
    site = wordpress()
    coast, politics = site.category("Küste & Häfen"), site.category("Überregionales")
    tag = site.tag("Sturmflut")
    author = site.author("Jörg Müller-Lüdenscheidt", "Schreibt über die Küste.")
    link = site.post(
        "Sturmflut an der Küste", text_of("flood", 1), categories=[coast, politics], tags=[tag], author=author
    )["link"]
    said = newspaper.add(site.url)
    assert f"{site.url}/wp-json/wp/v2/posts: wordpress" in said
    assert f"found at {site.url}" in said
    assert "chosen: the site's own REST API" in said

    article = newspaper.article(newspaper.id_of(link))
    assert article["section"] == "kuste-hafen"
    assert article["topics"] == ["Überregionales", "Sturmflut"]
    assert [each["name"] for each in article["authors"]] == ["Jörg Müller-Lüdenscheidt"]
    page = newspaper.page(link)
    assert "Jörg Müller-Lüdenscheidt" in page
    assert "Küste &amp; Häfen" in page
    assert article["published"].startswith(site.get("posts")[0]["date_gmt"])


def test_a_wordpress_without_permalinks_is_read_and_moves_when_it_gets_some(
    newspaper: Newspaper, wordpress: Callable[..., WordPress]
) -> None:
    site = wordpress(permalinks="")
    posts: list[dict[str, Any]] = [
        site.post(f"The ferry number {number} is late", text_of("ferry", number)) for number in range(1, 4)
    ]
    said = newspaper.add(site.url)
    assert "rest_route=/wp/v2/posts: wordpress" in said, said
    assert "chosen: the site's own REST API" in said
    ids = [f"https://{post['link'].partition('://')[2]}" for post in posts]
    paths = [newspaper.path_of(id_) for id_ in ids]
    assert all(newspaper.request("GET", path).status_code == 200 for path in paths)
    site.trash(posts[0]["id"])
    site.edit(posts[1]["id"], title="The ferry is here")
    newspaper.polled(
        {
            "trash, no permalinks": lambda: newspaper.request("GET", paths[0]).status_code == 410,
            "edit, no permalinks": lambda: "The ferry is here" in newspaper.request("GET", paths[1]).text,
        }
    )

    site.permalinks(NAMED)
    links = [site.get(f"posts/{post['id']}")["link"] for post in posts[1:]]
    assert all("?p=" not in link for link in links)
    newspaper.polled(
        {
            "permalinks": lambda: all(
                newspaper.request("GET", path).headers.get("location") == newspaper.path(link)
                for path, link in zip(paths[1:], links, strict=True)
            )
        }
    )
    assert all(newspaper.status(link) == 200 for link in links)
    assert newspaper.request("GET", paths[0]).status_code == 410
    site.untrash(posts[0]["id"])
    link = site.get(f"posts/{posts[0]['id']}")["link"]
    newspaper.polled({"restore under its new address": lambda: newspaper.status(link) == 200})
