"""The words of the shelves on pages of other sites, by language."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from recirc.messages import languages, words_in
from recirc.shelves.ranking import Ranking
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.registry import strategies
from recirc.shelves.related import Related
from recirc.web.labels import label_words

DEFAULT: Final = "en"


class EmbedWords(NamedTuple):
    """The words in one language: the question, the link to the answer, the switch, titles of shelves, labels."""

    why: str
    how: str
    personal: str
    titles: Mapping[str, str]
    labels: Mapping[str, str]


def _from_catalogue(language: str) -> EmbedWords:
    words = words_in(language)
    return EmbedWords(
        words.text("Why these?"), words.text("How they are chosen"), words.text("Use what I read here"),
        {shelf.name: words.text(shelf.title) for shelf in (Related, Ranking, Recommendation)},
        label_words(words),
    )  # fmt: skip


WORDS: Final[Mapping[str, EmbedWords]] = {
    **{language.partition("-")[0]: _from_catalogue(language) for language in languages()},
    # Languages without a catalogue: their reasons are English.
    "sv": EmbedWords(
        "Varför dessa?", "Så väljs de", "Använd det jag har läst här",
        {"related": "Mer om ämnet", "ranking": "Mest läst", "recommendation": "Läs vidare"},
        {"live": "Direkt", "breaking": "Just nu"},
    ),
    "ru": EmbedWords(
        "Почему именно эти?", "Как они отбираются", "Учитывать, что я здесь читал",
        {"related": "По теме", "ranking": "Самое читаемое", "recommendation": "Читать дальше"},
        {"live": "Прямой эфир", "breaking": "Срочно"},
    ),
}  # fmt: skip


def known_language(tag: str) -> str:
    """The language of the words for a language tag; English for an unknown one.

    >>> known_language("de-AT"), known_language("PT_br"), known_language("xx"), known_language("")
    ('de', 'pt', 'en', 'en')
    """
    language = tag.lower().replace("_", "-").partition("-")[0]
    return language if language in WORDS else DEFAULT


def titles_in(language: str) -> dict[str, str]:
    """The heading of each shelf on pages of other sites, by its name; `language` is one of WORDS."""
    return {
        shelf.name: shelf.embed_titles.get(language) or WORDS[language].titles.get(shelf.name, shelf.title)
        for shelf in strategies()
    }
