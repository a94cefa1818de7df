"""Topics at the desk: two are merged, one is renamed, and a merge is taken back."""

from typing import Final

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import Visitor
from recirc.engine.topics import TopicError, merge_topics, split_topics
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

HERE: Final = "/desk/topics"
SHOWN: Final = 60
NEWEST: Final = 1_000
"""Articles from which the topics are listed."""


class TopicPages:
    """`/desk/topics` and the forms below it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/topics?name=."""
        name = request.query_params.get("name", "").strip()[:200]
        topics, merges = await self._desk.web.pools.figures.run(self._lists)
        return self._desk.page(request, visitor, "topics.html", name=name, topics=topics, merges=merges)

    def _lists(self) -> tuple[object, object]:
        counts: dict[str, int] = {}
        for article in self._engine.listing(limit=NEWEST).articles:
            for topic in article.topics:
                counts[topic] = counts.get(topic, 0) + 1
        listed = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:SHOWN]
        merges = sorted(self._engine.rules.topics.all().items(), key=lambda each: -each[1].time)
        return listed, [(key, each, from_ms(each.time)) for key, each in merges]

    async def merge(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/topics/merge."""
        name, into, reason = data.text("name"), data.text("into"), data.text("reason")
        for field, text in (("name", name), ("into", into), ("reason", reason)):
            if not 1 <= len(text) <= 500:
                raise invalid_field(FieldError(text="it has 1 to 500 characters", field=field))
        try:
            made = await self._desk.run(
                merge_topics, self._engine, name, into, visitor.name, reason, self._desk.web.clock()
            )
        except TopicError as error:
            raise invalid_field(FieldError(text=str(error), field=error.field)) from None
        detail = f"into {made.into}: {len(made.articles):,} articles"
        await self._desk.note(visitor, "merge topics", made.name, reason, detail)
        return back(HERE, "done")

    async def split(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/topics/split."""
        ended = await self._desk.run(split_topics, self._engine, data["before"])
        await self._desk.note(
            visitor, "take a merge back", ended.name, data.text("reason"), f"from {ended.into}"
        )
        return back(HERE, "done")
