"""Our own pages hold against our own inspection."""

from portal_house import Build
from recirc.demo.paper import articles
from recirc.extraction.html import read_html
from recirc.provenance.inspect import inspect
from recirc.web.links import article_path


def test_no_page_of_the_sample_newspaper_has_a_finding(build: Build) -> None:
    house = build()
    written = articles(house.now)
    house.engine.publish(written).result()
    house.engine.catch_up()
    wrong = {}
    for article in written[::2]:
        path = article_path(article.id)
        page = read_html(house.client.get(path).text, url=f"https://tide.example{path}")
        assert (page.headline, bool(page.text)) == (article.headline, True)
        found = inspect(page).findings
        if found:
            wrong[path] = [(finding.kind, finding.evidence) for finding in found]
    assert wrong == {}
