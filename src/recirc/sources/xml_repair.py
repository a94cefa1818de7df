"""Repairs XML that is not well-formed, so that what is wrong costs a character or an entry, not the document."""

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Final

_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMED: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")
_LONE: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_NUMBERED: Final = re.compile(r"&#(?:(\d{1,7})|[xX]([0-9A-Fa-f]{1,6}));")
_CDATA: Final = "<![CDATA["
_TAG: Final = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z_][\w.-]*(?::[\w.-]+)?)"
    r"(?P<rest>(?:\s[^<>\"']*(?:\"[^\"<]*\"|'[^'<]*'))*[^<>\"']*)>|(?P<special><!--|<!\[CDATA\[|<\?)|<"
)
_ROOT: Final = re.compile(r"<([A-Za-z_][\w.-]*)")
_ENDS: Final = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}


def repaired(text: str) -> str:
    """A document without characters that XML does not allow, with HTML's entities and lone ampersands as XML has them;
    CDATA unchanged.
    """
    return "".join(_repaired(_UNREADABLE.sub("", text)))


def _repaired(text: str) -> Iterator[str]:
    place = 0
    while (start := text.find(_CDATA, place)) >= 0 and (end := text.find("]]>", start)) >= 0:
        yield _repaired_markup(text[place:start])
        yield text[start : end + 3]
        place = end + 3
    yield _repaired_markup(text[place:])


def _repaired_markup(text: str) -> str:
    text = _NUMBERED.sub(_character, text)
    return _LONE.sub("&amp;", _NAMED.sub(lambda name: html5.get(f"{name[1]};", name[0]), text))


def _character(reference: re.Match[str]) -> str:
    """A character reference; U+FFFD for one that XML does not allow, such as half of a surrogate pair."""
    number = int(reference[1]) if reference[1] else int(reference[2], 16)
    if number > 0x10FFFF or _UNREADABLE.match(chr(number)):
        return "\ufffd"
    return f"&#{number};"


def balanced(text: str, parts: tuple[str, ...]) -> str:
    """A document in which each end tag has its start tag: lone end tags and lone `<` are taken as text or left out, and
    missing end tags are added, at the latest before the next entry.

    >>> balanced("<a><i>x</b><u>y</i><i>z</i></a>", ("i",))
    '<a><i>x<u>y</u></i><i>z</i></a>'

    Args:
        text: the document, from its root on.
        parts: names of the elements that are its entries, which are not within each other.
    """
    root = _TAG.match(text)
    name = _ROOT.match(text)
    if name is not None and (root is None or root["name"] is None):  # a root whose own tag is broken
        text = f"<{name[1]}>{text[text.find('>') + 1 :]}"
    return "".join(_balanced(text, parts))


def _balanced(text: str, parts: tuple[str, ...]) -> Iterator[str]:
    opened: list[str] = []
    count: dict[str, int] = {}
    place = 0

    def close(name: str) -> Iterator[str]:
        while opened:
            last = opened.pop()
            count[last] -= 1
            yield f"</{last}>"
            if last == name:
                return

    unended: set[str] = set()
    while (tag := _TAG.search(text, place)) is not None:
        yield text[place : tag.start()]
        place = tag.end()
        name, special = tag["name"], tag["special"]
        if special is not None and special not in unended:
            end = text.find(_ENDS[special], place)
            if end < 0:
                unended.add(special)  # and there is no later one either
                yield f"&lt;{special[1:]}"
            else:
                place = end + len(_ENDS[special])
                yield text[tag.start() : place]
        elif name is None:
            yield f"&lt;{tag[0][1:]}"
        elif tag["end"]:
            if count.get(name):
                yield from close(name)
        elif tag["rest"].endswith("/"):
            yield tag[0]
        else:
            if name.rpartition(":")[2] in parts and count.get(name):
                yield from close(name)
            opened.append(name)
            count[name] = count.get(name, 0) + 1
            yield tag[0]
        if not opened and place < len(text) and name is not None:
            return  # what follows after the root is no part of it
    yield text[place:]
    yield from close("")
