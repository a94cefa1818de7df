"""Figures, tables and embedded things of bodies: one form, at their place, from markup of any maker."""

import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recirc.text.clean import body_html, words_of
from recirc.text.figures import replace_figures
from recirc.text.pictures import figures_in

BASE = "https://tide.example/local/mole"
M, N = "https://tide.example/m.jpg", "https://tide.example/n.jpg"
FM, FN = f'<figure><img src="{M}"></figure>', f'<figure><img src="{N}"></figure>'
WATCH = "https://www.youtube.com/watch?v=x1"
REL = ' rel="noopener noreferrer"'
DATA = (
    "<table><tbody><tr><th>Ward</th><th>Votes</th></tr><tr><td>North</td><td>1,204</td></tr></tbody></table>"
)

BODIES = {
    "a figure stays where it was": (
        '<p>One.</p><figure class="wp-block-image"><img src="/m.jpg" alt="The mole" width="1024">'
        "<figcaption>The <b>mole</b></figcaption></figure><p>Two.</p>",
        f'<p>One.</p><figure><img src="{M}" alt="The mole"><figcaption>The mole</figcaption></figure><p>Two.</p>',
    ),
    "an image in a link": (
        '<p>One.</p><figure><a href="/big.jpg"><img src="/m.jpg"></a></figure>',
        f"<p>One.</p>{FM}",
    ),
    "an image alone in its paragraph": ('<p><img src="/m.jpg"></p><p>One.</p>', f"{FM}<p>One.</p>"),
    "an image before the words of its paragraph": ('<p><img src="/m.jpg">One.</p>', f"{FM}<p>One.</p>"),
    "an image amid the words": ('<p>One <img src="/m.jpg">two.</p>', f"<p>One two.</p>{FM}"),
    "two amid the words keep their order": (
        '<p>One <img src="/m.jpg">two <img src="/n.jpg">three.</p><p>Four.</p>',
        f"<p>One two three.</p>{FM}{FN}<p>Four.</p>",
    ),
    "an image in a quotation": (
        '<blockquote><p>One.</p><img src="/m.jpg"></blockquote><p>Two.</p>',
        f"<blockquote><p>One.</p></blockquote>{FM}<p>Two.</p>",
    ),
    "a gallery": (
        '<figure class="wp-block-gallery"><figure><img src="/m.jpg"></figure><figure><img src="/n.jpg"></figure>'
        "<figcaption>The harbour</figcaption></figure><p>One.</p>",
        f'{FM}<figure><img src="{N}"><figcaption>The harbour</figcaption></figure><p>One.</p>',
    ),
    "an image that is loaded by a script": (
        '<img src="data:image/gif;base64,x" data-src="/m.jpg"><noscript><img src="/m.jpg"></noscript><p>One.</p>',
        f"{FM}<p>One.</p>",
    ),
    "logos, pixels and small images": (
        '<p>One.</p><img src="/logo.png"><img src="/p.gif" width=1 height=1><img src="https://a.example/emoji/1f3e.png">',
        "<p>One.</p>",
    ),
    "a caption without its picture": (
        "<p>One.</p><figure><figcaption>Not a sentence.</figcaption></figure><figcaption>Nor this.</figcaption>",
        "<p>One.</p>",
    ),
    "a pull quote": (
        '<figure class="wp-block-pullquote"><blockquote><p>One.</p><cite>Ada</cite></blockquote></figure>',
        "<blockquote><p>One.</p>Ada</blockquote>",
    ),
    "a table of data": (f'<figure class="wp-block-table">{DATA}</figure>', DATA),
    "blocks in the cells of a table": (DATA.replace("North", "<p>North</p>"), DATA),
    "a table that lays out the page": (
        f"<table><tr><td><p>{'word ' * 80}</p></td><td>menu</td></tr><tr><td>a</td><td>b</td></tr></table>",
        f"<p>{'word ' * 80}</p> menu <p> a  b </p>",
    ),
    "code": (
        "<pre><code>for x in y:\n    print(x)</code></pre><p>H<sub>2</sub>O<sup>1</sup></p>",
        "<pre><code>for x in y:\n    print(x)</code></pre><p>H<sub>2</sub>O<sup>1</sup></p>",
    ),
    "a video": (
        '<figure class="wp-block-embed"><div><iframe src="https://www.youtube-nocookie.com/embed/x1?feature=oembed" '
        'title="The storm &amp; the mole" allowfullscreen></iframe></div></figure><p>One.</p>',
        f'<p data-embed="youtube.com"><a href="{WATCH}"{REL}>The storm &amp; the mole</a></p><p>One.</p>',
    ),
    "a video without a title": (
        '<p>One.</p><iframe src="//player.vimeo.com/video/7"></iframe>',
        f'<p>One.</p><p data-embed="player.vimeo.com"><a href="https://vimeo.com/7"{REL}>player.vimeo.com</a></p>',
    ),
    "a frame of anybody else": (
        '<p>One.</p><iframe src="https://ads.example/x">no frames</iframe>',
        "<p>One.</p>",
    ),
    "a host that only looks known": (
        '<p>One.</p><iframe src="https://youtube.com.evil.example/"></iframe>',
        "<p>One.</p>",
    ),
}


