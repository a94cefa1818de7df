"""What tests of the server share: a portal over a real store, sample articles, and the shape of a problem."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette

from asgi_client import AsgiClient
from recirc.engine import Engine
from recirc.types import Article, Author, Provenance

STRANGE = "https://wire.example/a/../b?c=ø&d=1#%2F"


@dataclass
class House:
    """A portal, its client, its key, and its clock, which tests may set (ms)."""

    engine: Engine
    app: Starlette
    client: AsgiClient
    key: str
    moment: list[int]

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.moment[0] / 1000, UTC)

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def told(self, kind: str, article: str, agent: str | None = None, **fields: Any) -> httpx.Response:
        """Send one event as a browser does, and fold it."""
        headers = {"User-Agent": agent} if agent is not None else {}
        answer = self.client.post(
            "/v1/events", json={"kind": kind, "article": article, **fields}, headers=headers
        )
        self.engine.catch_up()
        return answer

    def slot(
        self, article: str, shelf: str, position: int, *, source: str | None = None, propensity: float = 1.0
    ) -> dict[str, Any]:
        """What an event says of a slot of a shelf, as if an answer of this moment had shown the article there."""
        signatures = self.engine.signatures
        serve_id = signatures.serve_id(b"an answer", source)
        signature = signatures.signature(
            (shelf, position, article), serve_id, source, propensity, self.moment[0]
        )
        said = {"article": article, "shelf": shelf, "position": position, "propensity": propensity}
        return said | {"source": source, "serve_id": serve_id, "signature": signature}


FERRY = (
    "Crews of the ferry line voted on the offer of the company in the hall by the harbour.",
    "The count went on until midnight, with two observers from each of the islands at the table.",
    "Nobody expected the mediator to come back from the county seat on the early train.",
    "Shops on the far side of the bay had run out of bread, milk and patience by Thursday.",
    "A deckhand of nineteen read the whole agreement aloud, and then asked for a glass of water.",
)
OTTER = (
    "An otter and two cubs live beneath the steps of the fish market, where a camera of the marine station "
    "has filmed them every night since the first week of October."
)
Build = Callable[..., House]
"""Makes a portal over a store of its own; takes tables of settings by their names, and `busy_seconds`."""


def articles(now: datetime) -> list[Article]:
    """Two sections, one running topic, an undated article with a near-copy, and a hostile one."""
    beth = Author(
        name="Beth Carrow", role="Business reporter", biography="Mends accordions.", outlet="The Tide"
    )
    wire = Author(name="North Coast Press", outlet="North Coast Press")
    sample = [
        Article(
            id=f"ferry-{number}",
            headline=f"Ferry crews vote, part {number}",
            summary=f"What happened on day {number}.",
            body=f"<p>{text}</p>",
            section="business",
            topics=("Ferries", "Trade unions"),
            authors=(beth,),
            published=now - timedelta(hours=number),
            language="en",
        )
        for number, text in enumerate(FERRY, 1)
    ]
    sample.append(
        Article(
            id="otter",
            headline="Otter moves in",
            body=f"<p>{OTTER}</p>",
            section="coast",
            topics=("Otters",),
            authors=(wire,),
            provenance=Provenance(outlet="North Coast Press", canonical_url="https://ncp.example/otter"),
        )
    )
    sample.append(
        Article(
            id="otter-wire", headline="Otter filmed", body=f"<p>{OTTER} So says NCP.</p>", section="coast"
        )
    )
    sample.append(
        Article(
            id=STRANGE,
            headline='"><script>alert(1)</script> & </script>',
            summary="<img src=x onerror=alert(2)>",
            body="<p>Plain.</p>",
            section="coast",
            topics=("<b>Bold</b>",),
            authors=(Author(name="<i>Eve</i>", biography="<script>alert(3)</script>"),),
            published=now - timedelta(days=2),
        )
    )
    return sample


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem details of an answer, after a look at their shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].partition(";")[0] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["type"] == f"/docs#{slug}"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["instance"].startswith("/")
    assert set(told) <= {"type", "title", "status", "detail", "instance", "errors"}
    return told
