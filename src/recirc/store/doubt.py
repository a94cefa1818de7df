"""Readers in doubt: who is, and the signs of life by which one counts after all.

A view is in doubt when more of the article's readers are alike than is plausible (`strata`), or when its reader's
browser asked for no page and more such readers came than is usual. It counts with the reader's first *sign of life*: an
impression beside the article or a reading of it, at least LIFE_SECONDS after the view. Readers who leave at once show
none; they count as far as the share of such readers on other articles goes, also when that is known only later.
"""

from typing import Final, NamedTuple

from recirc.compiled import compiled_unlocked
from recirc.store import strata
from recirc.store.hash_rows import KEY, place_of
from recirc.store.strata import ALIKE, HOUR, LIFELESS, CountArrays, Reader
from recirc.types import Decision, Exclusion, IntArray, LongArray

DAY: Final = 24 * HOUR

NEW_READER, ALIVE = int(Decision.NEW_READER), int(Decision.ALIVE)
UNCONFIRMED, TOO_ALIKE, WITHOUT_LIFE = (
    int(each) for each in (Exclusion.UNCONFIRMED, Exclusion.ALIKE, Exclusion.LIFELESS)
)

ENOUGH_CONFIRMED: Final = 50
"""Confirmed readers of the newest two days from which on it is known that browsers of this site ask for pages."""

READERS_AT_LEAST: Final = 3
"""Unconfirmed readers of an article that count in any case where nobody's life is seen."""

SLACK: Final = 2.0
"""How many times the site's usual share of unconfirmed readers an article may have where nobody's life is seen."""

LIFE_SECONDS: Final = 1
"""Seconds that pass at least between a view and a sign of life."""

STEP: Final = 250
"""Times of views are kept in steps of so many ms."""

COUNTED, HELD, SHOWED_LIFE, STRANGER, LIVING_STRANGER = 1, 2, 3, 4, 5
"""What is known of a reader of an article: counted without a sign of life; in doubt; counted and alive; in doubt,
because nothing was asked for; that, and alive."""


LAST, FIRST, STATE, EARLIER = range(1, 5)
"""Columns of `Doubts.pairs`."""

NEVER: Final = -(2**62)
"""In the place of a time: none."""


class UsualReaders(NamedTuple):
    """New readers of the newest two days, without those of keys and imports; row 0 the newest.

    Attributes:
        articles: int32 (2, n, 3): of each article, confirmed and unconfirmed ones who count, and unconfirmed ones who
            count or showed life.
        total: int64 (2, 3): of all.
    """

    articles: IntArray
    total: LongArray


class Doubts(NamedTuple):
    """What is known of readers who are or were in doubt, and of how many readers are usual.

    Attributes:
        pairs: int64 (capacity, 5), see `HashRows`: the key of reader and article; LAST, the time (ms) of the last
            counted view; FIRST, that at which the reader was last counted; of the running day STATE, what `_packed`
            packs, 0: nothing; and EARLIER, of a confirmed reader in doubt, the key of the one
            before, 0: none.
        used: int64 (1,): number of its keys.
        held: int64 (articles,): key of the latest reader of an article who is in doubt, though confirmed; 0: none.
    """

    pairs: LongArray
    used: LongArray
    held: LongArray
    strata: CountArrays
    evidence: UsualReaders


class DecisionContext(NamedTuple):
    """Rules and times in ms: after `repeat` a view counts again; `today` is the day (UTC) of the log's clock."""

    repeat: int
    today: int


@compiled_unlocked
def row_of(doubts: Doubts, pair: int) -> int:
    """The row of a reader and an article, made if there is none."""
    at = place_of(doubts.pairs, pair)
    if doubts.pairs[at, KEY] != pair:
        doubts.pairs[at, KEY] = pair
        doubts.pairs[at, LAST] = doubts.pairs[at, FIRST] = NEVER
        doubts.used[0] += 1
    return at


@compiled_unlocked
def seen_at(doubts: Doubts, at: int, time: int) -> None:
    """Note a counted view. Entries may come late: an earlier one does not move it back."""
    doubts.pairs[at, LAST] = max(doubts.pairs[at, LAST], time)


