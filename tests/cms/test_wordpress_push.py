"""A real WordPress with the plug-in: what its editors do is here within two seconds, without a poll."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from newspaper import PLACES, Newspaper
from wordpress_site import WordPress, written

from newsroom import text_of

pytestmark = pytest.mark.cms
SECRET = "a secret of the test"
HEADLINE = "Night ferry runs aground at the quay"


class Story:
    """A post of `site`, and where readers of `newspaper` find it."""

    def __init__(self, newspaper: Newspaper, site: WordPress) -> None:
        self._newspaper = newspaper
        self._site = site
        self._beside = newspaper.id_of(f"{site.url}/uncategorized/always/")
        self.id = 0
        self.link = f"{site.url}/uncategorized/night-ferry-runs-aground-at-the-quay/"
        self._name = newspaper.id_of(self.link)
        self.pushed("publish", lambda: site.post(HEADLINE, text_of("ferry", 2)), self.is_everywhere)

    def pushed(self, case: str, act: Callable[[], Any], seen: Callable[[], bool]) -> None:
        post = self._newspaper.pushed(case, act, seen)
        self.id = self.id or int(post["id"])

    def edited(self, case: str, seen: Callable[[], bool], **fields: Any) -> None:
        self.pushed(case, lambda: self._site.edit(self.id, **fields), seen)

    def places(self) -> set[str]:
        return self._newspaper.places(HEADLINE, self.link, id=self._name, beside=self._beside)

    def is_everywhere(self) -> bool:
        return self.places() == set(PLACES)

    def is_gone(self) -> bool:
        """It is nowhere, and its page says that it is gone."""
        return not self.places() and self._newspaper.status(self.link) == 410


@pytest.fixture
def site(newspaper: Newspaper, wordpress: Callable[..., WordPress]) -> WordPress:
    made = wordpress()
    made.post("The ferry that is always there", text_of("ferry", 1), slug="always")
    newspaper.add(made.url, "--secret", SECRET)
    made.push_to(newspaper.hook(), SECRET)
    return made


def test_what_editors_of_wordpress_do_is_followed_at_once(newspaper: Newspaper, site: WordPress) -> None:
    story = Story(newspaper, site)
    corrected = f"{HEADLINE}, again"
    story.edited("edit", lambda: corrected in newspaper.page(story.link), title=corrected)
    story.edited("edit back", story.is_everywhere, title=HEADLINE)

    old, story.link = story.link, f"{site.url}/uncategorized/ferry-aground/"
    story.edited("re-slug", story.is_everywhere, slug="ferry-aground")
    assert newspaper.moved_to(old) == newspaper.path(story.link)

    for case, taken, back in (
        ("password", {"password": "x"}, {"password": ""}),
        ("private", {"status": "private"}, {"status": "publish"}),
        ("draft again", {"status": "draft"}, {"status": "publish"}),
        ("pending review", {"status": "pending"}, {"status": "publish"}),
    ):
        story.edited(case, story.is_gone, **taken)
        story.edited(f"{case}, and back", story.is_everywhere, **back)

    story.pushed("trash", lambda: site.trash(story.id), story.is_gone)
    story.pushed("restore", lambda: site.untrash(story.id), story.is_everywhere)
    story.pushed("delete", lambda: site.delete(story.id), story.is_gone)
    newspaper.poll()
    assert story.is_gone()
    assert newspaper.sources()[0]["last"]["refused"] == 0, newspaper.sources()


def test_a_schedule_of_wordpress_is_kept(newspaper: Newspaper, site: WordPress) -> None:
    story = Story(newspaper, site)
    later = datetime.now(UTC) + timedelta(hours=1)
    story.edited("redate", story.is_gone, date_gmt=written(later), status="future")
    soon = datetime.now(UTC) + timedelta(seconds=4)
    site.bring_forward(story.id, soon)
    newspaper.wait_for(lambda: datetime.now(UTC) > soon)
    assert story.is_gone()
    # WordPress publishes what is due when somebody reads.
    story.pushed("schedule", site.visit, story.is_everywhere)
    # Less than a minute ahead, WordPress publishes at once, with the date ahead.
    soon = datetime.now(UTC) + timedelta(seconds=5)
    post = site.edit(story.id, date_gmt=written(soon))
    assert post["status"] == "publish"
    assert datetime.now(UTC) > soon or story.is_gone()
    story.pushed("date in some seconds", lambda: None, story.is_everywhere)
    assert datetime.now(UTC) > soon.replace(microsecond=0)


def test_many_posts_that_are_changed_at_once_are_all_gone(newspaper: Newspaper, site: WordPress) -> None:
    posts = [
        site.post(f"The ferry number {number} is late", text_of("ferry", number)) for number in range(2, 7)
    ]
    links = [str(post["link"]) for post in posts]
    newspaper.wait_for(lambda: all(newspaper.status(link) == 200 for link in links))
    calls = "".join(f"wp_trash_post( {post['id']} ); " for post in posts[1:])
    newspaper.pushed(
        "four trashed, one deleted",
        lambda: site.php(f"{calls} wp_delete_post( {posts[0]['id']}, true );"),
        lambda: all(newspaper.status(link) == 410 for link in links),
    )
