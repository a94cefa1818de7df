"""A real WordPress without the plug-in: by polls alone, what its editors do is here within two of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from newspaper import PLACES, Newspaper
from wordpress_site import WordPress, written

from newsroom import text_of

pytestmark = pytest.mark.cms

CASES = (
    "edit", "re-slug", "other category", "password", "private", "draft again", "trash", "delete", "redate",
)  # fmt: skip
BACK = ("password", "private", "draft again", "trash", "redate")
"""Cases whose post comes back."""


class Story:
    """A post that one case is about."""

    def __init__(self, newspaper: Newspaper, site: WordPress, number: int, **fields: Any) -> None:
        self._newspaper = newspaper
        self._beside = newspaper.id_of(f"{site.url}/uncategorized/always/")
        self.headline = f"The ferry number {number} is late"
        self.post = site.post(self.headline, text_of("ferry", number), slug=f"story-{number}", **fields)
        self.id = int(self.post["id"])
        self.link = f"{site.url}/uncategorized/story-{number}/"
        self.name = newspaper.id_of(self.link)

    def places(self) -> set[str]:
        return self._newspaper.places(self.headline, self.link, id=self.name, beside=self._beside)

    def is_there(self) -> bool:
        # The shelf is short: it has no room for all of them.
        return self.places() | {"shelf"} == set(PLACES)

    def is_nowhere(self) -> bool:
        return not self.places()

    def is_gone(self) -> bool:
        return not self.places() and self._newspaper.status(self.link) == 410


@pytest.fixture
def site(wordpress: Callable[..., WordPress]) -> WordPress:
    made = wordpress()
    made.post("The ferry that is always there", text_of("ferry", 1), slug="always")
    return made


def make_away(site: WordPress, stories: Mapping[str, Story], later: datetime) -> None:
    """What editors do after which a post is not public any more."""
    site.edit(stories["password"].id, password="x")
    site.edit(stories["private"].id, status="private")
    site.edit(stories["draft again"].id, status="draft")
    site.trash(stories["trash"].id)
    site.delete(stories["delete"].id)
    site.edit(stories["redate"].id, status="future", date_gmt=written(later))


def bring_back(site: WordPress, stories: Mapping[str, Story]) -> None:
    """What editors do after which it is, and what is scheduled becomes due."""
    site.edit(stories["password"].id, password="")
    site.edit(stories["private"].id, status="publish")
    site.edit(stories["draft again"].id, status="publish")
    site.untrash(stories["trash"].id)
    for case in ("redate", "schedule"):
        site.bring_forward(stories[case].id, datetime.now(UTC))


def test_what_editors_of_wordpress_do_is_followed_within_two_polls(
    newspaper: Newspaper, site: WordPress
) -> None:
    stories = {case: Story(newspaper, site, number) for number, case in enumerate(CASES, 2)}
    newspaper.add(site.url)
    assert all(story.is_there() for story in stories.values())
    old = {case: story.link for case, story in stories.items()}

    later = datetime.now(UTC) + timedelta(hours=1)
    stories["publish"] = Story(newspaper, site, 20)
    stories["schedule"] = Story(newspaper, site, 21, status="future", date_gmt=written(later))
    site.edit(stories["edit"].id, title="The ferry is here")
    stories["re-slug"].link = site.edit(stories["re-slug"].id, slug="late-ferry")["link"]
    other = site.category("Küste")
    stories["other category"].link = site.edit(stories["other category"].id, categories=[other])["link"]
    make_away(site, stories, later)

    def moved(case: str) -> Callable[[], bool]:
        story = stories[case]
        return lambda: story.is_there() and newspaper.moved_to(old[case]) == newspaper.path(story.link)

    newspaper.polled(
        {
            "publish": stories["publish"].is_there,
            "edit": lambda: "The ferry is here" in newspaper.page(stories["edit"].link),
            **{case: moved(case) for case in ("re-slug", "other category")},
            **{case: stories[case].is_gone for case in (*BACK, "delete")},
        }
    )
    assert stories["schedule"].is_nowhere()
    listed = newspaper.withdrawals()
    assert len(listed) == len(BACK) + 1
    assert all(each["reason"] and each["source"].startswith("wordpress ") for each in listed)

    bring_back(site, stories)
    back = {f"{case}, and back": stories[case].is_there for case in BACK}
    newspaper.polled(back | {"schedule": stories["schedule"].is_there})
    assert stories["delete"].is_gone()
    newspaper.poll()
    assert set(newspaper.sources()[0]["last"].values()) == {0}, newspaper.sources()
