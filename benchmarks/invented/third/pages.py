"""The pages of the third invented set: eleven a language, six with one to seven findings and five honest ones."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from invented.story import InventedPage
from invented.third.dumps import SCRAPERS, Scraper, text_page
from invented.third.makers import MAKERS, Claims, Maker, html_page

LANGUAGES: Final = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "ar", "zh", "ja")
LIES: Final[dict[str, frozenset[str]]] = {
    name: frozenset(kinds.split())
    for name, kinds in {
        "front": "injected", "back": "injected", "stuck": "injected", "within": "injected", "amid": "injected",
        "advert": "injected", "bio": "copied byline", "voice": "copied", "signed": "copied byline", "other": "byline",
        "machine": "byline", "day": "date", "machine day": "date", "section": "section", "count": "count",
        "links": "links",
    }.items()
}  # fmt: skip
"""The findings that each lie deserves."""
HONEST: Final = ("plain", "credit", "guest", "translation", "anniversary", "correction", "archive", "satire",
                 "sponsored", "subject", "april", "staff", "own voice")  # fmt: skip
_SETS: Final = (
    ("front", "stuck", "bio", "day", "section", "count", "links"),
    ("within",), ("voice", "day"), ("other", "links"), ("section", "back"), ("signed", "count"),
    ("day",), ("advert",), ("bio",), ("machine", "section"), ("amid", "links", "count"), ("voice", "front", "section"),
    ("machine day",), ("stuck", "day"), ("links",), ("section",), ("back", "bio", "links"), ("count",),
    ("day", "other"),
    ("signed",), ("stuck", "voice", "count", "section"), ("other",), ("front",), ("day", "section", "links"),
)  # fmt: skip
_COPIED: Final = frozenset(("bio", "voice", "signed"))
_OF_A_SITE: Final = _COPIED | {"front", "back", "stuck", "within", "amid", "advert"}
_NEEDS: Final = {
    "bio": "bio", "other": "bio", "section": "way section", "count": "reaction", "links": "related",
    "front": "headline", "back": "headline", "day": "date day datebyread facts", "voice": "body", "signed": "body",
}  # fmt: skip
_TOLD: Final = ("news", "webpage", "dc")


@cache
def words_of(language: str) -> dict[str, Any]:
    """The words and the story of a language."""
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))


def pages() -> Iterator[InventedPage]:
    """The pages: the same at every call."""
    number = 0
    for row, language in enumerate(LANGUAGES):
        for place in range(11):
            layout: Maker | Scraper = (
                MAKERS[(row + place // 2 * 3) % len(MAKERS)]
                if place % 2
                else SCRAPERS[(row + place // 2) % len(SCRAPERS)]
            )
            if place < 6:
                wanted = _SETS[0] if place == 0 and row % 3 == 0 else _SETS[(row * 6 + place) % len(_SETS)]
                made = tuple(lie for lie in wanted if _able(lie, layout))
                made = made or ("stuck" if row % 2 else "advert",)
            else:
                made = (HONEST[(row * 5 + place) % len(HONEST)],)
            number += 1
            yield _page(language, layout, made, number)


def _able(lie: str, layout: Maker | Scraper) -> bool:
    order = layout.order.split()
    if lie.startswith("machine"):
        told = isinstance(layout, Maker) and layout.machines in _TOLD
        return told and ("by" if lie == "machine" else "date") in order
    return any(part in order for part in _NEEDS.get(lie, "body").split())


def _page(language: str, layout: Maker | Scraper, made: tuple[str, ...], number: int) -> InventedPage:
    words, lying = words_of(language), set(made)
    outlet = words["site"] if lying & _OF_A_SITE else words["paper"]
    author = words["author"]
    if lying & _COPIED:
        author = words["desk"].format(o=outlet)
    elif lying & {"other", "machine"}:
        author = words["copier"]
    elif "guest" in lying:
        author = words["guest"]
    elif "credit" in lying:
        author = words["agency"]
    section = words["wrong"] if "section" in lying else words["section"]
    body, tails = _body(words, made, outlet, number)
    parts = _parts(words, made, outlet, author, section, number) | {"body": body}
    year = int(words["day"][:4]) - (2 if "machine day" in lying else 0)
    claims = Claims(words["headline"], words["author"] if "machine" in lying else author,
                    f"{year}{words['day'][4:]}", section, outlet)  # fmt: skip
    if isinstance(layout, Maker):
        form, content, told = "html", html_page(layout, parts, claims, language), layout.machines
    else:
        form, content, told = "text", text_page(layout, parts), ""
    kinds = frozenset[str]().union(*(LIES.get(lie, frozenset()) for lie in made))
    shown = set(layout.order.split())
    return InventedPage(
        name=f"third {language} {number} {form} {layout.name} {'+'.join(made)}", form=form, language=language,
        content=content, kinds=kinds, headline=words["headline"],
        byline=author if told in _TOLD or shown & {"by", "author", "datebyread", "facts"} else None,
        section=section if told in _TOLD[:2] or shown & {"way", "section"} else None,
        published=words["day"] if told in _TOLD or shown & {"date", "day", "datebyread", "facts"} else None,
        outlet=outlet if shown & {"outlet", "rights"} else None, begins=body[0][:12],
        lies=made if kinds else (), ends=tails,
        allowed=frozenset(("copied", "byline")) if lying & _COPIED else frozenset(),
    )  # fmt: skip


def _body(
    words: dict[str, Any], made: tuple[str, ...], outlet: str, number: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    space = "" if words["home"] in ("首页", "ホーム") else " "
    lines = list(words["body"])
    if "day" in made:
        lines[number % 3 + 1] += space + words["dates"][number % len(words["dates"])]
    for name in ("anniversary", "april"):
        if name in made:
            lines[2] += space + words[name]
    if "subject" in made:
        lines[3] += space + words["subject"].format(o=words["other"])
    if "voice" in made or "own voice" in made:
        owner = outlet if "own voice" in made else words["paper" if number % 2 else "other"]
        for place, sentence in enumerate(words["voices"]):
            lines[1 + 2 * place] += space + sentence.format(o=owner)
    if "stuck" in made:
        lines[1], lines[4] = _stuck(lines[1], outlet, space, 2), _stuck(lines[4], outlet, space, 4)
    if "within" in made:
        lines[0], lines[3] = _within(lines[0], outlet, space), _within(lines[3], outlet, space)
    if "amid" in made:
        lines[1], lines[3] = _amid(lines[1], outlet, space), _amid(lines[3], outlet, space)
    if "advert" in made:
        lines[3] = _amid(lines[3], words["advert"], space)
    last = lines[-1]
    if "signed" in made:
        lines.append(words["signs"][0].format(n=words["author"], a=words["agency"]))
    below = ("correction", "credit", "translation")
    lines += [words[name].format(a=words["agency"]) for name in below if name in made]
    return tuple(lines), (last[-10:], lines[-1][-10:])


def _pieces(line: str, space: str) -> list[str]:
    return line.split(" ") if space else list(line)


def _stuck(line: str, brand: str, space: str, after: int) -> str:
    pieces = _pieces(line, space)
    pieces[after * 2] = pieces[after * 2] + brand if after == 2 else brand + pieces[after * 2]
    return space.join(pieces)


def _within(line: str, brand: str, space: str) -> str:
    pieces = _pieces(line, space)
    place = max(range(3, len(pieces)), key=lambda n: len(pieces[n]) if pieces[n].isalpha() else 0)
    middle = len(pieces[place]) // 2
    pieces[place] = pieces[place][:middle] + brand + pieces[place][middle:]
    return space.join(pieces)


def _amid(line: str, phrase: str, space: str) -> str:
    pieces = _pieces(line, space)
    middle = len(pieces) // 2
    return space.join((*pieces[:middle], phrase, *pieces[middle:]))


def _parts(words: dict[str, Any], made: tuple[str, ...], outlet: str, author: str, section: str,
           number: int) -> dict[str, tuple[str, ...]]:  # fmt: skip
    headline, written = words["headline"], words["written"]
    if "front" in made:
        headline = (f"{outlet} – {headline}", f"[{outlet}] {headline}", f"{outlet} :: {headline}")[number % 3]
    if "back" in made:
        headline = (f"{headline} – {outlet}", f"{headline} @ {outlet}", f"{headline} ({outlet})")[number % 3]
    by = words["by"][number % 2].format(n=author)
    count = "17"
    if "count" in made:
        count = ("48,216", "73904", "61.377")[number % 3]
    parts: dict[str, tuple[str, ...]] = {
        "outlet": (outlet,), "printed": (outlet,), "nav": (words["section"], words["wrong"], words["popularword"]),
        "menu": ("☰", words["home"]), "way": (words["home"], section), "section": (section,), "headline": (headline,),
        "standfirst": (words["standfirst"],), "by": (by,), "author": (author,), "day": (words["day"],),
        "date": (words["dated"].format(d=written) if number % 4 < 2 else written,), "share": (words["share"],),
        "caption": (words["caption"],), "read": (words["read"],), "tags": tuple(words["tags"]),
        "datebyread": (f"{written} | {by} | {words['read']}",),
        "facts": (words["bylabel"], author, words["datelabel"], written), "newsletter": (words["newsletter"],),
        "reaction": (words["reactions"][number % 2].format(c=count),), "readers": (words["readers"].format(c="804"),),
        "related": (words["relatedword"], *words["gossip" if "links" in made else "related"]),
        "popular": (words["popularword"], *words["popular"]), "rights": (words["rights"].format(o=outlet),),
    }  # fmt: skip
    bio = None
    if "bio" in made:
        bio = words["bios"][number % 2].format(n=words["author"], o=words["other" if number % 2 else "paper"])
    elif "other" in made or "staff" in made:
        bio = words["bios"][number % 2].format(n=words["author"], o=outlet)
    elif "guest" in made:
        bio = words["guestbio"].format(n=author, o=words["other"])
    if bio:
        parts["bio"] = (bio,)
    for name in ("satire", "sponsored", "archive"):
        if name in made:
            parts["by"] = (words[name], by)
            parts["standfirst"] = (words[name],)
    return parts
