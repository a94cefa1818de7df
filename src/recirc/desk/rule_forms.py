"""Rules as forms have them: from what was typed to a rule, and back."""

from collections.abc import Mapping
from datetime import tzinfo
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from recirc.clock import to_ms
from recirc.desk.forms import FormData
from recirc.desk.moments import as_field, moment_of
from recirc.engine import Engine
from recirc.store.rules import FRONT, Rule, RuleKind, RuleTarget, TargetKind
from recirc.web.problems import FieldError
from recirc.web.requests import invalid_field

KINDS: Final = {
    RuleKind.PIN: "Pin: it gets a place",
    RuleKind.BOOST: "Boost: it comes earlier",
    RuleKind.BURY: "Bury: nothing puts it forward by itself",
    RuleKind.BAN: "Ban: it gets no place, pins included",
    RuleKind.EMBARGO: "Embargo: nobody sees it before a time",
    RuleKind.SLOT: "Slots: so many are for these",
    RuleKind.SHARE: "Share: at least, or at most, so much of what shelves show",
    RuleKind.LABEL: "Label: readers see a word beside its headline",
}
"""What each kind of rule does, for the list to choose from; stories are joined and split on an article's page."""

TARGETS: Final = {
    TargetKind.ARTICLE: "one article (id or address)",
    TargetKind.STORY: "the story of an article (id or address)",
    TargetKind.TOPIC: "a topic",
    TargetKind.SECTION: "a section",
    TargetKind.AUTHOR: "an author",
    TargetKind.OUTLET: "a source",
    TargetKind.LABEL: "a label",
    TargetKind.NEW_ARTICLES: "articles of the last so many hours (for a share)",
    TargetKind.NEW_AUTHORS: "authors new within so many days (for a share)",
}
"""By what articles are chosen."""

PLACE: Final = "at-"
"""Begins the names of the fields for the shelves and the front page."""

REASON_CHARACTERS: Final = 500
_Choice = TypeVar("_Choice", bound=Enum)


def rule_of(data: FormData, engine: Engine, zone: tzinfo, by: str) -> Rule:
    """The rule that a form describes; numbers that its kind does not have are left out.

    Raises:
        ProblemError: 400, a field is missing or wrong.
    """
    kind = _choice(data, "kind", RuleKind)
    reason = data.text("reason")
    if not 1 <= len(reason) <= REASON_CHARACTERS:
        raise invalid_field(
            FieldError(text=f"say why, in at most {REASON_CHARACTERS} characters", field="reason")
        )
    return Rule(
        kind=kind,
        target=_target(data, engine, "by", "value"),
        beside=_target(data, engine, "beside_by", "beside_value") if data["beside_by"] else None,
        shelves=tuple(name for name in places_of(engine) if data[PLACE + name]),
        place=int(_number(data, "place", whole=True)) if kind is RuleKind.PIN else 0,
        strength=_number(data, "strength") if kind is RuleKind.BOOST else 0.0,
        count=int(_number(data, "count", whole=True)) if kind is RuleKind.SLOT else 0,
        share=_number(data, "share") / 100 if kind is RuleKind.SHARE else 0.0,
        most=kind is RuleKind.SHARE and data["bound"] == "most",
        label=data["label"] if kind is RuleKind.LABEL else "",
        since=to_ms(moment_of(data["since"], "since", zone)) if data["since"] else 0,
        until=to_ms(moment_of(data["until"], "until", zone)) if data["until"] else None,
        reason=reason,
        by=by,
    )


def fields_of(rule: Rule, zone: tzinfo) -> dict[str, str]:
    """The form of which `rule_of` makes a rule again."""
    beside = rule.beside
    return {
        "kind": rule.kind.value,
        "by": rule.target.by.value,
        "value": rule.target.value,
        "beside_by": beside.by.value if beside else "",
        "beside_value": beside.value if beside else "",
        **{PLACE + name: "1" for name in rule.shelves},
        "place": str(rule.place or 1),
        "strength": f"{rule.strength or 1:g}",
        "count": str(rule.count or 1),
        "label": rule.label or "live",
        "share": f"{100 * rule.share or 20:g}",
        "bound": "most" if rule.most else "least",
        "since": as_field(rule.since, zone),
        "until": as_field(rule.until, zone),
        "reason": rule.reason,
    }


def places_of(engine: Engine) -> Mapping[str, str]:
    """Where a rule may apply: names of the shelves, and the front page, with their titles."""
    return {**engine.rules.names.titles, FRONT: "Front page"}


def article_id(engine: Engine, text: str) -> str:
    """The id of an article that somebody names by its id, or the address of its page, here or elsewhere; else the text
    as it is. Raises StoreError.
    """
    if engine.article(text) is not None:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:  # "http://[" and its like
        return text
    for beginning in ("/article/", "/desk/article"):
        if parts.path.startswith(beginning):
            named = unquote(parts.path.removeprefix(beginning)) or parse_qs(parts.query).get("id", [""])[0]
            if engine.article(named) is not None:
                return named
    return (engine.locate(text) if parts.scheme in ("http", "https") else None) or text


def _target(data: FormData, engine: Engine, by: str, value: str) -> RuleTarget:
    kind, named = _choice(data, by, TargetKind), data.text(value)
    is_article = kind in (TargetKind.ARTICLE, TargetKind.STORY)
    return RuleTarget(kind, article_id(engine, named) if is_article and named else named)


def _choice(data: FormData, field: str, choices: type[_Choice]) -> _Choice:
    try:
        return choices(data[field])
    except ValueError:
        known = ", ".join(str(each.value) for each in choices)
        raise invalid_field(FieldError(text=f"{data[field]!r} is none of {known}", field=field)) from None


def _number(data: FormData, field: str, *, whole: bool = False) -> float:
    text = data[field].strip()
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 <= number <= 1000 or (whole and number != int(number)):
        raise invalid_field(FieldError(text=f"{text!r} is no {'whole ' if whole else ''}number", field=field))
    return number
