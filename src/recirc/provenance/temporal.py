"""Temporal expressions of a text: days without a year, and words such as "last week" beside them, in many languages."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from recirc.extraction.calendars import month_of, weekday_of, western

MOST: Final = 300  # days that are looked at of one text

_FORMS: Final = (
    re.compile(
        r"(?<![\d.,:/€$£-])(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|º|\.)?\s(?:of |de |d['’])?(?P<month>[^\W\d_]{3,12}\.?)(?![^\W\d_])"
    ),
    re.compile(r"(?<![^\W\d_])(?P<month>[^\W\d_]{3,12}\.?)\s(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[:.,]\d|\s?(?:%|percent|pct))"),
    re.compile(r"(?<!\d)(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]"),
)
_YEAR_AFTER: Final = re.compile(r"^,?\s?(?:of |de |del |do |г\. )?(?P<year>\d{4})\b|^年")
_YEAR_BEFORE: Final = re.compile(r"(?P<year>\d{4})年$")
_LINK: Final = r"[\s,，،、（(:—–-]*(?:(?:on|am|den|dem|le|el|em|no dia|dia|il|op|dnia|в|في|也就是|即|the|di|w|dne|a)[\s,]+|也就是|即|在|于|في\s|الموافق\s)?"
_WEEKDAY_BEFORE: Final = re.compile(rf"(?P<weekday>[^\W\d_]{{3,14}}\.?),?\s?(?:the |den |dem |le |el |dia |il |dnia )?$")
_WEEKDAY_AFTER: Final = re.compile(r"^[（(](?P<weekday>[月火水木金土日](?:曜日?)?|星期.|周.)[）)]|^(?P<after>星期.|周.)")

RELATIVE: Final = {
    "month": "earlier this month|later this month|this month|anfang dieses monats|ende dieses monats|mitte dieses monats|dieses monats|diesen monat|"
    "au début du mois|au début de ce mois|ce mois-ci|plus tôt ce mois-ci|a principios de este mes|a principios de mes|este mes|de este mes|"
    "no início deste mês|neste mês|deste mês|no começo deste mês|all'inizio del mese|all'inizio di questo mese|questo mese|di questo mese|"
    "eerder deze maand|deze maand|later deze maand|na początku tego miesiąca|w tym miesiącu|tego miesiąca|в начале этого месяца|в этом месяце|"
    "этого месяца|من هذا الشهر|هذا الشهر|الشهر الجاري|本月早些时候|本月初|本月|这个月|今月上旬|今月初め|今月|tidigare denna månad",
    "last month": "last month|vergangenen monat|letzten monat|im vergangenen monat|le mois dernier|el mes pasado|no mês passado|mês passado|"
    "il mese scorso|vorige maand|afgelopen maand|w zeszłym miesiącu|w ubiegłym miesiącu|в прошлом месяце|الشهر الماضي|上个月|上月|先月",
    "next month": "next month|nächsten monat|im kommenden monat|le mois prochain|el mes que viene|el próximo mes|no próximo mês|il mese prossimo|"
    "volgende maand|w przyszłym miesiącu|в следующем месяце|الشهر المقبل|下个月|下月|来月",
    "week": "last week|this week|earlier this week|later this week|next week|vergangene woche|letzte woche|vergangener woche|diese woche|dieser woche|"
    "nächste woche|kommende woche|la semaine dernière|cette semaine|la semaine prochaine|la semana pasada|esta semana|la próxima semana|"
    "na semana passada|semana passada|nesta semana|na próxima semana|la settimana scorsa|questa settimana|settimana scorsa|la prossima settimana|"
    "vorige week|afgelopen week|deze week|volgende week|w zeszłym tygodniu|w ubiegłym tygodniu|w tym tygodniu|w przyszłym tygodniu|"
    "на прошлой неделе|на этой неделе|на следующей неделе|في الأسبوع الماضي|الأسبوع الماضي|هذا الأسبوع|الأسبوع المقبل|上周|本周|上週|下周|先週|今週|来週|förra veckan",
    "day": "today|yesterday|tomorrow|gestern|heute|aujourd'hui|demain|ayer|hoy|ontem|hoje|amanhã|ieri|oggi|domani|gisteren|vandaag|"
    "wczoraj|dzisiaj|dziś|jutro|вчера|сегодня|завтра|أمس|اليوم|غدا|昨天|昨日|今天|今日|明天|明日|igår|idag",
}  # fmt: skip
_RELATIVE: Final = {
    name: (
        re.compile(rf"(?<![A-Za-zÀ-ÿА-я])(?:{phrases}){_LINK}$", re.IGNORECASE),
        re.compile(rf"^[\s,，]{{0,3}}(?:{phrases})(?![A-Za-zÀ-ÿА-я])", re.IGNORECASE),
    )
    for name, phrases in RELATIVE.items()
}


class DayMention(NamedTuple):
    """A day that a text names.

    Attributes:
        quote: the words, with the relative phrase or the weekday beside them.
        year: None where the text does not give it.
        weekday: that the text says it is, from 0 for Monday on.
        relative: "month", "last month", "next month", "week" or "day", of the phrase beside it.
    """

    quote: str
    start: int
    end: int
    month: int
    day: int
    year: int | None
    weekday: int | None
    relative: str | None

    def nearest(self, to: date) -> date | None:
        """The day of its year, or of the year that brings it nearest to another day."""
        years = (self.year,) if self.year else (to.year - 1, to.year, to.year + 1)
        found = [day for year in years if (day := _day(year, self.month, self.day)) is not None]
        return min(found, key=lambda each: abs(each - to), default=None)


def mentions(text: str) -> Iterator[DayMention]:
    """The days that a text names, in order of their form.

    >>> [(each.relative, each.month, each.day) for each in mentions("Erst vergangene Woche, am 22. Januar, kam er.")]
    [('week', 1, 22)]
    >>> next(mentions("on Monday, 1 September, late")).weekday
    0
    """
    count = 0
    text = western(text)
    for form in _FORMS:
        for found in form.finditer(text):
            month = int(found["month"]) if found["month"].isdigit() else month_of(found["month"])
            day = int(found["day"])
            if month is None or not 1 <= month <= 12 or not 1 <= day <= 31:
                continue
            if found["month"].lower() in ("may", "march", "mar", "set") and found["month"].islower():
                continue
            yield _mention(text, found, month, day)
            count += 1
            if count >= MOST:
                return


def _mention(text: str, found: re.Match[str], month: int, day: int) -> DayMention:
    before, after = text[max(0, found.start() - 60) : found.start()], text[found.end() : found.end() + 40]
    year_at = _YEAR_AFTER.match(after) or _YEAR_BEFORE.search(before)
    year = int(year_at["year"]) if year_at and year_at["year"] else None
    start, end = found.start(), found.end()
    weekday_at = _WEEKDAY_BEFORE.search(before)
    weekday = weekday_of(weekday_at["weekday"]) if weekday_at else None
    if weekday is not None and weekday_at is not None:
        start -= len(before) - weekday_at.start()
        before = before[: weekday_at.start()]
    else:
        later = _WEEKDAY_AFTER.match(after)
        weekday = weekday_of(later["weekday"] or later["after"]) if later else None
    relative = None
    for name, (ahead, behind) in _RELATIVE.items():
        at = ahead.search(before)
        if at is not None:
            relative, start = name, start - (len(before) - at.start())
            break
        at = behind.match(after)
        if at is not None and year is None:
            relative, end = name, end + at.end()
            break
    return DayMention(text[max(0, start) : end].strip(), max(0, start), end, month, day, year, weekday, relative)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def replace_year(day: date, year: int) -> date | None:
    """The day of another year; None for 29 February where there is none."""
    return _day(year, day.month, day.day)
