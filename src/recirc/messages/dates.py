"""Dates as readers see them: in the words of a language (CLDR), in the site's time zone, which is not named."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time

from recirc.messages.words import Words

MOST_KEPT = 8192
"""Dates whose words are kept; a day's articles share them."""


HALF_YEAR = timedelta(days=183)


class DateFormats:
    """Formats of dates in one language and time zone; each is a filter of the templates.

    >>> from recirc.messages.words import words_in
    >>> moment = datetime(2026, 11, 22, 23, 40, tzinfo=UTC)
    >>> [DateFormats(ZoneInfo("Europe/Rome"), words_in(each)).moment(moment) for each in ("en", "de", "ja")]
    ['23 November 2026, 00:40', '23. November 2026, 00:40', '2026年11月23日 0:40']
    """

    def __init__(self, zone: ZoneInfo, words: Words) -> None:
        self._zone = zone
        self._locale = words.locale
        self._skeleton = lru_cache(MOST_KEPT)(self._by_skeleton)
        self._long = lru_cache(MOST_KEPT)(lambda day: format_date(day, "long", self._locale))
        self._full = lru_cache(64)(lambda day: format_date(day, "full", self._locale))
        self._time = lru_cache(1440)(self._of_day)
        self._moment = str(self._locale.datetime_formats["medium"])

    def _by_skeleton(self, day: date, skeleton: str) -> str:
        return format_skeleton(
            skeleton, datetime(day.year, day.month, day.day, tzinfo=UTC), locale=self._locale
        )

    def _of_day(self, hour: int, minute: int) -> str:
        return format_time(time(hour, minute), "short", locale=self._locale)

    def date_of(self, when: datetime) -> str:
        """`22 November 2026`."""
        return self.day(when.astimezone(self._zone).date())

    def day(self, day: date) -> str:
        """`22 November 2026`, of a day in no time zone."""
        return self._long(day)

    def month(self, year: int, month: int) -> str:
        """`November 2026`."""
        return capitalised(self._skeleton(date(year, month, 1), "yMMMM"))

    def months(self) -> list[str]:
        """The names of the twelve months, as they stand alone."""
        return [capitalised(self._locale.months["stand-alone"]["wide"][month]) for month in range(1, 13)]

    def weekdays(self) -> list[tuple[str, str]]:
        """The days of the week, short and long, from the first one of a week on."""
        days, first = self._locale.days["stand-alone"], self.first_weekday
        order = [(first + place) % 7 for place in range(7)]
        return [(days["short"][day], days["wide"][day]) for day in order]

    @property
    def first_weekday(self) -> int:
        """The first day of a week; 0: Monday."""
        language = self._locale
        if language.territory is None:
            # Without a country CLDR has the world's week: take the country that most of the language's readers live in.
            likely = get_global("likely_subtags").get(str(language))
            language = Locale.parse(likely) if likely else language
        return language.first_week_day

    def full_date(self, when: datetime) -> str:
        """`Sunday, 22 November 2026`."""
        return capitalised(self._full(when.astimezone(self._zone).date()))

    def iso_date(self, when: datetime) -> str:
        """`2026-11-22`, for machines."""
        return when.astimezone(self._zone).date().isoformat()

    def clock(self, when: datetime) -> str:
        """`07:40`."""
        when = when.astimezone(self._zone)
        return self._time(when.hour, when.minute)

    def moment(self, when: datetime) -> str:
        """`22 November 2026, 07:40`."""
        return self._moment.replace("{1}", self.date_of(when)).replace("{0}", self.clock(when))

    def brief(self, when: datetime, now: datetime) -> str:
        """`07:40` of the same day, `20 Nov` of the last half year, else `20 Nov 1987`.

        Half a year is 183 times 24 hours, also where clocks are changed meanwhile: by the clock on the wall an hour
        would come twice.
        """
        age = (now.astimezone(UTC) - when.astimezone(UTC)).days
        when, now = when.astimezone(self._zone), now.astimezone(self._zone)
        if when.date() == now.date():
            return self._time(when.hour, when.minute)
        return self._skeleton(when.date(), "MMMd" if abs(age) < HALF_YEAR.days else "yMMMd")

    def brief_until(self, dates: Iterable[datetime], now: datetime) -> datetime:
        """The moment from which on one of some dates may be another in brief: the next day, or half a year after it.

        >>> from recirc.messages.words import words_in
        >>> now, formats = datetime(2026, 11, 22, 20, tzinfo=UTC), DateFormats(ZoneInfo("Europe/Rome"), words_in("en"))
        >>> [str(formats.brief_until([now - timedelta(days=n, hours=22)], now)) for n in (9, 182)]
        ['2026-11-23 00:00:00+01:00', '2026-11-22 22:00:00+00:00']
        """
        following = now.astimezone(self._zone).date() + timedelta(days=1)
        midnight, moment = datetime.combine(following, time(), self._zone), now.astimezone(UTC)
        utc = (when.astimezone(UTC) for when in dates)
        turns = (turn for when in utc for turn in (when + HALF_YEAR, when - HALF_YEAR + timedelta(days=1)))
        return min((midnight, *(turn for turn in turns if turn > moment)), key=datetime.timestamp)

    def midnight(self, now: datetime) -> str:
        """When the day of UTC begins, by the clock of the site: `01:00`."""
        return self.clock(datetime(now.year, now.month, now.day, tzinfo=UTC))


def capitalised(text: str) -> str:
    """A text at the beginning of a line: French writes its months small."""
    return text[:1].upper() + text[1:]
