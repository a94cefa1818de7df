"""Days that a text speaks of as near to its own day: "earlier this month, on May 13", "Thursday, May 30"."""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Final, NamedTuple

from recirc.provenance.temporal import DayMention, mentions, replace_year
from recirc.text.vocabulary import words

_MONTHS: Final = tuple(name.lower() for name in calendar.month_name)[1:]
_MONTH: Final = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan\.|Feb\.|Mar\.|Apr\.|Aug\.|Sept\.|Sep\.|Oct\.|Nov\.|Dec\.)"
)
_DAY: Final = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[:.,]\d)"
_ON: Final = (
    rf"(?:{_MONTH} {_DAY}|(?P<day2>[0-3]?\d)(?:st|nd|rd|th)? (?:of )?{_MONTH.replace('month', 'month2')})"
)
_IN: Final = rf"{_MONTH}(?: {_DAY})?"
_NO_YEAR: Final = r"(?!,? (?:of )?\d{4})"

_EXPRESSIONS: Final = tuple(
    (name, re.compile(form))
    for name, form in (
        ("last month", rf"\b[Ll]ast month,? (?:in|on) {_IN}{_NO_YEAR}"),
        ("next month", rf"\b[Nn]ext month,? (?:in|on) {_IN}{_NO_YEAR}"),
        ("before", rf"\b[Ee]arlier this year,? (?:in|on) {_IN}{_NO_YEAR}"),
        ("after", rf"\b[Ll]ater this year,? (?:in|on) {_IN}{_NO_YEAR}"),
    )
)
_DATELINE: Final = re.compile(rf"^[A-ZÀ-Þ][\w'’ .,/-]{{2,50}}?, {_MONTH} {_DAY} (?:\(\w+\) ?)?[-–—]")
_HAPPENED: Final = re.compile(
    r"\b(?:was|were|died|announced|happened|took place|signed|began|opened|voted|arrested|crashed|"
    r"resigned|won|killed|"
    r"said|told|struck|closed|launched|arrived|met)\b"
    rf"(?:(?!\b(?:and|that|which|who)\b)[^.!?;\"“”\n]){{0,40}}?\bon "
    rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?{_ON},? (?P<year>\d{{4}})\b"
)
_HAPPENED_NEAR: Final = re.compile(
    r"\b(?:voted|signed|opened|closed|died|won|beat|killed|resigned|crashed|struck|announced|"
    r"arrested|met|went on|lasted)\b"
    rf"[^.!?;\"“”\n]{{0,90}}?\b(?:on|of) (?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|"
    rf"Sun)day,? (?:the )?){_ON}{_NO_YEAR}"
)
_PLANNED: Final = re.compile(
    r"\b(?:will|hopes? to|plans? to|expects? to|intends? to|aims? to|wants? to|(?:is|are) (?:expected|due|set|"
    r"scheduled|planned|to)|"
    r"wird|werden|wollen|will|soll|sollen|plant|planen|hofft|hoffen|beabsichtig\w+|möchten?|"
    r"devrait|devront|devraient|doit|doivent|espère(?:nt)?|prévoi(?:t|ent)|compte(?:nt)?|entend(?:ent)?|veut|veulent|sera|seront|"
    r"(?:\w{2,}(?:ará|erá|irá|arán|erán|irán))|esperan?|prevén?|planean?|pretenden?|quieren?|piensan?|confían?|deberán?|será|serán|"
    r"planejam?|pretendem?|espera[mr]?|quer|querem|deve|devem|deverá|deverão|prevê|serão|"
    r"(?:\w{2,}(?:erà|irà|eranno|iranno))|"
    r"spera(?:no)?|prevede|prevedono|dovrebbe|dovrebbero|vuole|vogliono|conta(?:no)? di|punta(?:no)? a|sarà|saranno|"
    r"hopen|hoopt|zullen|zal|moet|moeten|wil|willen|verwacht(?:en)?|"
    r"ma zostać|mają|ma|chcą|chce|planuj[eą]|zamierza(?:ją)?|liczy|liczą|zostanie|będzie|będą|"
    r"планируют|планирует|надеются|надеется|рассчитыва[ею]т|намерен[аоы]?|хотят|хочет|должен|должн[аоы]|будет|будут|"
    r"ожида[ею]тся?|(?:و)?(?:يعتزم|تعتزم|تأمل|يأمل|تخطط|يخطط|ستفتتح|سيفتتح|من المقرر|من المتوقع|تنوي|ينوي))\b"
    r"[^.!?;:\"“”«»\n]{0,80}?(?:\b(?:in|by|before|until|from|end of|bis|im|vor|ab|ende|anfang|"
    r"mitte|avant|en|d'ici|fin|début|"
    r"antes de|a finales de|até|em|entro|nel|prima del|per il|voor|eind|begin|tegen|medio|przed|do|w|na|до|в|к)|"
    r"عام|سنة|نهاية|بحلول|قبل)\s"
    r"(?:[^\W\d_]{1,12}\.?\s){0,3}(?P<year>20\d\d)\b(?!\s?[-–/]\s?\d)",
    re.IGNORECASE,
)
_PLANNED_EAST: Final = (
    re.compile(
        r"(?:计划|計劃|希望|打算|准备|準備|预计|預計|将|將|拟|力争|有望)[^。！？；“”\n]{0,24}?(?P<year>20\d\d)年"
    ),
    re.compile(
        r"(?P<year>20\d\d)年[^。！？「」\n]{0,40}?(?:予定|計画|見込み|目指す|目指して|方針|見通し|つもり)(?!だった|でした|していた)"
    ),
)
_CLOSED: Final = re.compile(
    r"\b(?:[Yy]esterday|[Tt]oday|[Tt]his (?:week|morning)|[Ll]ast (?:week|night)|[Gg]estern|[Hh]eute|"
    r"[Hh]ier|[Aa]yer|[Oo]ntem|[Ii]eri|[Gg]isteren)\b"
    r"[^.!?;\"“”\n]{0,80}?\b(?:books?|results?|accounts?|figures|budget|profits?|season|report|"
    r"bilanz|comptes|cuentas|contas|conti)\b"
    r"[^.!?;\"“”\n]{0,20}?\b(?:for|of|für|pour|de|para|per|"
    r"over)\b (?:the (?:whole )?year )?(?P<year>20\d\d)\b"
)
_COMING: Final = re.compile(rf"\b(?:the )?(?:upcoming|coming) (?:[\w'’-]+ ){{0,2}}?{_MONTH}(?: [a-z]+)?")
_NUMBER: Final = re.compile(r"\d")
_RECENT: Final = re.compile(r"20\d\d")
_YEAR: Final = re.compile(r"(?<![\d,.$£€])(1[5-9]\d\d|20\d\d|21\d\d)(?!\d|,\d|\.\d)")
_LATER_WORDS: Final = re.compile(
    r"\b(?:correct|amend|updat|clarif|editor|revis|will|would|expected|scheduled|set to|due|planned|"
    r"until|deadline|"
    r"expires?|matures?|to be|if)",
    re.IGNORECASE,
)
_OTHER_YEAR: Final = re.compile(
    r"\b(?:would|years? (?:ago|earlier)|last year|a year|next year|following year|anniversary|vor(?:igem)? jahre?n?|"
    r"il y a|l'an dernier|hace|el año pasado|há|ano passado|fa|l'anno scorso|geleden|vorig jaar|temu|zeszłym roku|"
    r"назад|прошлом году)\b|قبل|العام الماضي|年前|去年|昨年",
    re.IGNORECASE,
)
_PLUPERFECT: Final = re.compile(
    r"\b(?:had|hatten?|war(?:en)?|avai(?:t|ent)|étai(?:t|ent)|había[n]?|tinha[m]?|aveva(?:no)?|era(?:no)?|hadden)\b",
    re.IGNORECASE,
)
"""What may tell of the year before as well, where the weekday was that year's."""
_RETOLD: Final = re.compile(
    r"\b(?:had|was|were|would|once|originally|in a (?:speech|report|paper|book)|wrote|promised|"
    r"predicted|years? (?:ago|earlier)|"
    r"last year|a year|next year|following year|hatten?|wurden?|wollten?|sollten?|avai(?:t|ent)|"
    r"était|étaient|había[n]?|"
    r"fue(?:ron)?|era[n]?|tinha[m]?|foi|foram|aveva(?:no)?|era(?:no)?|wilde[n]?|moest(?:en)?|werd(?:en)?|miał[aoy]?|mieli|"
    r"chciał[aoy]?|chcieli|był[аои]?|был[аои]?|хотел[аи]?|должен был[аи]?|كان|كانت)\b|曾|原本|"
    r"原计划|当初|當初|当时|かつて|だった|していた",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"[.!?][\"”’)]?\s+(?=[A-Z“\"])")

