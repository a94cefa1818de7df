"""The script that pages of other sites call for their shelves, as it is delivered."""

import re
from hashlib import blake2b
from typing import Annotated

import msgspec
from litestar import Response
from msgspec import Meta, Struct

from recirc.shelves.registry import strategies
from recirc.web.incoming import Incoming, query_of
from recirc.web.renderer import HERE
from recirc.web.scripts import bare

CACHE = "public, max-age=3600, stale-while-revalidate=86400"
WORDS = {
    "en": ("Why these?", "How they are chosen", "Use what I read here"),
    "de": ("Warum diese?", "Wie gewählt wird", "Nutzen, was ich hier gelesen habe"),
    "es": ("¿Por qué estos?", "Cómo se eligen", "Usar lo que he leído aquí"),
    "fr": ("Pourquoi cela ?", "Comment ils sont choisis", "Utiliser ce que j’ai lu ici"),
}
"""The script's words by language: the question, the link to the answer, and the switch. Titles are the shelves' own."""


class ScriptQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which language the script's own words are."""

    lang: Annotated[str, Meta(max_length=16)] = "en"


class EmbedScript:
    """The handler of `/embed.js`."""

    def __init__(self) -> None:
        script = bare((HERE / "static" / "embed.js").read_text("utf-8"))
        self.scripts = {language: _translated(script, language).encode() for language in WORDS}

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
_TITLES = re.compile(r"TITLES=\{[^}]*\}")


def titles_in(language: str) -> dict[str, str]:
    """The heading of each shelf on pages of other sites, by its name."""
    return {shelf.name: shelf.embed_titles.get(language, shelf.title) for shelf in strategies()}


def _translated(script: str, language: str) -> str:
    words = msgspec.json.encode(WORDS[language]).decode()
    titles = msgspec.json.encode(titles_in(language)).decode()
    script = _WORDS.sub(lambda _: f"const WORDS={words}", script, count=1)
    return _TITLES.sub(lambda _: f"TITLES={titles}", script, count=1)
