"""A page inspected for a newsroom: its claims, the findings, and what the original seems to be."""

from msgspec import Struct
from starlette.responses import HTMLResponse, Response

from recirc.engine import Engine
from recirc.provenance.inspect import Inspection
from recirc.provenance.overturn import OVERTURNED_BY
from recirc.provenance.report import as_json
from recirc.provenance.report_page import as_html, content_policy
from recirc.web import problems
from recirc.web.operations import HTML, Body, ResponseSpec, json_response, operation
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest
from recirc.web.submitted_pages import inspected
from recirc.web.work_pools import WorkPool

BODY_BYTES = 4_000_000


class InspectionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page: its address, which is fetched, or its HTML or text; with either of these `url` only says where it is."""

    url: str | None = None
    html: str | None = None
    text: str | None = None
    report: bool = False  # True: the answer is a page of HTML instead of JSON


class InspectionFinding(Struct, frozen=True, kw_only=True):
    """One thing on a page that is not as it claims."""

    kind: str
    evidence: str
    confidence: float
    why: str
    overturned_by: str  # what would overturn it


class Original(Struct, frozen=True, kw_only=True):
    """What a copied article seems to be a copy of; `id` and `url` only of one in the archive."""

    outlet: str | None
    author: str | None
    why: str
    id: str | None = None
    url: str | None = None


class InspectionReport(Struct, frozen=True, kw_only=True):
    """The parts of a page as far as they can be known, and the findings; null where the text contradicts a part."""

    headline: str | None
    outlet: str | None
    byline: str | None
    published: str | None
    section: str | None
    topics: tuple[str, ...]
    body: str | None
    biography: str | None
    findings: tuple[InspectionFinding, ...]
    original: Original | None


class InspectionsApi:
    """The resource `/v1/inspect`."""

    def __init__(self, engine: Engine, pool: WorkPool) -> None:
        self._engine = engine
        self._pool = pool

    @operation(
        "POST /v1/inspect",
        "Inspect a page",
        "Reads a page and looks for what it contradicts: copied text, byline, date, section, injected words, numbers "
        "and lists. Give its `url`, which is fetched with robots.txt, limits and refusal of private addresses as "
        "sources are, or its `html` or `text`. The archive is searched for its original. Nothing is stored. "
        "`report: true` answers with a page of HTML that can be sent to a colleague.",
        {200: ResponseSpec("The parts of the page and the findings.", InspectionReport, texts=(HTML,))},
        body=Body(
            BODY_BYTES,
            example={"text": "A ferry stays\nBy Ann Roe\n4 September 2025\nThe ferry stayed in port."},
        ),
        key="Inspecting a page",
        problems=(problems.REFUSED, problems.OVERLOADED),
    )
    async def post(self, _: HttpRequest, body: InspectionRequest) -> Response:
        """Inspect a page in the pool's thread."""
        given = [name for name in ("html", "text") if getattr(body, name) is not None]
        if len(given) > 1 or not (given or body.url):
            raise ProblemError(problems.INVALID, "A page is given by exactly one of url, html and text.")
        found = await self._pool.run(inspected, self._engine, url=body.url, html=body.html, text=body.text)
        if body.report:
            page = await self._pool.run(as_html, found)
            return HTMLResponse(page, headers={"Content-Security-Policy": content_policy()})
        return json_response(_report(found))


def _report(found: Inspection) -> InspectionReport:
    told = as_json(found)
    origin = found.origin
    original = None
    if origin is not None:
        known = origin.known
        original = Original(
            outlet=origin.outlet,
            author=origin.author,
            why=origin.why,
            id=known.id if known else None,
            url=known.url if known else None,
        )
    findings = tuple(
        InspectionFinding(**each, overturned_by=OVERTURNED_BY.get(each["kind"], ""))
        for each in told.pop("findings")
    )
    return InspectionReport(**told | {"topics": tuple(told["topics"])}, findings=findings, original=original)