SLACK: Final = timedelta(days=2)  # midnight lies elsewhere elsewhere, and a page may follow its article late
DATELINE_SLACK: Final = timedelta(days=60)
TOLD_EARLY: Final = timedelta(days=60)
_CLAUSES: Final = re.compile(r"[,;:–—]\s|、|，|\b(?:that|which|who|dass|que|che|dat|że|что)\b")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
LONGEST: Final = 60_000  # characters of a text that are read
LONGEST_PARAGRAPH: Final = 3_000  # characters of one paragraph: each expression is judged within all of it


class Contradiction(NamedTuple):
    """Words of a text that cannot have been written on a day."""

    quote: str
    why: str
    confidence: float


def contradictions(text: str, day: date) -> Iterator[Contradiction]:
    """Where a text contradicts that it was written on `day`; historical dates, quotations and plans do not.

    >>> list(contradictions("He asked earlier this month, on May 13.", date(2025, 4, 6)))[0].quote
    'earlier this month, on May 13'
    >>> list(contradictions("He asked earlier this month, on May 13.", date(2025, 5, 30)))
    []
    """
    text = text[:LONGEST]
    dateline = _DATELINE.match(text)
    if dateline is not None:
        written = _nearest(dateline, day)
        if written is not None and abs(written - day) > DATELINE_SLACK:
            yield Contradiction(dateline[0], f"its dateline is of {_named(written)}", 0.85)
    for paragraph in (line[:LONGEST_PARAGRAPH] for line in text.split("\n")):
        yield from _expressions(paragraph, day)
        yield from _days(paragraph, day)
        yield from _told_too_early(paragraph, day)
        yield from _past_and_future(paragraph, day)


