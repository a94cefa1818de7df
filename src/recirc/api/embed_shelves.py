"""The shelves of one page of another site, with all that its script or its server needs to show them."""

from typing import Annotated

from msgspec import Meta, Struct, field, structs
from starlette.responses import Response

from recirc.api.embed_words import WORDS, known_language, titles_in
from recirc.api.shelves import private
from recirc.engine import Engine
from recirc.messages import catalogue_of
from recirc.store.site_keys import SiteKey
from recirc.types import SHELF_NUMBERS, Id, Request, Shelf, Slate, Slug
from recirc.web import problems
from recirc.web.brands import direction_of
from recirc.web.embed_origins import EmbedOrigins, Key, KeyQuery, site_key
from recirc.web.embed_rejections import EmbedRejection
from recirc.web.key_scopes import limited
from recirc.web.lookups import find_article
from recirc.web.operations import JSON, TEXT, Body, ResponseSpec, json_response, operation
from recirc.web.page_evidence import PageEvidence
from recirc.web.problems import ProblemError, shortened
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest, nearest
from recirc.web.ticks import tick_of
from recirc.web.whole_items import WholeItems

BODY_BYTES = 65_536


class EmbedRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page asks for which shelves. A name in `shelf` that no shelf has is answered with a note."""

    url: Annotated[str, Meta(max_length=4096)] | None = None  # at which the article is read, in any form
    article: Id | None = None  # its id, instead of `url`
    shelf: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=32)] = ()
    slots: Annotated[int, Meta(ge=1, le=20)] = 5
    lang: Annotated[str, Meta(max_length=35)] = ""  # of words and titles
    brand: Slug | None = None
    personalised: bool = False
    history: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    draw: Annotated[str, Meta(pattern="^[0-9a-f]{1,16}$")] | None = None


class KeyedEmbedRequest(EmbedRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same with the site key, as query parameters."""

    key: Key | None = None
    amp_source_origin: Annotated[str, Meta(max_length=512)] | None = field(
        default=None, name="__amp_source_origin"
    )  # the runtime of AMP adds it; the Origin header counts


class ShelfWords(Struct, frozen=True, kw_only=True):
    """Words around the shelves: a question, the link to the answer, the reader's switch, each label of an article;
    language and direction.
    """

    why: str
    how: str
    personal: str
    labels: dict[str, str]
    language: str
    direction: str


