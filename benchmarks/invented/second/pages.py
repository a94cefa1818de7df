"""The pages of the second invented sets: every language by every maker and scraper of its portion."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from babel.dates import format_date, get_day_names

from invented.second.dumps import LAYOUTS, Layout, text_page
from invented.second.markup import ToldToMachines, html_page
from invented.second.story import LANGUAGES, Parts, makers, parts_of
from invented.story import InventedPage

LIES: Final[dict[str, frozenset[str]]] = {
    name: frozenset(kinds.split())
    for name, kinds in {
        "brand": "injected", "glue": "injected", "advert": "injected", "foreign bio": "copied byline",
        "voice": "copied", "sign": "copied", "name": "byline", "machine name": "byline", "machine day": "date",
        "relative": "date", "weekday": "date", "plan": "date", "section": "section", "count": "count", "links": "links",
    }.items()
}  # fmt: skip
"""The findings that each lie deserves."""
HONEST: Final = ("plain", "credit", "guest", "translation", "anniversary", "correction", "archive", "satire",
                 "sponsored", "subject", "april", "staff", "own voice")  # fmt: skip
_OF_A_SITE: Final = {"brand", "glue", "advert", "foreign bio", "voice", "sign"}
_COPIED: Final = {"foreign bio", "voice", "sign"}
_NEEDS: Final = {
    "foreign bio": "bio", "name": "bio", "section": "way section", "count": "readers", "links": "related",
    "relative": "date day datebyread outletdate", "weekday": "date day datebyread outletdate",
    "plan": "date day datebyread outletdate", "brand": "headline",
}  # fmt: skip
_LINKED: Final = ("linked", "graph", "several")
_UNSPACED: Final = ("zh", "ja")


def pages(portion: str, seed: int = 1) -> Iterator[InventedPage]:
    """The pages of a portion, "a" or "b"; about a third is honest."""
    chance = random.Random(f"second {portion} {seed}")
    number = honest = 0
    for language in LANGUAGES:
        every: list[Layout | dict[str, str]] = [*LAYOUTS[portion], *makers(portion)]
        for layout in every:
            number += 1
            if number % 3 == 0:
                honest += 1
                yield _Maker(language, portion, layout, chance).page((HONEST[honest % len(HONEST)],), number)
            else:
                yield _Maker(language, portion, layout, chance).lying(number)


class _Maker:
    def __init__(
        self, language: str, portion: str, layout: Layout | dict[str, str], chance: random.Random
    ) -> None:
        self.language, self.portion, self.layout, self.chance = language, portion, layout, chance
        self.told: Parts = parts_of(language, portion)
        self.order = (layout["order"] if isinstance(layout, dict) else layout[1]).split()
        self.head = layout["head"] if isinstance(layout, dict) else ""
        self.day = date(2025, 9, 5) + timedelta(days=chance.randrange(22))
        self.space = "" if language in _UNSPACED else " "

    def lying(self, number: int) -> InventedPage:
        """A page with one to three lies that its layout can tell."""
        able = [lie for lie in LIES if self._can(lie)]
        made = self.chance.sample(able, self.chance.choice((1, 1, 1, 2, 3)))
        for one, other in (
            ("name", "foreign bio"),
            ("name", "voice"),
            ("name", "sign"),
            ("machine name", "name"),
        ):
            if one in made and other in made:
                made.remove(one)
        return self.page(tuple(made), number)

    def _can(self, lie: str) -> bool:
        if lie.startswith("machine"):
            return self.head in _LINKED and ("by" if lie == "machine name" else "date") in self.order
        return any(part in self.order for part in _NEEDS.get(lie, "headline").split())

    def page(self, made: tuple[str, ...], number: int) -> InventedPage:
        """The page with these lies, or of this honest form."""
        words = self.told
        lying = bool(set(made) & set(LIES))
        outlet = words["site"] if set(made) & _OF_A_SITE else words["paper"]
        author = words["author"]
        if set(made) & _COPIED:
            author = words["desk"].format(o=outlet)
        elif "name" in made or "machine name" in made:
            author = words["copier"]
        elif "guest" in made:
            author = words["guest"]
        elif "credit" in made:
            author = words["agency"]
        section = words["wrong"] if "section" in made else words["section"]
        body, allowed_end = self._body(made, outlet)
        parts = self._parts(made, outlet, author, section, body)
        told_day = self.day.replace(year=self.day.year - 2) if "machine day" in made else self.day
        facts = ToldToMachines(
            words["headline"],
            words["author"] if "machine name" in made else author,
            told_day.isoformat(),
            section,
            outlet,
        )
        if isinstance(self.layout, dict):
            form, name = "html", self.layout["name"]
            content = html_page(self.layout, parts, facts, self.language)
        else:
            form, name, content = "text", self.layout[0], text_page(self.layout, parts)
        kinds = frozenset[str]().union(*(LIES.get(lie, frozenset()) for lie in made))
        allowed = frozenset({"copied", "byline"}) if set(made) & _COPIED else frozenset[str]()
        if "sign" in made and "{a}" not in words["sign"] and not set(made) & {"foreign bio", "voice"}:
            kinds = kinds - {"copied"} | {"byline"}
        machine = self.head in _LINKED or self.head == "meta"
        shown = set(self.order)
        return InventedPage(
            name=f"second {self.portion} {self.language} {number} {form} {name} {'+'.join(made)}", form=form,
            language=self.language, content=content, kinds=kinds, allowed=allowed, headline=words["headline"],
            byline=author if machine or shown & {"by", "author", "datebyread"} else None,
            section=section if machine or shown & {"way", "section"} else None,
            published=self.day.isoformat() if machine or shown & {"date", "day", "datebyread", "outletdate"} else None,
            outlet=outlet if self.head not in ("", "title") or shown & {"rights"} else None,
            begins=body[0][:12], ends=allowed_end, lies=made if lying else (),
        )  # fmt: skip

    def _body(self, made: tuple[str, ...], outlet: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        words, lines = self.told, list(self.told["body"])
        added = {
            "relative": words["relative"].format(d=self._near(self.chance.choice((120, 150, 210)))),
            "weekday": self._weekday(),
            "plan": words["plan"].format(y=self.day.year - 2),
            "anniversary": words["anniversary"], "subject": words["subject"].format(o=words["other"]),
            "april": words["april"],
        }  # fmt: skip
        for name, sentence in added.items():
            if name in made:
                lines[3] += self.space + sentence
        if "voice" in made or "own voice" in made:
            owner = outlet if "own voice" in made else self.chance.choice((words["paper"], words["other"]))
            for place, sentence in enumerate(words["voice"]):
                lines[1 + 2 * place] += self.space + sentence.format(o=owner)
        if "glue" in made:
            for place in (1, 3):
                lines[place] = self._glued(lines[place], outlet, after=self.portion == "b")
        if "advert" in made:
            lines[2] = self._amid(lines[2], words["advert"])
        below = {
            "sign": words["sign"].format(n=words["author"], a=words["agency"]), "correction": words["correction"],
            "credit": words["credit"].format(a=words["agency"]), "translation": words["translation"],
        }  # fmt: skip
        last = lines[-1]
        lines += [line for name, line in below.items() if name in made]
        return tuple(lines), (last[-10:], lines[-1][-10:])

    def _near(self, days: int) -> str:
        return self._plain_day((self.day - timedelta(days=days)).replace(day=23))

    def _weekday(self) -> str:
        """A day of last week with a weekday that it was not."""
        day = self.day - timedelta(days=6)
        wrong = (day.weekday() + self.chance.choice((2, 3, 4))) % 7
        name = get_day_names(locale=self.language)[wrong]
        if self.language == "ru" and self.portion == "a":
            name = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")[wrong]
        if self.language == "pl" and self.portion == "a":
            name = ("poniedziałek", "wtorek", "środę", "czwartek", "piątek", "sobotę", "niedzielę")[wrong]
        sentence: str = self.told["weekday"].format(w=name, d=self._plain_day(day))
        return sentence[:1].upper() + sentence[1:]

    def _plain_day(self, day: date) -> str:
        if self.language in _UNSPACED:
            return f"{day.month}月{day.day}日"
        if self.language == "en":
            return f"{day.day} {day:%B}" if self.portion == "a" else f"{day:%B} {day.day}"
        pattern = {"es": "d 'de' MMMM", "pt": "d 'de' MMMM", "de": "d. MMMM"}.get(self.language, "d MMMM")
        return format_date(day, pattern, locale=self.language)

    def _glued(self, line: str, brand: str, after: bool) -> str:
        if not self.space:
            half = len(line) // 2
            return line[:half] + brand + line[half:]
        words = line.split(" ")
        place = next(n for n, word in enumerate(words) if n > 4 and len(word) > 5 and word.isalpha())
        words[place] = words[place] + brand if after else brand + words[place]
        return " ".join(words)

    def _amid(self, line: str, phrase: str) -> str:
        words = line.split(" ") if self.space else list(line)
        third = len(words) // 3
        return self.space.join((*words[:third], phrase, *words[third:]))

    def _parts(self, made: tuple[str, ...], outlet: str, author: str, section: str,
               body: tuple[str, ...]) -> dict[str, tuple[str, ...]]:  # fmt: skip
        words = self.told
        by = words["by"].format(n=author)
        if "name" not in made and not set(made) & _COPIED and self.chance.random() < 0.3 and self.space:
            by = f"{by}, {words['role']}"
        day = self._written_day()
        headline = words["headline"]
        if "brand" in made:
            headline = f"{outlet}{': ' if self.portion == 'a' else ' | '}{headline}"
        count = f"{self.chance.randrange(21_000, 96_000)}" if "count" in made else "17"
        parts: dict[str, tuple[str, ...]] = {
            "outlet": (outlet,), "nav": (words["section"], words["wrong"], words["newsletter"].split(" ")[0]),
            "way": (words["home"], section), "section": (section,), "headline": (headline,),
            "standfirst": (words["standfirst"],), "by": (by,), "author": (author,),
            "date": (words["published"].format(d=day),),
            "day": (self.day.isoformat(),), "share": (words["share"],), "caption": (words["caption"],),
            "read": (words["read"],),
            "keys": (words["keys"], *(f"– {line}" for line in words["related"][:2])), "body": body,
            "tags": (words["tagsword"], *words["tags"]), "reaction": (words["reaction"].format(c=count),),
            "readers": (words["readers"].format(c="912"),), "newsletter": (words["newsletter"],),
            "related": (words["relatedword"], *words["foreign" if "links" in made else "related"]),
            "popular": (words["popularword"], *words["popular"]), "rights": (words["rights"].format(o=outlet),),
            "menu": ("Menu", "Search", "Subscribe"), "save": ("Save", "Listen"), "open": ("---",),
            "outletdate": (f"{outlet} — {day}",), "datebyread": (f"{day} · {by} · {words['read']}",),
            "consent": ("We use cookies", "Accept all"), "navlines": (words["section"], words["wrong"]),
        }  # fmt: skip
        bio = self._bio(made, outlet)
        if bio:
            parts["bio"] = (bio,)
        above = {"satire": words["satire"], "sponsored": words["sponsored"], "archive": words["archive"]}
        for name, line in above.items():
            if name in made:
                parts["headline"] = (headline,)
                parts["by"] = (line, by) if name != "sponsored" else (by, line)
                parts["standfirst"] = (line,)
        return parts

    def _bio(self, made: tuple[str, ...], outlet: str) -> str | None:
        words = self.told
        found: str | None = None
        if "foreign bio" in made:
            owner = words["paper"] if self.chance.random() < 0.5 else words["other"]
            found = words["bio"].format(n=words["author"], o=owner)
        elif "name" in made or "staff" in made:
            found = words["bio"].format(n=words["author"], o=outlet)
        elif "guest" in made:
            found = words["guestbio"].format(n=words["guest"], o=words["other"])
        return found

    def _written_day(self) -> str:
        manner = self.chance.choice(("long", "long", "full", "medium", "numbers", "iso"))
        if manner == "iso":
            return f"{self.day.isoformat()} 09:30"
        if manner == "numbers" and self.day.day > 12:
            if self.language in _UNSPACED:
                return f"{self.day:%Y/%m/%d}"
            return f"{self.day:%m/%d/%Y}" if self.language == "en" else f"{self.day:%d.%m.%Y}, 09:30"
        return format_date(self.day, "long" if manner == "numbers" else manner, locale=self.language)
