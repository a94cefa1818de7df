"""The script with which pages of other sites show their shelves, in each language."""

import re
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.messages import catalogue_of, languages, words_in
from recirc.shelves.registry import strategies
from recirc.web.caching import etag_matches, etag_of
from recirc.web.renderer import HERE
from recirc.web.requests import HttpRequest, read_query
from recirc.web.scripts import minified

CACHE = "public, max-age=3600, stale-while-revalidate=86400"


class EmbedWords(NamedTuple):
    """The script's words in one language: the question, the link to the answer, the switch, and the language itself."""

    why: str
    how: str
    personal: str
    language: str


def words_of(language: str) -> EmbedWords:
    """The words of a language that has a catalogue."""
    words = words_in(language)
    return EmbedWords(
        words.text("Why these?"),
        words.text("How they are chosen"),
        words.text("Use what I read here"),
        language,
    )


class ScriptQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The language of the script's own words."""

    lang: Annotated[str, Meta(max_length=16)] = "en"


class EmbedScript:
    """The handler of `/embed.js`."""

    def __init__(self) -> None:
        script = minified((HERE / "static" / "embed.js").read_text("utf-8"))
        self.scripts = {language: _translated(script, language).encode() for language in languages()}

    def get(self, request: HttpRequest) -> Response:
        """GET /embed.js. An unknown language is treated as English."""
        language = catalogue_of(read_query(request, ScriptQuery).lang)
        content = self.scripts.get(language, self.scripts["en"])
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
    words = words_in(language)
    return {shelf.name: shelf.embed_titles.get(language) or words.text(shelf.title) for shelf in strategies()}


def _translated(script: str, language: str) -> str:
    words = msgspec.json.encode(words_of(language)).decode()
    titles = msgspec.json.encode(titles_in(language)).decode()
    script = _WORDS.sub(lambda _: f"const WORDS={words}", script, count=1)
    return _TITLES.sub(lambda _: f"TITLES={titles}", script, count=1)