def _expressions(paragraph: str, day: date) -> Iterator[Contradiction]:
    for name, form in _EXPRESSIONS:
        for match in form.finditer(paragraph):
            reason = None if _is_of_another_time(paragraph, match.start(), day) else _wrong(name, match, day)
            if reason is not None:
                yield Contradiction(match[0], reason, 0.9)


def _days(paragraph: str, day: date) -> Iterator[Contradiction]:
    """Days beside "last week" and the like, and days with a weekday that they were not."""
    for mention in mentions(paragraph):
        if (mention.relative is None and mention.weekday is None) or _is_of_another_time(
            paragraph, mention.start, day
        ):
            continue
        written = mention.nearest(day)
        if written is None:
            continue
        if mention.relative is not None:
            reason = _wrong_relative(mention.relative, mention, written, day)
            if reason is not None:
                yield Contradiction(mention.quote, reason, 0.9)
        elif (
            mention.weekday is not None
            and written.weekday() != mention.weekday
            and (mention.year is None or mention.year == day.year)
        ):
            other = _far(mention, written, day)
            if other is not None and other.weekday() == mention.weekday:
                continue  # half a year away, the year is not certain
            if _tells_of_another_year(_sentence(paragraph, mention.start, mention.end), mention, written):
                continue
            reason = f"{_named(written)}, {written.year} was a {calendar.day_name[written.weekday()]}"
            yield Contradiction(mention.quote, reason, 0.75)


def _tells_of_another_year(sentence: str, mention: DayMention, written: date) -> bool:
    """Whether a weekday may be right because the sentence tells of another year."""
    if _OTHER_YEAR.search(sentence):
        return True
    before = replace_year(written, written.year - 1)
    return bool(_PLUPERFECT.search(sentence)) and before is not None and before.weekday() == mention.weekday


def _told_too_early(paragraph: str, day: date) -> Iterator[Contradiction]:
    """What is told as done on a day that is yet to come: "the bridge was closed on 27 February" on 12 February."""
    for mention in mentions(paragraph):
        if mention.year is not None or mention.relative is not None:
            continue
        written = mention.nearest(day)
        if written is None or not SLACK < written - day <= TOLD_EARLY:
            continue
        sentence = _sentence(paragraph, mention.start, mention.end)
        place = paragraph.find(sentence)
        clause = (
            _CLAUSES.split(paragraph[place : mention.start])[-1]
            + _CLAUSES.split(paragraph[mention.start : place + len(sentence)])[0]
        )
        told = accomplished().search(clause)
        if (
            told is None
            or coming_words().search(sentence)
            or _is_of_another_time(paragraph, mention.start, day)
        ):
            continue
        if _LATER_WORDS.search(sentence) or _OTHER_YEAR.search(sentence):
            continue
        why = f"it tells of {_named(written)}, {written.year} as of something past"
        yield Contradiction(mention.quote, why, 0.75)


@cache
def accomplished() -> re.Pattern[str]:
    """Verbs that tell of what is done, in their past forms."""
    return _any_of("accomplished")


@cache
def coming_words() -> re.Pattern[str]:
    """Words that tell of what is to come."""
    return _any_of("coming")


def _any_of(name: str) -> re.Pattern[str]:
    spaced = "|".join(re.escape(each) for each in words(name) if not _CJK.search(each))
    signs = "|".join(re.escape(each) for each in words(name) if _CJK.search(each))
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)|{signs}", re.IGNORECASE)


