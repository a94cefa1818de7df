"""The script with which pages of other sites show their shelves, in each language."""

import re
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.web.caching import etag_matches, etag_of
from recirc.web.renderer import HERE
from recirc.web.requests import HttpRequest, read_query
from recirc.web.scripts import minified

CACHE = "public, max-age=3600, stale-while-revalidate=86400"
WORDS = {
    "en": (
        "Related", "Most read", "Read next", "Why these?", "How they are chosen",
        "Use what I read here",
    ),
    "de": (
        "Zum Thema", "Meistgelesen", "Weiterlesen", "Warum diese?", "Wie gewählt wird",
        "Nutzen, was ich hier gelesen habe",
    ),
    "es": (
        "Relacionado", "Lo más leído", "Siga leyendo", "¿Por qué estos?", "Cómo se eligen",
        "Usar lo que he leído aquí",
    ),
    "fr": (
        "Sur ce sujet", "Les plus lus", "À lire aussi", "Pourquoi cela ?",
        "Comment ils sont choisis", "Utiliser ce que j’ai lu ici",
    ),
}  # fmt: skip
"""By language: the titles of the three shelves, the question, the link to the answer, and the switch."""


class ScriptQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The language of the script's own words."""

    lang: Annotated[str, Meta(max_length=16)] = "en"


class EmbedScript:
    """The handler of `/embed.js`."""

    def __init__(self) -> None:
        script = minified((HERE / "static" / "embed.js").read_text("utf-8"))
        self.scripts = {language: _translated(script, words).encode() for language, words in WORDS.items()}

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


def _translated(script: str, words: tuple[str, ...]) -> str:
    quoted = ",".join(f'"{word}"' for word in words)
    return _WORDS.sub(f"const WORDS=[{quoted}]", script, count=1)
