"""Drupal's example: its archive imported as its page says, its template rendered by Twig, and the page's shelf."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from wordpress_site import HERE

from guest_site import EXAMPLES, HOST, GuestSite, guest_site
from served import recirc

DRUPAL = EXAMPLES / "drupal"
PAGE = (EXAMPLES.parent / "docs" / "other-systems.md").read_text("utf-8")


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestSite]:
    with guest_site(tmp_path_factory.mktemp("drupal"), {}) as made:
        yield made


def test_the_archive_of_drupal_and_a_page_of_its_theme(guest: GuestSite, tmp_path: Path) -> None:
    articles = tmp_path / "articles.jsonl"
    articles.write_text((DRUPAL / "jsonapi.jsonl").read_text("utf-8").replace(HOST, guest.origin), "utf-8")
    (command,) = re.findall(r"^ +\$ recirc (import articles .*attributes\..*)$", PAGE, re.MULTILINE)
    words = [str(articles) if word == "articles.jsonl" else word for word in command.split()]
    done = subprocess.run(
        recirc(*words, "--db", str(guest.database)), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = (json.loads(line) for line in articles.read_text("utf-8").splitlines())
    if shutil.which("php") is None or not Path("/usr/share/php/Twig/autoload.php").is_file():
        pytest.skip("Twig is not installed (Debian: apt-get install php-cli php-twig)")
    template = tmp_path / "page.html.twig"
    text = (DRUPAL / "node--article--full.html.twig").read_text("utf-8")
    template.write_text(
        text.replace("https://news.example", guest.server).replace("sk_example", guest.key), "utf-8"
    )
    rendered = subprocess.run(
        ["php", str(HERE / "twig_page.php"), str(template), first["url"]],
        capture_output=True, text=True, timeout=300, check=True,
    ).stdout  # fmt: skip
    assert "<p>At six.</p>" in rendered
    (element,) = re.findall(r"<recirc-shelf ([^>]*)></recirc-shelf>", rendered)
    shelf = dict(re.findall(r'([a-z]+)="([^"]*)"', element))
    assert shelf["server"] == guest.server
    assert shelf["url"] == first["url"]
    for article in (first, second):
        asked = {"url": article["url"], "shelf": [shelf["kind"]], "slots": int(shelf["slots"])}
        answer = httpx.post(
            f"{shelf['server']}/v1/embed", params={"key": shelf["key"]}, json=asked, timeout=120.0,
            headers={"Origin": guest.origin},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        assert answer.json()["article"] == article["url"]
        items = answer.json()["shelves"]["related"]["items"]
        assert len(items) == int(shelf["slots"])
        assert all(item["url"].startswith(f"{guest.origin}/") for item in items)
