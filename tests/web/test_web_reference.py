"""The page about the API reads as a page: code as code, statuses in order, nothing that a visitor does not have."""

import re

from portal_house import House


def test_the_reference_shows_code_in_order_and_names_no_file_of_the_source(house: House) -> None:
    page = house.client.get("/docs").text
    text = re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)
    assert "`" not in text
    assert "<code>history</code> is" in text
    assert "docs/" not in re.sub(r"/docs[#\"]", "", text)
    for listed in re.findall(r"<ul>\s*((?:<li><code>\d{3}</code>.*?</li>\s*)+)</ul>", text, flags=re.DOTALL):
        statuses = [int(status) for status in re.findall(r"<li><code>(\d{3})</code>", listed)]
        assert statuses == sorted(statuses)
