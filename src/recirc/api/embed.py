"""The script that pages of other sites call for their shelves, as it is delivered."""

import re
from hashlib import blake2b
from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from recirc.web.incoming import Incoming, query_of
from recirc.web.renderer import HERE
from recirc.web.scripts import bare

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
"""By language: the names of the three shelves, the question, the way to the answer, and the switch."""


class ScriptQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which language the script's own words are."""

    lang: Annotated[str, Meta(max_length=16)] = "en"


class EmbedScript:
    """The handler of `/embed.js`."""

    def __init__(self) -> None:
        script = bare((HERE / "static" / "embed.js").read_text("utf-8"))
        self.scripts = {language: _spoken(script, words).encode() for language, words in WORDS.items()}

    def get(self, request: Incoming) -> Response[bytes]:
        """GET /embed.js. A language that is not known here is English."""
        asked = query_of(request, ScriptQuery).lang.lower()
        content = self.scripts.get(asked.partition("-")[0], self.scripts["en"])
        tag = f'W/"{blake2b(content, digest_size=8).hexdigest()}"'
        known = tag in request.headers.get("if-none-match", "")
        return Response(
            b"" if known else content,
            status_code=304 if known else 200,
            media_type="text/javascript; charset=utf-8",
            headers={
                "Cache-Control": CACHE,
                "ETag": tag,
                # Pages that let in only what agrees to it (COEP) may have it too.
                "Cross-Origin-Resource-Policy": "cross-origin",
            },
        )


_WORDS = re.compile(r"const WORDS=\[[^\]]*\]")


def _spoken(script: str, words: tuple[str, ...]) -> str:
    quoted = ",".join(f'"{word}"' for word in words)
    return _WORDS.sub(f"const WORDS=[{quoted}]", script, count=1)