class EmbeddedShelves(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The shelves that were asked for, by name, with their titles.

    Attributes:
        article: the id of the article at that address; None: none is known.
        counted: whether events of this page are accepted.
        notes: what the site's developer should know: an unknown page or kind of shelf, a missing key.
    """

    article: str | None
    counted: bool
    words: ShelfWords
    titles: dict[str, str]
    shelves: dict[str, Shelf]
    notes: tuple[str, ...] = ()


_TEXT = (
    "What `embed.js` shows. Each item has its whole address as `url`, its reason, and a `picture` if its article has "
    "one. The site key comes as `key`; with one that is unknown, or from a page of a site that it is not for, nothing "
    "is shown, because nothing of it could be counted, and the operator sees it under `GET /v1/embed/rejections`. "
    "Nothing of the reader is used unless `personalised` is true; with the header `Sec-GPC: 1` nothing is."
)
_RESPONSES = {200: ResponseSpec("The shelves.", EmbeddedShelves)}
_PROBLEMS = (problems.KEY_NEEDED, problems.CROSS_SITE, problems.NOT_FOUND, problems.WITHDRAWN)


class EmbedApi:
    """The resources `/v1/embed` and `/v1/embed/rejections`."""

    def __init__(
        self,
        engine: Engine,
        renderer: TemplateRenderer,
        embed_origins: EmbedOrigins,
        items: WholeItems,
        evidence: PageEvidence,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._brands = renderer.brands
        self._embed_origins = embed_origins
        self._items = items
        self._evidence = evidence
        self._clock = clock

    @operation("GET /v1/embed", "Shelves for a page of another site", _TEXT, _RESPONSES, problems=_PROBLEMS)
    async def get(self, request: HttpRequest, query: KeyedEmbedRequest) -> Response:
        """The shelves of a page."""
        return await self._answer(request, query, site_key(request, query.key))

    @operation(
        "POST /v1/embed",
        "Shelves for a page of another site, requested in the body",
        _TEXT,
        _RESPONSES,
        body=Body(BODY_BYTES, (JSON, TEXT), example={"url": "https://www.paper.example/ferry"}),
        problems=_PROBLEMS,
    )
    async def post(self, request: HttpRequest, query: KeyQuery, body: EmbedRequest) -> Response:
        """The shelves of a page, requested in the body."""
        return await self._answer(request, body, site_key(request, query.key))

    @operation(
        "GET /v1/embed/rejections",
        "Rejected keys and origins",
        "Requests of pages of other sites that were rejected since the server started, the last one first: a mistyped "
        "site key, a site that the key is not for, a site that has no key. `recirc_embed_rejections_total` of the "
        "metrics has their number.",
        {200: ResponseSpec("The rejections.", list[EmbedRejection])},
        key="Reading the rejections",
    )
    def rejections(self, _: HttpRequest) -> Response:
        """What was rejected."""
        return json_response(self._embed_origins.rejections.all())

    async def _answer(self, request: HttpRequest, wanted: EmbedRequest, key: str | None) -> Response:
        counted, held = await self._embed_origins.admit(request, key)
        now = self._clock()
        known, notes = _known_shelves(wanted.shelf)
        slate = self._engine.shelves(
            limited(self._engine_request(request, wanted, known), held), tick_of(now)
        )
        if slate.article is not None:
            self._evidence.note(request, slate.article, now)
        if not counted:
            notes.append(
                "Without the attribute `key` nothing is counted; recirc key create NAME --site ORIGIN makes one."
            )
        if slate.article is None and "related" in known:
            notes.append(_unknown_page(wanted))
        notes += self._unknown_site(held)
        language = known_language(wanted.lang)
        slate = await self._items.complete(request, slate)
        answer = EmbeddedShelves(
            article=slate.article,
            counted=counted,
            words=_words(language),
            titles={name: title for name, title in titles_in(language).items() if name in known},
            shelves=_only(slate, known),
            notes=(*notes, *_shortfalls(slate, known)),
        )
        return json_response(answer, headers={"Vary": "Sec-GPC"})

    def _unknown_site(self, key: SiteKey | None) -> list[str]:
        """A note where a key is for its own site's articles, and there are none."""
        if key is None or not key.scope.own:
            return []
        unknown = self._engine.browse.unknown_filters(Request(sites=key.origins))
        if len(unknown) < len(key.origins):
            return []
        return [
            shortened(
                f"No article is known at {', '.join(key.origins)}, and the key shows no others; "
                f"recirc key scope {key.name!r} --articles all lets it."
            )
        ]

    def _engine_request(self, request: HttpRequest, wanted: EmbedRequest, known: tuple[str, ...]) -> Request:
        if wanted.article is not None:
            find_article(self._engine, wanted.article)
        if wanted.brand is not None and wanted.brand not in self._brands.keys:
            raise ProblemError(problems.NOT_FOUND, f"No newspaper is called {wanted.brand!r}.")
        asked = Request(
            article=wanted.article,
            url=None if wanted.article is not None else wanted.url,
            history=wanted.history,
            slots=wanted.slots,
            shelf=known,
            brand=wanted.brand,
            personalised=wanted.personalised,
            published_only=True,
            draw=wanted.draw,
            language=self._language(request, wanted.lang),
        )
        brand = self._brands.shelf_brand(request, asked)
        return private(request, structs.replace(asked, brand=brand))

    def _language(self, request: HttpRequest, lang: str) -> str | None:
        """The language of the reasons: that of the page, or English where there are no messages in it."""
        wanted, own = catalogue_of(known_language(lang)), self._brands.of(request)
        return own.shelf_language if wanted == own.words.catalogue else wanted


def _known_shelves(names: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    """The names that shelves have, all of them if none is given, and a note on each of the others."""
    known = tuple(name for name in names if name in SHELF_NUMBERS) if names else tuple(SHELF_NUMBERS)
    notes = []
    for name in dict.fromkeys(name for name in names if name not in SHELF_NUMBERS):
        near = nearest(name, SHELF_NUMBERS) or SHELF_NUMBERS
        notes.append(shortened(f"No shelf is called {name!r}; there is {', '.join(near)}."))
    return known, notes


def _unknown_page(wanted: EmbedRequest) -> str:
    page = wanted.url or "this page"
    return shortened(
        f"No article is known at {page}, so nothing is related to it. Is it published to Recirc with this `url`? "
        "The attribute `url` names another address."
    )


def _shortfalls(slate: Slate, known: tuple[str, ...]) -> list[str]:
    """Why shelves of a known article are empty."""
    if slate.article is None and "related" in known:
        known = tuple(name for name in known if name != "related")
    return [
        shortened(f"{name} is empty: {shelf.short}")
        for name in known
        if not (shelf := slate.shelves[name]).items and shelf.short
    ]


def _only(slate: Slate, known: tuple[str, ...]) -> dict[str, Shelf]:
    return {name: shelf for name, shelf in slate.shelves.items() if name in known}


def _words(language: str) -> ShelfWords:
    words = WORDS[language]
    return ShelfWords(
        why=words.why,
        how=words.how,
        personal=words.personal,
        labels=dict(words.labels),
        language=language,
        direction=direction_of(language) or "ltr",
    )