@compiled_unlocked
def counted_at(doubts: Doubts, at: int, time: int) -> None:
    """Note that a reader counts."""
    doubts.pairs[at, FIRST] = max(doubts.pairs[at, FIRST], time)


@compiled_unlocked
def _packed(reader: Reader, now: int, state: int) -> int:
    """Time of the view in STEPs, network, browser and state in one number."""
    return int(now // STEP << 28 | reader.network << 12 | reader.agent << 4 | state)


@compiled_unlocked
def known(total: LongArray) -> bool:
    """Whether browsers of this site are known to ask for pages; `total` as in `UsualReaders`."""
    return bool(total[0, 0] + total[1, 0] >= ENOUGH_CONFIRMED)


@compiled_unlocked
def _too_many_strangers(
    evidence: UsualReaders, table: CountArrays, article: int, alive: bool, hour: int
) -> bool:
    """Whether one more unconfirmed reader is beyond what is usual on the other articles; `alive`: who showed life."""
    articles, total = evidence
    confirmed = total[0, 0] + total[1, 0]
    if confirmed < ENOUGH_CONFIRMED:
        return False
    own_confirmed = articles[0, article, 0] + articles[1, article, 0]
    own = articles[0, article, 1] + articles[1, article, 1]
    # Not of those who count: else a cache that begins to answer for the site would rob its readers for days.
    others = total[0, 2] + total[1, 2] - articles[0, article, 2] - articles[1, article, 2]
    usual = others / max(confirmed - own_confirmed, 1)
    if not strata.lively(table, article, hour):
        return bool(own >= READERS_AT_LEAST + SLACK * usual * own_confirmed)
    return not alive or strata.too_many_strangers(table, article, hour, usual)


@compiled_unlocked
def _why(evidence: UsualReaders, table: CountArrays, reader: Reader, confirmed: bool, hour: int) -> int:
    """Why one more reader of an article would be in doubt, an Exclusion; 0: it would not."""
    if not confirmed:
        return UNCONFIRMED if _too_many_strangers(evidence, table, reader.article, False, hour) else 0
    found = strata.newcomer(table, reader, hour)
    return TOO_ALIKE if found == ALIKE else WITHOUT_LIFE if found == LIFELESS else 0


@compiled_unlocked
def admit(
    doubts: Doubts, at: int, reader: Reader, confirmed: bool, time: int, now: int, moment: DecisionContext
) -> int:
    """Count a new reader of an article, whose row is `at`, or remember one in doubt: why, an Exclusion, or 0."""
    why = _why(doubts.evidence, doubts.strata, reader, confirmed, now // HOUR)
    if why:
        hold(doubts, at, reader, why, now)
    else:
        count(doubts, at, reader, confirmed, time, now, moment)
    return why


@compiled_unlocked
def hold(doubts: Doubts, at: int, reader: Reader, why: int, now: int) -> None:
    """Remember a reader who is in doubt."""
    pairs = doubts.pairs
    if pairs[at, STATE]:
        return
    strata.note_arrival(doubts.strata, reader.article, why != UNCONFIRMED, now // HOUR)
    pairs[at, STATE] = _packed(reader, now, STRANGER if why == UNCONFIRMED else HELD)
    if why != UNCONFIRMED:
        pairs[at, EARLIER] = doubts.held[reader.article]
        doubts.held[reader.article] = pairs[at, KEY]


@compiled_unlocked
def count(
    doubts: Doubts, at: int, reader: Reader, confirmed: bool, time: int, now: int, moment: DecisionContext
) -> None:
    """Remember a reader who counts, without a sign of life so far."""
    age, unconfirmed = moment.today - time // DAY, 0 if confirmed else 1
    if 0 <= age < 2:
        doubts.evidence.articles[age, reader.article, unconfirmed] += 1
        doubts.evidence.total[age, unconfirmed] += 1
    if doubts.pairs[at, STATE] & 15 != HELD:
        strata.note_arrival(doubts.strata, reader.article, confirmed, now // HOUR)
    if not confirmed:
        _note_stranger(doubts.evidence, reader.article, age)
    else:
        strata.note_reader(doubts.strata, reader, now // HOUR)
        doubts.pairs[at, STATE] = _packed(reader, now, COUNTED)


@compiled_unlocked
def _note_stranger(evidence: UsualReaders, article: int, age: int) -> None:
    if 0 <= age < 2:
        evidence.articles[age, article, 2] += 1
        evidence.total[age, 2] += 1


@compiled_unlocked
def matters(doubts: Doubts, at: int, article: int) -> bool:
    """Whether a sign of life of this reader of the article can change anything: it is the first, or others wait."""
    state = doubts.pairs[at, STATE] & 15
    return bool(state and (state != SHOWED_LIFE or doubts.held[article]))


@compiled_unlocked
def life(
    doubts: Doubts, at: int, article: int, time: int, now: int, moment: DecisionContext, decided: int
) -> int:
    """What a sign of life of the reader whose row is `at` changes: ALIVE if it changes anything, with NEW_READER if a
    reader counts by it.

    `decided` is what was decided before; -1: nothing was.
    """
    value = doubts.pairs[at, STATE]
    state = value & 15
    if not state or (decided >= 0 and not decided & ALIVE):
        return 0
    early = now // STEP <= (value >> 28) + 1000 * LIFE_SECONDS // STEP
    if state == SHOWED_LIFE:
        return ALIVE | NEW_READER if _released(doubts, article, time, now, moment, decided) else 0
    if decided < 0 and early:
        return 0
    reader = Reader(article, value >> 12 & 0xFFFF, value >> 4 & 0xFF)
    if state >= STRANGER:
        return _life_of_stranger(doubts, at, reader, time, now, moment, decided)
    if decided < 0 and state == HELD and strata.crowded(doubts.strata, reader, now // HOUR):
        return 0
    if state == HELD:
        count(doubts, at, reader, True, time, now, moment)
        seen_at(doubts, at, time)
        counted_at(doubts, at, time)
    strata.note_life(doubts.strata, article, now // HOUR)
    doubts.pairs[at, STATE] = _packed(reader, now, SHOWED_LIFE)
    if state != COUNTED:
        return ALIVE | NEW_READER
    return ALIVE | (NEW_READER if _released(doubts, article, time, now, moment, decided) else 0)


@compiled_unlocked
def _life_of_stranger(
    doubts: Doubts, at: int, reader: Reader, time: int, now: int, moment: DecisionContext, decided: int
) -> int:
    """The same for a reader who asked for nothing; one who is too many may count with a later sign of life."""
    age = moment.today - time // DAY
    first = doubts.pairs[at, STATE] & 15 == STRANGER
    if decided < 0:
        too_many = _too_many_strangers(doubts.evidence, doubts.strata, reader.article, True, now // HOUR)
    else:
        too_many = decided & NEW_READER == 0
    if too_many and not first:
        return 0
    if first:
        _note_stranger(doubts.evidence, reader.article, age)
    if too_many:
        doubts.pairs[at, STATE] += LIVING_STRANGER - STRANGER
        return ALIVE
    if 0 <= age < 2:
        doubts.evidence.articles[age, reader.article, 1] += 1
        doubts.evidence.total[age, 1] += 1
    seen_at(doubts, at, time)
    counted_at(doubts, at, time)
    doubts.pairs[at, STATE] = _packed(reader, now, SHOWED_LIFE)
    return ALIVE | NEW_READER


@compiled_unlocked
def _released(
    doubts: Doubts, article: int, time: int, now: int, moment: DecisionContext, decided: int
) -> bool:
    """Count the latest reader who is in doubt and showed no life, if all without life are plausible by now."""
    if decided >= 0 and not decided & NEW_READER:
        return False
    pair, value, at = doubts.held[article], 0, 0
    while pair != 0:
        at = place_of(doubts.pairs, pair)
        value = doubts.pairs[at, STATE]
        if value & 15 == HELD:
            break
        pair = doubts.pairs[at, EARLIER]  # that one counts by now
        doubts.held[article] = pair
    if pair == 0:
        return False
    hour, reader = now // HOUR, Reader(article, value >> 12 & 0xFFFF, value >> 4 & 0xFF)
    if decided < 0 and (
        not strata.lively(doubts.strata, article, hour)
        or strata.crowded(doubts.strata, reader, hour)
        or strata.too_many_lifeless(doubts.strata, article, hour, 0)
    ):
        return False
    count(doubts, at, reader, True, time, now, moment)
    seen_at(doubts, at, time)
    counted_at(doubts, at, time)
    return True
