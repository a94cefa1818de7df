"""A real Ghost: what its editors do is here at once with webhooks, and within two polls without."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ghost_site import Ghost, written
from newspaper import PLACES, Newspaper

from newsroom import text_of

pytestmark = pytest.mark.cms
SECRET = "a secret of the test"


class Story:
    """A post of `site`, and where readers of `newspaper` find it."""

    def __init__(self, newspaper: Newspaper, site: Ghost, number: int) -> None:
        self._newspaper = newspaper
        self._site = site
        self._beside = newspaper.id_of(f"{site.url}/always/")
        self.headline = f"The ferry number {number} is late"
        self.slug = f"story-{number}"
        self.text = text_of("ferry", number)
        self.link = f"{site.url}/{self.slug}/"
        self.name = newspaper.id_of(self.link)
        self.id = ""

    def publish(self, **fields: Any) -> None:
        self.id = str(self._site.post(self.headline, self.text, slug=self.slug, **fields)["id"])

    def edit(self, **fields: Any) -> Callable[[], object]:
        return lambda: self._site.edit(self.id, **fields)

    def places(self) -> set[str]:
        return self._newspaper.places(self.headline, self.link, id=self.name, beside=self._beside)

    def is_there(self) -> bool:
        # The shelf is short: it has no room for all of them.
        return self.places() | {"shelf"} == set(PLACES)

    def is_nowhere(self) -> bool:
        return not self.places()

    def is_gone(self) -> bool:
        """It is nowhere, and its page says that it is gone."""
        return not self.places() and self._newspaper.status(self.link) == 410


def connect(newspaper: Newspaper, site: Ghost, *options: str) -> None:
    """Add the site as a source by its bare address."""
    site.post("The ferry that is always there", text_of("ferry", 1), slug="always", tags=["Küste", "Häfen"])
    said = newspaper.add(site.url, "--key", site.key, *options)
    assert f"{site.url}: ghost" in said
    assert site.key not in said


def test_what_editors_of_ghost_do_is_followed_at_once(newspaper: Newspaper, ghost: Ghost) -> None:
    assert "Disallow: /ghost/" in ghost.robots()
    without_key = newspaper.add(ghost.url, "--dry-run")
    assert f"{ghost.url}/rss/: feed" in without_key
    assert "chosen: this is Ghost, whose Content API says more: recirc sources add … --key KEY" in without_key
    connect(newspaper, ghost, "--secret", SECRET)
    article = newspaper.article(newspaper.id_of(f"{ghost.url}/always/"))
    assert (article["section"], article["topics"]) == ("kuste", ["Häfen"])
    assert [each["name"] for each in article["authors"]] == ["Ada Brook"]
    ghost.push_to(newspaper.hook(), SECRET)
    story = Story(newspaper, ghost, 2)

    newspaper.pushed("publish", story.publish, story.is_there)
    corrected = f"{story.headline}, again"
    newspaper.pushed("edit", story.edit(title=corrected), lambda: corrected in newspaper.page(story.link))
    newspaper.pushed("edit back", story.edit(title=story.headline), story.is_there)
    old, story.link = story.link, f"{ghost.url}/late-ferry/"
    newspaper.pushed("re-slug", story.edit(slug="late-ferry"), story.is_there)
    assert newspaper.moved_to(old) == newspaper.path(story.link)
    for case, taken, back in (
        ("members only", {"visibility": "members"}, {"visibility": "public"}),
        ("paying readers only", {"visibility": "paid"}, {"visibility": "public"}),
        ("unpublish", {"status": "draft"}, {"status": "published"}),
    ):
        newspaper.pushed(case, story.edit(**taken), story.is_gone)
        newspaper.pushed(f"{case}, and back", story.edit(**back), story.is_there)
    newspaper.pushed("delete", lambda: ghost.delete(story.id), story.is_gone)
    newspaper.poll()
    assert story.is_gone()
    assert newspaper.sources()[0]["last"]["refused"] == 0, newspaper.sources()


def test_schedules_of_ghost_are_kept(newspaper: Newspaper, ghost: Ghost) -> None:
    connect(newspaper, ghost, "--secret", SECRET)
    ghost.push_to(newspaper.hook(), SECRET)
    given_up, story = Story(newspaper, ghost, 2), Story(newspaper, ghost, 3)
    soon = datetime.now(UTC) + timedelta(seconds=20)
    for each in (given_up, story):
        each.publish(status="scheduled", published_at=written(soon))
    newspaper.wait_for(lambda: len(newspaper.holds()) == 2)
    given_up.edit(status="draft", published_at=None)()
    newspaper.wait_for(lambda: len(newspaper.holds()) == 1)
    assert story.is_nowhere()
    newspaper.restart()
    # What Ghost sends to a server that is away is lost: sources that send messages are polled at the start.
    newspaper.wait_for(lambda: datetime.now(UTC) > soon)
    newspaper.wait_for(story.is_there)
    assert given_up.is_nowhere()
    newspaper.poll()
    assert story.is_there()
    assert given_up.is_nowhere()
    assert not newspaper.holds()


def test_what_editors_of_ghost_do_is_followed_within_two_polls(newspaper: Newspaper, ghost: Ghost) -> None:
    cases = ("edit", "re-slug", "members only", "unpublish", "delete")
    back = ("members only", "unpublish")
    stories = {case: Story(newspaper, ghost, number) for number, case in enumerate(cases, 2)}
    for story in stories.values():
        story.publish()
    connect(newspaper, ghost)
    assert all(story.is_there() for story in stories.values())

    stories["publish"], stories["schedule"] = Story(newspaper, ghost, 20), Story(newspaper, ghost, 21)
    stories["publish"].publish()
    soon = datetime.now(UTC) + timedelta(seconds=6)
    stories["schedule"].publish(status="scheduled", published_at=written(soon))
    stories["edit"].edit(title="The ferry is here")()
    old, stories["re-slug"].link = stories["re-slug"].link, f"{ghost.url}/late-ferry/"
    stories["re-slug"].edit(slug="late-ferry")()
    stories["members only"].edit(visibility="members")()
    stories["unpublish"].edit(status="draft")()
    ghost.delete(stories["delete"].id)
    newspaper.polled(
        {
            "publish": stories["publish"].is_there,
            "edit": lambda: "The ferry is here" in newspaper.page(stories["edit"].link),
            "re-slug": lambda: newspaper.moved_to(old) == newspaper.path(stories["re-slug"].link),
            **{case: stories[case].is_gone for case in (*back, "delete")},
        }
    )
    stories["members only"].edit(visibility="public")()
    stories["unpublish"].edit(status="published")()
    newspaper.wait_for(lambda: datetime.now(UTC) > soon + timedelta(seconds=2))
    newspaper.polled(
        {f"{case}, and back": stories[case].is_there for case in back}
        | {"schedule": stories["schedule"].is_there}
    )
    assert stories["delete"].is_gone()
    newspaper.poll()
    assert newspaper.sources()[0]["last"]["refused"] == 0, newspaper.sources()