def _past_and_future(paragraph: str, day: date) -> Iterator[Contradiction]:
    """Events in the past tense that are after the day, and events in the future tense that are before it."""
    if not _NUMBER.search(paragraph):
        return  # the forms below take most of a page's time, and each needs a day or a year
    for form, slack in ((_HAPPENED, SLACK), (_HAPPENED_NEAR, timedelta(days=1))):
        for match in form.finditer(paragraph):
            groups = match.groupdict()
            written = _day_of(match, int(groups["year"])) if groups.get("year") else _nearest(match, day)
            sentence = _sentence(paragraph, match.start(), match.end())
            later = _LATER_WORDS.search(
                re.sub(r"\buntil the\b", "", sentence) if form is _HAPPENED_NEAR else sentence
            )
            if written is None or later or _quoted(paragraph, match.start()):
                continue
            if day + slack < written and (form is _HAPPENED or written < day + timedelta(days=60)):
                yield Contradiction(match[0], f"it tells of {written:%Y-%m-%d} as of something past", 0.85)
    if not _RECENT.search(paragraph):
        return
    for form, least in ((_PLANNED, 1), *((each, 1) for each in _PLANNED_EAST), (_CLOSED, 2)):
        for match in form.finditer(paragraph):
            year = int(match["year"])
            sentence = _sentence(paragraph, match.start(), match.end())
            years = {int(each) for each in _YEAR.findall(sentence)}
            if (
                year > day.year - least
                or len(years) > 1
                or _quoted(paragraph, match.start())
                or year < day.year - 15
            ):
                continue
            if form is not _CLOSED and _RETOLD.search(sentence):
                continue
            told = "as of something to come" if form is not _CLOSED else "as of the year just over"
            yield Contradiction(match[0], f"it tells of {year} {told}", 0.75)


def coming(text: str) -> str | None:
    """What a text says is to come in a month: "the upcoming June summit"."""
    found = _COMING.search(text[:LONGEST])
    return found[0] if found else None


def _wrong(name: str, match: re.Match[str], day: date) -> str | None:
    """What an expression requires that `day` does not fulfil; None where it is fulfilled."""
    month = _month_of(match)
    nearby = {(day + shift).month for shift in (-SLACK, timedelta(), SLACK)}
    if name in ("month", "last month", "next month"):
        step = {"month": 0, "last month": 1, "next month": -1}[name]
        if all((number - 1 - step) % 12 + 1 != month for number in nearby):
            wanted = calendar.month_name[(month - 1 + step) % 12 + 1]
            return f"that was written in {wanted}"
    elif name == "before" and all(month > number for number in nearby):
        return f"that was written in {calendar.month_name[month]} or later in the year"
    elif name == "after" and all(month < number for number in nearby):
        return f"that was written in {calendar.month_name[month]} or earlier in the year"
    return None


def _far(mention: DayMention, written: date, day: date) -> date | None:
    """The same day of the next nearest year, if the nearest one is far from `day`."""
    if abs(written - day) < timedelta(days=100) or mention.year is not None:
        return None
    return replace_year(written, written.year + (1 if written < day else -1))


def _wrong_relative(relative: str, mention: DayMention, written: date, day: date) -> str | None:
    """What a phrase beside a day requires that `day` does not fulfil."""
    if relative in ("month", "last month", "next month"):
        step = {"month": 0, "last month": 1, "next month": -1}[relative]
        nearby = {(day + shift).month for shift in (-SLACK, timedelta(), SLACK)}
        if all((number - 1 - step) % 12 + 1 != mention.month for number in nearby):
            return f"that was written in {calendar.month_name[(mention.month - 1 + step) % 12 + 1]}"
    elif abs(written - day) > timedelta(days=4 if relative == "day" else 16):
        return f"that was written about {_named(written)}"
    return None


def _month_of(match: re.Match[str]) -> int:
    groups = match.groupdict()
    written = (groups.get("month") or groups["month2"]).rstrip(".").lower()
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(written[:3]))


def _day_of(match: re.Match[str], year: int) -> date | None:
    groups = match.groupdict()
    written = groups.get("day") or groups.get("day2")
    try:
        return date(year, _month_of(match), int(written)) if written else None
    except ValueError:
        return None


def _nearest(match: re.Match[str], day: date) -> date | None:
    found = [_day_of(match, year) for year in (day.year - 1, day.year, day.year + 1)]
    return min((each for each in found if each is not None), key=lambda each: abs(each - day), default=None)


def _named(day: date) -> str:
    return f"{calendar.month_name[day.month]} {day.day}"


def _is_of_another_time(paragraph: str, place: int, day: date) -> bool:
    if _quoted(paragraph, place):
        return True
    years = [int(year) for year in _YEAR.findall(paragraph)]
    return any(abs(year - day.year) > 1 for year in years)


def _quoted(paragraph: str, place: int) -> bool:
    before = paragraph[:place]
    return before.count('"') % 2 == 1 or before.count("“") > before.count("”")


def _sentence(paragraph: str, begin: int, finish: int) -> str:
    start, end = 0, len(paragraph)
    for border in _SENTENCE_END.finditer(paragraph):
        if border.end() <= begin:
            start = border.end()
        elif border.start() >= finish:
            end = border.start()
            break
    return paragraph[start:end]