@pytest.mark.parametrize(("sent", "kept"), BODIES.values(), ids=list(BODIES))
def test_bodies_keep_the_form_of_what_is_in_them(sent: str, kept: str) -> None:
    body = body_html(sent, "html", BASE)
    assert re.sub(r"(?<=>)[ \n]+|[ \n]+(?=<)", "", body) == re.sub(r"(?<=>)[ \n]+|[ \n]+(?=<)", "", kept)
    assert body_html(body, "html") == body
    assert body_html(body, "auto") == body


@pytest.mark.parametrize(
    "hostile",
    [
        '<figure><img src="javascript:x()"></figure>',
        '<img src="https://a.example/a.jpg" onerror="x()">',
        '<img src="https://a.example/&quot; onerror=&quot;x()">',
        '<p data-embed="<script>">a</p>',
        '<p data-embed="a&quot; onclick=&quot;x()">a</p>',
        '<a href="media:00000000000000000000000000000000">a</a>',
        "<iframe src=\"https://www.youtube.com/embed/x'&quot;><script>x()</script>\" title='<script>x()'></iframe>",
    ],
)
def test_nothing_of_them_is_markup_of_its_own(hostile: str) -> None:
    body = body_html(f"<p>One.</p>{hostile}", "html", BASE)
    for wrong in ("onerror=", "onclick=", "<script", "javascript:", 'href="media:'):
        assert wrong not in body.replace("&lt;script", "")


def test_words_are_told_without_captions_and_cells_do_not_join() -> None:
    sent = f'<p>One.</p><figure><img src="{M}"><figcaption>The mole</figcaption></figure>{DATA}<p>Two.</p>'
    assert words_of(body_html(sent, "html")).split("\n") == ["One.", "Ward Votes", "North 1,204", "Two."]


def test_the_pictures_of_a_body_are_those_that_it_keeps() -> None:
    sent, _ = BODIES["a gallery"]
    assert [(each.address, each.caption) for each in figures_in(sent, BASE)] == [
        (M, None),
        (N, "The harbour"),
    ]
    assert figures_in(body_html(sent, "html", BASE)) == figures_in(sent, BASE)


def test_figures_that_follow_one_another_are_shown_together() -> None:
    body = f"<p>One.</p>{FM}\n{FN}<p>Two.</p>{FM}"
    assert replace_figures(body, lambda run: f"[{len(run)}]") == "<p>One.</p>[2]<p>Two.</p>[1]"


pieces = st.sampled_from(
    [
        "<p>", "</p>", "words ", "<figure>", "</figure>", '<img src="/m.jpg">', '<img src="/n.jpg" alt="n">', "<b>",
        "\n",
        "<tr>", "<td>", "</td>", "</table>", "<figcaption>", "caption", "</figcaption>", "<blockquote>", "<table>",
        "<pre>", "</pre>", "<div>", "</div>", "<ul>", "<li>", '<iframe src="https://vimeo.com/1">', "</iframe>",
        "</blockquote>",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=24).map("".join))
def test_any_order_of_parts_has_one_form_that_stays(sent: str) -> None:
    body = body_html(sent, "html", BASE)
    assert body_html(body, "html") == body
    kept = replace_figures(body, lambda _: "")
    assert not re.search("<img|<figure|figcaption", kept), escape(body)
