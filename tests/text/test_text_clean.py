"""Cleaning: golden pairs, and properties that hold for any text."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.text.clean import Form, body_html, plain, words_of

LINES = {
    "kept as text": ("<b>Bold</b> <script>alert(1)</script>", "<b>Bold</b> <script>alert(1)</script>"),
    "ticker": ("STANDARD OIL <SRD> TO FORM\nFINANCIAL UNIT", "STANDARD OIL <SRD> TO FORM FINANCIAL UNIT"),
    "entities stay": ("Fish &amp; chips", "Fish &amp; chips"),
    "control characters": ("a\x00b\x08c\x1bd\x7fe\x9ff", "abcdef"),
    "white space": (" \t one\r\n\u2028two\u00a0\u3000three\x85four ", "one two three four"),
    "bidi overrides": ("\u202eevil\u202c \u2066isolate\u2069", "evil isolate"),
    "right to left": ("שלום עולם \u200f!", "שלום עולם \u200f!"),
    "composed": ("Cafe\u0301", "Café"),
    "emoji": ("👩‍👩‍👧 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",) * 2,
    "persian joiner": ("می\u200cخواهم", "می\u200cخواهم"),
    "without width": ("\ufeffze\u200bro\u00ad-width\u2060", "zero-width"),
    "half a character": ("a\ud83d", "a\ufffd"),
    "empty": (" \n\x00", ""),
}

LINK = ' rel="noopener noreferrer"'
KEPT = (
    "<h2>A</h2><ul><li>b</li></ul><ol><li>c</li></ol><blockquote>d</blockquote>"
    "<p><em>e</em> <strong>f</strong><br>g</p>"
)
BODIES: dict[str, tuple[Form, str, str]] = {
    "text": (
        "auto",
        'One <SRD>\nline.\n\n \n+Two+ & "three"',
        '<p>One &lt;SRD&gt; line.</p><p>+Two+ &amp; "three"</p>',
    ),
    "carriage returns": ("text", "One\r\n\r\nTwo\rtoo", "<p>One</p><p>Two too</p>"),
    "text that looks like html": ("text", "<p>One</p>", "<p>&lt;p&gt;One&lt;/p&gt;</p>"),
    "script alone is text": ("auto", "<script>x()</script>", "<p>&lt;script&gt;x()&lt;/script&gt;</p>"),
    "paragraphs": ("auto", "<P class=a style='color:red'>One<p>Two</p>", "<p>One</p><p>Two</p>"),
    "kept": ("auto", KEPT, KEPT),
    "script": ("auto", "<p>a<script>alert('x')</script>b</p>", "<p>ab</p>"),
    "nested script": (
        "html",
        "<p><scr<script>ipt>alert(1)</scr</script>ipt></p>",
        "<p>ipt&gt;alert(1)ipt&gt;</p>",
    ),
    "style": ("auto", "<style>p{}</style><p>a</p>", "<p>a</p>"),
    "handlers": ("auto", '<p onclick="x()" onmouseover=x()>a</p><img src=x onerror=x()>', "<p>a</p>"),
    "javascript": ("html", '<p><a href="javascript:x()">a</a></p>', f"<p><a{LINK}>a</a></p>"),
    "javascript hidden": (
        "html",
        '<p><a href=" jAva&#10;scr\tipt&colon;x()">a</a></p>',
        f"<p><a{LINK}>a</a></p>",
    ),
    "data": ("html", '<p><a href="data:text/html,x">a</a></p>', f"<p><a{LINK}>a</a></p>"),
    "relative": (
        "html",
        '<p><a href="//evil.example/">a</a><a href="/b">b</a></p>',
        f"<p><a{LINK}>a</a><a{LINK}>b</a></p>",
    ),
    "link": (
        "html",
        '<p><a href="https://example.org/?a=1&b=2" target=_blank title=t>a</a></p>',
        f'<p><a href="https://example.org/?a=1&amp;b=2"{LINK}>a</a></p>',
    ),
    "mail": ("html", '<p><a href="mailto:a@b.c">a</a></p>', f'<p><a href="mailto:a@b.c"{LINK}>a</a></p>'),
    "unclosed": ("html", "<p>a <b>b <i>c", "<p>a <b>b <i>c</i></b></p>"),
    "unclosed tag": ("html", "<p>a</p><a href=", "<p>a</p>"),
    "divisions": ("auto", "<div>a</div><div>b</div>", "<p>a</p><p>b</p>"),
    "divisions around": (
        "auto",
        "<div><p>a</p></div><section><ul><li>b</li></ul></section>",
        "<p>a</p>\n\n<ul><li>b</li></ul>",
    ),
    "table": (
        "auto",
        "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>",
        "<p> 1  2 </p><p> 3 </p>",
    ),
    "headings": ("auto", "<h1>a</h1><h6>b</h6>", "<h2>a</h2><h4>b</h4>"),
    "empty paragraphs": ("auto", "<p>a</p><p>&nbsp;<br> </p><p></p>", "<p>a</p>"),
    "bare": ("html", "Tom &amp; <em>Jerry</em>", "<p>Tom &amp; <em>Jerry</em></p>"),
    "frames": (
        "auto",
        "<p>a</p><iframe src=x>b</iframe><object>c</object><svg>d</svg><math>e</math>",
        "<p>a</p>",
    ),
    "comments": ("auto", "<p>a<!-- b --></p><!--[if IE]><p>c</p><![endif]-->", "<p>a</p>"),
    "bidi as entities": ("html", "<p>a&#x202e;b&#1;c</p>", "<p>abc</p>"),
    "mark after a tag": ("html", "<p>&#x338;a</p>", "<p>\u0338a</p>"),
    "right to left": ("auto", "<p dir=rtl>שלום</p>", "<p>שלום</p>"),
    "empty": ("auto", " \n\n ", ""),
    "nothing but a break": ("auto", "<BR>", ""),
}


@pytest.mark.parametrize(("given_text", "wanted"), LINES.values(), ids=LINES.keys())
def test_lines(given_text: str, wanted: str) -> None:
    assert plain(given_text) == wanted


@pytest.mark.parametrize(("form", "given_text", "wanted"), BODIES.values(), ids=BODIES.keys())
def test_bodies(form: Form, given_text: str, wanted: str) -> None:
    assert body_html(given_text, form) == wanted


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One <em>two</em></p><p>&lt;SRD&gt; &amp; co</p>", "One two\n<SRD> & co"),
        ("<ul><li>a</li><li>b</li></ul>c<br>d", "a\nb\nc\nd"),
        ('<p><a href="https://e.org/&lt;x&gt;">link</a>s</p>', "links"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_words_of_a_body(html: str, words: str) -> None:
    assert words_of(html) == words


PIECES = re.findall(
    r"\S+",
    "<p> </p> <div> </div> <ul> <li> </li> </ul> <br> <b> </b> </a> <td> <table> </table> <h1> </h1> <h2> "
    '<!-- --> <script> </script> <svg> <blockquote> </blockquote> &lt; &#x202e; &nbsp; x é \u0338 < > " &',
)
LINKS = ["<a href='http://e.org/' title=t lang=de>", "<a href=javascript:x()>", "\n\n", " "]
MARKUP = st.lists(st.sampled_from(PIECES + LINKS), max_size=30).map("".join)
TEXTS = st.text() | MARKUP | st.text(st.characters(codec=None))  # with half characters too


@given(TEXTS)
def test_a_line_is_one_line_and_stays(text: str) -> None:
    line = plain(text)
    assert plain(line) == line
    assert line == " ".join(line.split())
    assert unicodedata.is_normalized("NFC", line)
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in line)


@given(TEXTS, st.sampled_from(["auto", "text", "html"]))
def test_a_body_is_safe_and_stays(text: str, form: Form) -> None:
    html = body_html(text, form)
    assert body_html(html, "auto") == html
    assert body_html(html, "html") == html
    names = re.findall(r"<[^<>]*>", html)
    assert all(
        re.fullmatch(
            r'</?(p|br|a|em|strong|b|i|ul|ol|li|blockquote|h[234])( href="[^"]*")?( rel="[a-z ]+")?>', n
        )
        for n in names
    )
    assert html.count("<") == html.count(">") == len(names)
    html.encode()


@given(TEXTS)
def test_the_words_of_a_text_come_back(text: str) -> None:
    assert " ".join(words_of(body_html(text, "text")).split()) == plain(text)


@pytest.mark.no_cover  # the tracer takes as much time again
@pytest.mark.parametrize(
    "text",
    [
        "<ul><li>" * 250_000,
        "<b><p>" * 300_000,
        '<div "' * 300_000,
        "<p>" + "&x" * 1_000_000 + "</p>",
        "</div" * 400_000,
        "<p>" + "\n \n" * 600_000 + "</p>",
        "&nbsp;" * 300_000 + "</p>",
        "<" * 2_000_000 + "<br>",
        "<br " * 500_000,
    ],
    ids=["lists", "formats", "quotes", "references", "ends", "blank lines", "spaces", "brackets", "breaks"],
)
def test_hostile_bodies_take_no_time(text: str) -> None:
    begun = time.process_time()
    words_of(body_html(text))
    assert time.process_time() - begun < 3  # some 0.1 to 0.5 s; without the bounds, minutes


def test_too_many_tags_lose_the_markup_not_the_words() -> None:
    html = body_html("<p>one</p><p>two &amp; three</p>" + "<i>" * 10_000 + "four")
    assert html == "<p>one</p><p>two &amp; three</p><p>four</p>"
