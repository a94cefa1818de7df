"""Topics at the desk: two are merged, one is renamed, divided or hidden, and what was done is taken back."""

from collections.abc import Callable
from typing import Final, ParamSpec

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import Visitor
from recirc.engine.topics import TopicError, divide_topic, hide_topic, merge_topics, split_topics
from recirc.store.topic_merges import TopicMerge, TopicPart
from recirc.text.slugs import slug
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

_P = ParamSpec("_P")
HERE: Final = "/desk/topics"
SHOWN: Final = 60
PARTS: Final = 3
"""Parts of a topic for which the form has fields; the command line takes more."""
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
        return self._desk.page(
            request, visitor, "topics.html", name=name, topics=topics, merges=merges, parts=PARTS
        )

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

    async def divide(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/topics/divide: several topics of one, up to PARTS besides what is left."""
        name, reason = data.text("name"), self._reason(data)
        parts = []
        for number in range(1, PARTS + 1):
            into, section = data.text(f"into-{number}"), data.text(f"section-{number}")
            words = tuple(each.strip() for each in data.text(f"words-{number}").split(",") if each.strip())
            if into or words or section:
                parts.append(TopicPart(into=into, words=words, section=slug(section) if section else ""))
        now = self._desk.web.clock()
        made = await self._changed(
            divide_topic, self._engine, name, parts, data.text("rest"), visitor.name, reason, now
        )
        detail = f"into {', '.join(each.into for each in parts)}: {len(made.articles):,} articles"
        await self._desk.note(visitor, "divide a topic", made.name, reason, detail)
        return back(HERE, "done")

    async def hide(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/topics/hide."""
        name, reason = data.text("name"), self._reason(data)
        made = await self._changed(
            hide_topic, self._engine, name, visitor.name, reason, self._desk.web.clock()
        )
        await self._desk.note(visitor, "hide a topic", made.name, reason, f"{len(made.articles):,} articles")
        return back(HERE, "done")

    async def _changed(
        self, change: Callable[_P, TopicMerge], *args: _P.args, **kwargs: _P.kwargs
    ) -> TopicMerge:
        try:
            return await self._desk.run(change, *args, **kwargs)
        except TopicError as error:
            raise invalid_field(FieldError(text=str(error), field=error.field)) from None

    @staticmethod
    def _reason(data: FormData) -> str:
        reason = data.text("reason")
        if not 1 <= len(reason) <= 500:
            raise invalid_field(FieldError(text="it has 1 to 500 characters", field="reason"))
        return reason

    async def split(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/topics/split."""
        ended = await self._desk.run(split_topics, self._engine, data["before"])
        await self._desk.note(
            visitor, "take a merge back", ended.name, data.text("reason"), f"from {ended.into or 'nothing'}"
        )
        return back(HERE, "done")
