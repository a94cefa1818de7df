"""The script with which pages of other sites show their shelves, in each language."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.shelves.registry import strategies
from recirc.web.caching import etag_matches, etag_of
from recirc.web.renderer import HERE
from recirc.web.requests import HttpRequest, read_query
from recirc.web.scripts import minified

CACHE = "public, max-age=3600, stale-while-revalidate=86400"


class EmbedWords(NamedTuple):
    """The script's words in one language: the question, the link to the answer, the switch, and titles of shelves."""

    why: str
    how: str
    personal: str
    titles: Mapping[str, str]


WORDS: Final[Mapping[str, EmbedWords]] = {
    "en": EmbedWords(
        "Why these?", "How they are chosen", "Use what I read here",
        {"related": "Related", "ranking": "Most read", "recommendation": "Read next"},
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
}  # fmt: skip


class ScriptQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The language of the script's own words."""

    lang: Annotated[str, Meta(max_length=16)] = "en"


class EmbedScript:
    """The handler of `/embed.js`."""

    def __init__(self) -> None:
        script = minified((HERE / "static" / "embed.js").read_text("utf-8"))
        self.scripts = {language: _translated(script, language).encode() for language in WORDS}

    def get(self, request: HttpRequest) -> Response:
        """GET /embed.js. An unknown language is treated as English."""
        language = read_query(request, ScriptQuery).lang.lower()
        content = self.scripts.get(language.partition("-")[0], self.scripts["en"])
        etag = etag_of(content)
        unchanged = etag_matches(request.headers.get("if-none-match", ""), etag)
        return Response(
            None if unchanged else content,
            304 if unchanged else 200,
            {
                "Cache-Control": CACHE,
                "ETag": etag,
                # Pages with a Cross-Origin-Embedder-Policy may load it too.
                "Cross-Origin-Resource-Policy": "cross-origin",
            },
            "text/javascript; charset=utf-8",
        )


_WORDS = re.compile(r"const WORDS=\[[^\]]*\]")
_TITLES = re.compile(r"TITLES=\{[^}]*\}")


def titles_in(language: str) -> dict[str, str]:
    """The heading of each shelf on pages of other sites, by its name."""
    return {
        shelf.name: shelf.embed_titles.get(language) or WORDS[language].titles.get(shelf.name, shelf.title)
        for shelf in strategies()
    }


def _translated(script: str, language: str) -> str:
    words = msgspec.json.encode(WORDS[language][:3]).decode()
    titles = msgspec.json.encode(titles_in(language)).decode()
    script = _WORDS.sub(lambda _: f"const WORDS={words}", script, count=1)
    return _TITLES.sub(lambda _: f"TITLES={titles}", script, count=1)
