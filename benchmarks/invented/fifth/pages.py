"""The pages of the fifth invented set: three stories a language, of each an honest page and two with lies."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from invented.fifth.dumps import SCRAPERS, SHOWN
from invented.fifth.makers import MAKERS, NOT_SHOWN, TOLD, Parts
from invented.story import InventedPage

LANGUAGES: Final = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "ar", "zh", "ja")
LIES: Final[dict[str, frozenset[str]]] = {
    name: frozenset(kinds.split())
    for name, kinds in {
        "front": "injected", "glued": "injected", "within": "injected", "amid": "injected", "advert": "injected",
        "bio": "copied byline", "sign": "copied byline", "voice": "copied", "other": "byline", "machine_by": "byline",
        "date": "date", "machine_day": "date", "section": "section", "links": "links", "count": "count",
    }.items()
}  # fmt: skip
"""The findings that each lie deserves."""
_COPIED: Final = frozenset(("bio", "sign", "voice"))
_OF_A_SITE: Final = _COPIED | {"front", "glued", "within", "amid", "advert", "other"}
_NEEDS: Final = {"section": "section", "links": "related", "count": "reaction", "other": "author", "bio": "author",
                 "sign": "author"}  # fmt: skip
_ALL: Final = "outlet section author date reaction related"
_SEPARATORS: Final = (" – ", ": ", " | ")
Layout = Callable[[Parts], str]


def pages() -> Iterator[InventedPage]:
    """The pages: the same at every call."""
    number = 0
    for language in LANGUAGES:
        words = tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))
        for story in words["story"]:
            for version in ("a", "b", "honest"):
                lies = () if version == "honest" else tuple(story[version].split())
                yield _page(language, words, story, lies, number)
                number += 1


def _shown(layout: Layout) -> set[str]:
    name = layout.__name__
    return set(SHOWN.get(name, _ALL).split()) - set(NOT_SHOWN.get(name, "").split())


def _layout(lies: tuple[str, ...], number: int) -> tuple[str, Layout]:
    """The first layout, from a place that moves from page to page, that shows what the lies need."""
    needed = {_NEEDS[lie] for lie in lies if lie in _NEEDS}
    html = any(lie.startswith("machine") for lie in lies)
    form = "html" if html or number % 2 == 0 else "text"
    layouts = MAKERS if form == "html" else SCRAPERS
    if html:
        layouts = tuple(each for each in MAKERS if each.__name__ in TOLD)
    turned = [layouts[(number // 2 + step) % len(layouts)] for step in range(len(layouts))]
    return form, next(layout for layout in turned if needed <= _shown(layout))


def _page(
    language: str, words: dict[str, Any], story: dict[str, Any], lies: tuple[str, ...], number: int
) -> InventedPage:
    made = set(lies)
    outlet = story["site" if made & _OF_A_SITE else "paper"]
    author = story["author"]
    if made & _COPIED:
        author = words["desk"].format(o=outlet) if number % 4 < 2 else story["copier"]
    elif "other" in made:
        author = story["copier"]
    section = story["wrong" if "section" in made else "section"]
    form, layout = _layout(lies, number)
    body, tails = _text(story, made, outlet, language)
    if not made and story["where"] == 9:
        tails = (story["honest"],)
    headline = (
        f"{outlet}{_SEPARATORS[number % 3]}{story['headline']}" if "front" in made else story["headline"]
    )
    lede = story["honest"] if not made and story["where"] == 0 else story["standfirst"]
    told = {
        "headline": story["headline"], "datePublished": f"{story['day']}T09:00:00Z", "articleSection": section,
        "author": {"@type": "Person", "name": story["copier"] if "machine_by" in made else author},
    }  # fmt: skip
    if "machine_day" in made:
        told["datePublished"] = f"{int(story['day'][:4]) - 3}{story['day'][4:]}T09:00:00Z"
    content = layout(Parts(
        outlet, section, headline, author, words["by"][number % len(words["by"])].format(n=author), story["written"],
        story["day"], lede, body, tails, story["bio"] if made & {"bio", "other"} else None,
        (words["related"], *story["gossip" if "links" in made else "related_items"]),
        story["count"] if "count" in made else words["reaction"].format(c=23), words | {"tags": story["tags"]},
        words["caption"], told,
    ))  # fmt: skip
    shown = _shown(layout)
    return InventedPage(
        name=f"fifth {language} {number} {form} {layout.__name__} {'+'.join(lies) or 'honest'}", form=form,
        language=language, content=content, kinds=frozenset[str]().union(*(LIES[lie] for lie in lies)),
        headline=" ".join(story["headline"].split()), byline=author if "author" in shown else None,
        section=section if "section" in shown else None, published=story["day"] if "date" in shown else None,
        outlet=outlet if "outlet" in shown else None, begins=body[0][:12], lies=lies,
        ends=(story["body"][-1][-10:], body[-1][-10:], (tails or body)[-1][-10:]),
        allowed=frozenset(("copied", "byline")) if made & _COPIED else frozenset(),
    )  # fmt: skip


def _text(
    story: dict[str, Any], made: set[str], outlet: str, language: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    space = "" if language in ("zh", "ja") else " "
    lines = list(story["body"])
    if not made and 0 < story["where"] < 9:
        lines[story["where"]] += space + story["honest"]
    if "voice" in made:
        lines[2] += space + story["voice"][0]
        lines[3] += space + story["voice"][1]
    if "date" in made:
        lines[1] += space + story["date"]
    if "glued" in made:
        lines[1], lines[3] = _into(lines[1], outlet, space, glue=1), _into(lines[3], outlet, space, glue=-1)
    if "within" in made:
        lines[0], lines[2] = _within(lines[0], outlet, space), _within(lines[2], outlet, space)
    if "amid" in made:
        lines[1], lines[2] = _into(lines[1], outlet, space), _into(lines[2], outlet, space)
    if "advert" in made:
        lines[3] = _into(lines[3], story["advert"], space)
    return tuple(lines), (story["sign"],) if "sign" in made else ()


def _into(line: str, phrase: str, space: str, glue: int = 0) -> str:
    """The phrase in the middle of a line: alone (0), before a word (1), behind one (-1)."""
    pieces = line.split(" ") if space else list(line)
    middle = len(pieces) // 2
    if glue == 1:
        pieces[middle] = phrase + pieces[middle]
    elif glue == -1:
        pieces[middle] += phrase
    else:
        pieces.insert(middle, phrase)
    return space.join(pieces)


def _within(line: str, brand: str, space: str) -> str:
    pieces = line.split(" ") if space else list(line)
    if not space:
        return _into(line, brand, space)
    place = max(range(2, len(pieces)), key=lambda n: len(pieces[n]) if pieces[n].isalpha() else 0)
    half = len(pieces[place]) // 2
    pieces[place] = pieces[place][:half] + brand + pieces[place][half:]
    return space.join(pieces)
