"""The primary category of a post is its section, the others are topics."""

from typing import Any

import pytest

from recirc.sources.wordpress_terms import categories_of

TERMS: list[Any] = [
    {"taxonomy": "category", "id": 3, "slug": "harbour", "name": "Harbour"},
    {"taxonomy": "category", "id": 4, "slug": "kueste", "name": "Küste &amp; Meer"},
    {"taxonomy": "category", "id": 1, "slug": "uncategorized", "name": "Uncategorized"},
    {"taxonomy": "post_tag", "id": 9, "slug": "storm", "name": "Storm"},
]


def breadcrumb(*names: str) -> dict[str, Any]:
    steps = [{"@type": "ListItem", "name": name} for name in names]
    return {
        "schema": {"@graph": [{"@type": "WebPage"}, {"@type": "BreadcrumbList", "itemListElement": steps}]}
    }


@pytest.mark.parametrize(
    ("post", "link", "first"),
    [
        ({}, None, "Harbour"),
        ({"meta": {"_yoast_wpseo_primary_category": "4"}}, None, "Küste & Meer"),
        ({"meta": {"rank_math_primary_category": 4}}, None, "Küste & Meer"),
        ({"rank_math_primary_category": ["4"]}, None, "Küste & Meer"),
        ({"primary_category": {"term_id": 4, "name": "x"}}, None, "Küste & Meer"),
        ({"primary_category": {"slug": "kueste"}}, None, "Küste & Meer"),
        (
            {"yoast_head_json": breadcrumb("Home", "Küste & Meer", "Storm breaches mole")},
            None,
            "Küste & Meer",
        ),
        ({}, "https://a.example/kueste/storm/", "Küste & Meer"),
        ({"meta": {"_yoast_wpseo_primary_category": "77"}}, "https://a.example/2026/storm/", "Harbour"),
        ({"meta": {"_yoast_wpseo_primary_category": ""}}, None, "Harbour"),
        ({"meta": []}, "https://a.example/?p=4", "Harbour"),
    ],
)
def test_the_primary_category_comes_first(post: dict[str, Any], link: str | None, first: str) -> None:
    found = categories_of(post, TERMS, link)
    assert found[0] == first
    assert sorted(found) == ["Harbour", "Küste & Meer"]
