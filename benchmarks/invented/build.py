"""Invented pages of both sets: every story in several layouts, honest and with one to several lies."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from babel.dates import format_date

from invented import layouts, stories_developing, stories_held
from invented.layouts import PageFacts, Part
from invented.story import InventedPage, Story, Words
from invented.words import WORDS

SITES: Final = {
    "developing": ("Vexora", "Lumidaily", "Brinkfeed"),
    "held": ("Qualtara", "Zennoi", "Morrowline"),
}
"""Sites that lie; their names stand in what they inject."""

OUTLETS: Final[dict[str, tuple[str, str]]] = {
    "en": ("Ostrin Gazette", "The Plumb Line"), "de": ("Nordmärker Bote", "Hohenauer Rundblick"),
    "fr": ("Courrier de Vernoux", "La Lanterne"), "es": ("Diario de Cantueso", "El Candil"),
    "pt": ("Jornal do Vale", "O Farol"), "it": ("Corriere della Bassa", "La Meridiana"),
    "nl": ("Drielander Courant", "De Vuurtoren"), "pl": ("Gazeta Brzeska", "Latarnik"),
    "ru": ("Заречный вестник", "Маяк"), "ar": ("صحيفة المنارة", "جريدة الفجر"),
    "zh": ("青河日报", "临川晚报"), "ja": ("青嶺新聞", "白浜タイムズ"),
}  # fmt: skip
"""Newspapers: the honest pages are theirs, and lies are told with what is theirs."""

COPIERS: Final = {"developing": "Carl Stroem", "held": "Vera Nyland"}
LIES: Final = (
    "brand_front",
    "brand_glued",
    "advert",
    "biography",
    "voice",
    "sign_off",
    "name",
    "when",
    "section",
    "count",
    "links",
)
HONEST: Final = ("plain", "past", "guest", "staff", "credited", "own_voice")
KINDS_OF: Final = {
    "brand_front": {"injected"}, "brand_glued": {"injected"}, "advert": {"injected"}, "biography": {"copied", "byline"},
    "voice": {"copied"}, "sign_off": {"copied"}, "name": {"byline"}, "when": {"date"}, "section": {"section"},
    "count": {"count"}, "links": {"links"},
}  # fmt: skip
_ADVERTS: Final = {"developing": "best payday loans online", "held": "cheap designer watches free shipping"}


def pages(split: str, seed: int = 1) -> Iterator[InventedPage]:
    """The pages of a set, "developing" or "held": the same ones for the same seed."""
    chance = random.Random(f"{split} {seed}")
    stories = stories_developing.STORIES if split == "developing" else stories_held.STORIES
    for number, story in enumerate(stories):
        every: list[str | tuple[str, str]] = [*layouts.TEXT[split], *layouts.HTML[split]]
        for place, layout in enumerate(every):
            honest = (place + number) % 3 == 0
            made = (
                [HONEST[(place + number) // 3 % len(HONEST)]]
                if honest
                else chance.sample(LIES, chance.choice((1, 1, 2, 3)))
            )
            yield _Maker(split, story, chance, number * 100 + place).page(layout, tuple(made))


class _Maker:
    def __init__(self, split: str, story: Story, chance: random.Random, number: int) -> None:
        self.split, self.story, self.number, self.chance = split, story, number, chance
        self.held = int(split == "held")
        self.words: Words = WORDS[story.language]
        self.paper = OUTLETS[story.language][self.held]
        self.site = chance.choice(SITES[split])
        self.day = date(2025, 9, 4) + timedelta(days=chance.randrange(25))
        self.parts: dict[str, Part] = {}

    def page(self, layout: str | tuple[str, str], made: tuple[str, ...]) -> InventedPage:
        """The page with these lies or of this honest form."""
        story, words = self.story, self.words
        lying = bool(set(made) & set(LIES))
        stolen = bool({"biography", "voice", "sign_off"} & set(made))
        names = layout.split() if isinstance(layout, str) else layout[1].split()
        made = tuple(lie for lie in made if self._fits(lie, names))
        kinds = set().union(*(KINDS_OF.get(lie, set()) for lie in made))
        outlet = self.site if lying else self.paper
        author = (
            words.desk.format(o=outlet) if stolen else COPIERS[self.split] if "name" in made else story.author
        )
        paragraphs = self._paragraphs(made, outlet)
        section = story.wrong_section if "section" in made else story.section
        biography = self._biography(made, outlet)
        headline = story.headline
        if "brand_front" in made:
            headline = f"{outlet}{' - ' if self.held else '|'}{headline}"
        if "guest" in made:
            biography = words.biography[self.held].format(
                n=story.author, o=OUTLETS[story.language][1 - self.held]
            )
        if "credited" in made:
            author = OUTLETS[story.language][1 - self.held]
        self._set_parts(headline, author, section, outlet, paragraphs, biography, made)
        facts = PageFacts(story.headline, author, self.day.isoformat(), section, outlet)
        if isinstance(layout, str):
            form, content = "text", layouts.text_page(layout, self.parts)
        else:
            form, content = "html", layouts.html_page(*layout, self.parts, facts, story.language)
        shown = [name for name in names if name in self.parts]
        machine = not isinstance(layout, str) and layout[0] in ("linked", "graph")
        dated = machine or any("date" in name or name == "stamp" for name in shown)
        by = machine or any(name in shown for name in ("by", "by_date", "by_role", "name_date", "by_label"))
        sectioned = machine or any(name.startswith(("way", "section")) for name in shown)
        return InventedPage(
            name=f"{self.split} {story.language} {self.number} {form} {'+'.join(made)}", form=form,
            language=story.language,
            content=content, kinds=frozenset(kinds), headline=story.headline,
            byline=author if by else None,
            section=section if sectioned else None, published=self.day.isoformat() if dated else None,
            outlet=outlet if any("copyright" in name for name in shown) else None, begins=paragraphs[0][:12],
            lies=tuple(lie for lie in made if lie in LIES),
        )  # fmt: skip

    def _fits(self, lie: str, names: list[str]) -> bool:
        way = any(name.startswith(("way", "section")) for name in names)
        needed = {"section": way, "links": any(n.startswith("related") for n in names), "count": "reaction" in names,
                  "biography": "biography" in names,
                   "name": "biography" in names and any(n.startswith("by") for n in names),
                  "when": any("date" in name or name == "stamp" for name in names)}  # fmt: skip
        return needed.get(lie, True)

    def _paragraphs(self, made: tuple[str, ...], outlet: str) -> tuple[str, ...]:
        words, lines = self.words, list(self.story.paragraphs)
        spaced = self.story.language not in ("zh", "ja")
        if "when" in made:
            day = (self.day - timedelta(days=self.chance.choice((110, 140, 200)))).replace(day=22)
            written = format_date(day, "d MMMM" if spaced else "M月d日", locale=self.story.language)
            if self.story.language == "en":
                written = f"{day:%B} {day.day}"
            lines[1] += (" " if spaced else "") + words.when[self.held].format(d=written)
        if "voice" in made:
            lines[3] += (" " if spaced else "") + words.voice[self.held].format(o=self.paper)
        if "own_voice" in made:
            lines[3] += (" " if spaced else "") + words.voice[self.held].format(o=outlet)
        if "past" in made:
            lines[4] += (" " if spaced else "") + words.past
        if "sign_off" in made or "credited" in made:
            paper = self.paper if "sign_off" in made else OUTLETS[self.story.language][1 - self.held]
            form = "{o} ow/kt" if spaced and not self.held else words.sign_off[1]
            lines.append(form.format(o=paper, n=self.story.author))
        if "brand_glued" in made:
            for place in (1, 3):
                lines[place] = _glued(lines[place], outlet, self.held, spaced)
        if "advert" in made:
            pieces = lines[2].split(" ") if spaced else list(lines[2])
            half = len(pieces) // 2
            lines[2] = (" " if spaced else "").join((*pieces[:half], _ADVERTS[self.split], *pieces[half:]))
        return tuple(lines)

    def _biography(self, made: tuple[str, ...], outlet: str) -> str | None:
        if "biography" in made:
            return self.words.biography[self.held].format(n=self.story.author, o=self.paper)
        if "staff" in made or "name" in made:
            return self.words.biography[self.held].format(n=self.story.author, o=outlet)
        return None

    def _set_parts(self, headline: str, author: str, section: str, outlet: str, paragraphs: tuple[str, ...],
                   biography: str | None, made: tuple[str, ...]) -> None:  # fmt: skip
        story, words, language = self.story, self.words, self.story.language
        by = words.by[self.held]
        by = by if by.endswith(("：", " ")) else f"{by} "
        day = format_date(self.day, "long", locale=language)
        full = format_date(self.day, "full", locale=language)
        count = f"{self.chance.randrange(20_000, 90_000)}" if "count" in made else "12"
        items = self.words.gossip if "links" in made else story.related
        one = (story.section, story.wrong_section)
        lines: dict[str, tuple[str, ...]] = {
            "outlet": (outlet,), "nav": (" | ".join(one),), "glued_nav": (words.home + "".join(one) + words.popular,),
            "way": (f"{words.home} > {section}",), "way_arrows": (f"{words.home} » {section}",),
            "way_glued": (f"Current:{words.home} > {section}{outlet}|{story.headline}",), "section": (section,),
            "section_upper": (section.upper(),), "headline": (headline,), "title_brand": (f"{headline} | {outlet}",),
            "standfirst": (story.standfirst,), "by": (f"{by}{author}",), "by_role": (f"{by}{author}, {words.role}",),
            "by_date": (f"{by}{author} | {day}",), "name_date": (f"{author}, {day}, 10:15",), "date": (day,),
            "date_label": (f"{words.date_label} {day}",), "long_date": (full,), "stamp": (f"Date:{self.day} 10:15:00",),
            "share": (words.share,), "caption": (words.caption,), "readtime": ("3 min",), "search": ("Search", "Menu"),
            "skip": ("Skip to content",), "updated": (f"Updated {self.day} 12:00",),
            "key_points": tuple(f"• {line}" for line in story.related[:2]), "body": paragraphs,
            "tags": (f"{words.tags}{'' if words.tags.endswith('：') else ':'} {', '.join(story.tags)}",),
            "tags_list": (words.tags, *story.tags), "tags_bullets": ("- In:", *(f"- {tag}" for tag in story.tags)),
            "reaction": (words.reaction[self.held].format(c=count),),
            "related": (words.related[self.held], *items), "popular": (words.popular, *reversed(words.gossip)),
            "related_bullets": (words.related[self.held], *(f"- {item}" for item in items)),
            "popular_bullets": (words.popular, *(f"- {item}" for item in reversed(words.gossip))),
            "copyright": (f"© 2025 {outlet}",), "copyright_after": (f"© {outlet} 2025. ",),
            "footer": (f"{outlet} 2025 - Contact",),
            "outlet_label": (f"Source: {outlet}",), "headline_label": (f"Title: {headline}",),
            "by_label": (f"Author: {author}",), "newsletter": ("Sign up for our newsletter",),
        }  # fmt: skip
        if biography:
            lines["biography"] = (biography,)
        linked = {"related": True, "popular": True, "tags_list": True, "nav": False}
        self.parts = {
            name: Part(each, name in linked, linked.get(name, False)) for name, each in lines.items()
        }


def _glued(line: str, brand: str, after: int, spaced: bool) -> str:
    if not spaced:
        half = len(line) // 2
        return f"{line[:half]}{brand}{line[half:]}"
    words = line.split(" ")
    place = next(n for n, word in enumerate(words) if n > 3 and len(word) > 4 and word.isalpha())
    words[place] = f"{words[place]}{brand}" if after else f"{brand}{words[place]}"
    return " ".join(words)
