"""The words of the shelves on pages of other sites, by language."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from recirc.shelves.registry import strategies

DEFAULT: Final = "en"


class EmbedWords(NamedTuple):
    """The words in one language: the question, the link to the answer, the switch, and titles of shelves."""

    why: str
    how: str
    personal: str
    titles: Mapping[str, str]


WORDS: Final[Mapping[str, EmbedWords]] = {
    "en": EmbedWords(
        "Why these?", "How they are chosen", "Use what I read here",
        {"related": "More on this", "ranking": "Most read", "recommendation": "Read next"},
    ),
    "de": EmbedWords(
        "Warum diese?", "Wie gewählt wird", "Nutzen, was ich hier gelesen habe",
        {"related": "Zum Thema", "ranking": "Meistgelesen", "recommendation": "Weiterlesen"},
    ),
    "es": EmbedWords(
        "¿Por qué estos?", "Cómo se eligen", "Usar lo que he leído aquí",
        {"related": "Relacionado", "ranking": "Lo más leído", "recommendation": "Siga leyendo"},
    ),
    "fr": EmbedWords(
        "Pourquoi cela ?", "Comment ils sont choisis", "Utiliser ce que j’ai lu ici",
        {"related": "Sur ce sujet", "ranking": "Les plus lus", "recommendation": "À lire aussi"},
    ),
    "it": EmbedWords(
        "Perché questi?", "Come vengono scelti", "Usa ciò che ho letto qui",
        {"related": "Sullo stesso tema", "ranking": "I più letti", "recommendation": "Da leggere"},
    ),
    "pt": EmbedWords(
        "Por que estes?", "Como são escolhidos", "Usar o que li aqui",
        {"related": "Relacionadas", "ranking": "Mais lidas", "recommendation": "Leia a seguir"},
    ),
    "nl": EmbedWords(
        "Waarom deze?", "Hoe ze worden gekozen", "Gebruik wat ik hier heb gelezen",
        {"related": "Over dit onderwerp", "ranking": "Meest gelezen", "recommendation": "Lees verder"},
    ),
    "sv": EmbedWords(
        "Varför dessa?", "Så väljs de", "Använd det jag har läst här",
        {"related": "Mer om ämnet", "ranking": "Mest läst", "recommendation": "Läs vidare"},
    ),
    "pl": EmbedWords(
        "Dlaczego te?", "Jak są wybierane", "Użyj tego, co tu czytałem",
        {"related": "Na ten temat", "ranking": "Najczęściej czytane", "recommendation": "Czytaj dalej"},
    ),
    "tr": EmbedWords(
        "Neden bunlar?", "Nasıl seçiliyor", "Burada okuduklarımı kullan",
        {"related": "İlgili haberler", "ranking": "En çok okunanlar", "recommendation": "Sıradaki"},
    ),
    "ru": EmbedWords(
        "Почему именно эти?", "Как они отбираются", "Учитывать, что я здесь читал",
        {"related": "По теме", "ranking": "Самое читаемое", "recommendation": "Читать дальше"},
    ),
    "uk": EmbedWords(
        "Чому саме ці?", "Як їх відбирають", "Враховувати прочитане тут",
        {"related": "За темою", "ranking": "Найчитаніше", "recommendation": "Читати далі"},
    ),
    "ar": EmbedWords(
        "لماذا هذه؟", "كيف يتم اختيارها", "استخدم ما قرأته هنا",
        {"related": "حول الموضوع", "ranking": "الأكثر قراءة", "recommendation": "اقرأ أيضًا"},
    ),
    "ja": EmbedWords(
        "この記事が選ばれた理由", "選び方について", "ここで読んだ記事を参考にする",
        {"related": "関連記事", "ranking": "よく読まれている記事", "recommendation": "次に読む"},
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
