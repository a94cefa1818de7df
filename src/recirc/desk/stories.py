"""Stories at the desk: two articles are one story, or one is no part of another's. Each decision is a rule."""

from urllib.parse import quote

from starlette.responses import Response

from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.rule_forms import REASON_CHARACTERS, article_id
from recirc.desk.sessions import Visitor
from recirc.engine.rule_checks import RuleError
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field


class StoryForms:
    """The forms below `/desk/article/story`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine

    async def join(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/join: the article tells the same story as another one."""
        return await self._decide(visitor, data, RuleKind.JOIN, "join stories")

    async def part(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/part: the article is no part of the story of another one, nor its near-copy."""
        return await self._decide(visitor, data, RuleKind.PART, "split a story")

    async def undo(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/undo-story: what was decided about a story holds no longer."""
        ended = await self._desk.run(self._engine.rules.end, data["key"], visitor.name)
        words = self._engine.rules.words(ended.rule)
        await self._desk.note(visitor, "end a decision about a story", data["id"], data.text("reason"), words)
        return _back(data["id"])

    async def _decide(self, visitor: Visitor, data: FormData, kind: RuleKind, action: str) -> Response:
        reason = data.text("reason")
        if not 1 <= len(reason) <= REASON_CHARACTERS:
            text = f"say why, in at most {REASON_CHARACTERS} characters"
            raise invalid_field(FieldError(text=text, field="reason"))
        other = await self._desk.run(article_id, self._engine, data.text("other"))
        rule = Rule(
            kind=kind,
            target=RuleTarget(TargetKind.ARTICLE, data["id"]),
            beside=RuleTarget(TargetKind.ARTICLE, other),
            reason=reason,
            by=visitor.name,
        )
        try:
            made = await self._desk.run(self._engine.rules.add, rule, self._desk.web.clock())
        except RuleError as error:
            raise invalid_field(FieldError(text=str(error), field="other")) from None
        words = self._engine.rules.words(made.stored.rule)
        await self._desk.note(visitor, action, data["id"], reason, words)
        return _back(data["id"])


def _back(id_: str) -> Response:
    return back(f"/desk/article?id={quote(id_, safe='')}", "done")
