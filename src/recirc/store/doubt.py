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

NEW_READER, ALIVE, CROWDED = int(Decision.NEW_READER), int(Decision.ALIVE), int(Decision.CROWDED)
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

COUNTED, HELD, SHOWED_LIFE, STRANGER, LIVING_STRANGER, KEYED_READER = 1, 2, 3, 4, 5, 6
"""What is known of a reader of an article: counted without a sign of life; in doubt; counted and alive; in doubt,
because nothing was asked for; that, and alive; sent by the holder of a key, and counted."""

STATES: Final = 7
"""Mask of those."""

SAMPLE: Final = 8
"""Added to the state of a reader who is a sample (`strata.note_arrival`)."""


LAST, FIRST, STATE, EARLIER = range(1, 5)
"""Columns of `Doubts.pairs`."""

NEVER: Final = -(2**62)
"""In the place of a time: none."""


class UsualReaders(NamedTuple):
    """New readers of the newest two days, without those of keys and imports; row 0 the newest.

    Attributes:
        articles: int32 (2, n, 3): of each article, confirmed and unconfirmed ones who count, and unconfirmed ones who
            count or showed life.
        total: int64 (2, 4): of all; and those whom holders of keys sent, who showed life.
    """

    articles: IntArray
    total: LongArray


class Doubts(NamedTuple):
    """What is known of readers who are or were in doubt, and of how many readers are usual.

    Attributes:
        pairs: int64 (capacity, 5), see `HashRows`: the key of reader and article; LAST, the time (ms) of the last
            counted view; FIRST, that at which the reader was last counted; of the running day STATE, what `_packed`
            packs, 0: nothing; and EARLIER, of a reader in doubt, the key of the one before, 0: none.
        used: int64 (1,): number of its keys.
        held: int64 (2, articles): key of the latest reader of an article who is in doubt, 0: none; row 0 of confirmed
            ones, row 1 of unconfirmed ones.
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
    """Whether readers of this site are known, who ask for pages or come with a key; `total` as in `UsualReaders`."""
    return bool(_browsers_are_known(total) or total[0, 3] + total[1, 3] >= ENOUGH_CONFIRMED)


@compiled_unlocked
def _browsers_are_known(total: LongArray) -> bool:
    """Whether browsers of this site are known to ask for pages."""
    return bool(total[0, 0] + total[1, 0] >= ENOUGH_CONFIRMED)


@compiled_unlocked
def _usual_strangers(evidence: UsualReaders, article: int) -> float:
    """How many unconfirmed readers come on one confirmed reader of the other articles; where few are known, on one of
    those as well whom holders of keys sent.
    """
    articles, total = evidence
    # Not of those who count: else a cache that begins to answer for the site would rob its readers for days.
    others = total[0, 2] + total[1, 2] - articles[0, article, 2] - articles[1, article, 2]
    confirmed = total[0, 0] + total[1, 0] - articles[0, article, 0] - articles[1, article, 0]
    sent = 0 if _browsers_are_known(total) else total[0, 3] + total[1, 3]
    return float(others / max(confirmed + sent, 1))


@compiled_unlocked
def _too_many_strangers(
    evidence: UsualReaders, table: CountArrays, article: int, alive: bool, hour: int
) -> bool:
    """Whether one more unconfirmed reader is beyond what is usual on the other articles; `alive`: who showed life."""
    articles, total = evidence
    if not known(total):
        return False
    usual = _usual_strangers(evidence, article)
    if not strata.lively(table, article, hour):
        own_confirmed = articles[0, article, 0] + articles[1, article, 0]
        own = articles[0, article, 1] + articles[1, article, 1]
        return bool(own >= READERS_AT_LEAST + SLACK * usual * own_confirmed)
    return not alive or strata.too_many_strangers(table, article, hour, usual, not _browsers_are_known(total))


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
) -> tuple[int, int]:
    """Count a new reader of an article, whose row is `at`, or remember one in doubt: why, an Exclusion, or 0; and
    NEW_READER, with CROWDED, of one who counts.
    """
    why = _why(doubts.evidence, doubts.strata, reader, confirmed, now // HOUR)
    if why:
        hold(doubts, at, reader, why, now)
        return why, 0
    return 0, count(doubts, at, reader, confirmed, time, now, moment)


@compiled_unlocked
def hold(doubts: Doubts, at: int, reader: Reader, why: int, now: int) -> None:
    """Remember a reader who is in doubt."""
    pairs = doubts.pairs
    if pairs[at, STATE]:
        return
    stranger = 1 if why == UNCONFIRMED else 0
    sampled = strata.note_arrival(doubts.strata, reader.article, stranger == 0, now // HOUR)
    pairs[at, STATE] = _packed(reader, now, STRANGER if stranger else HELD) + (SAMPLE if sampled else 0)
    pairs[at, EARLIER] = doubts.held[stranger, reader.article]
    doubts.held[stranger, reader.article] = pairs[at, KEY]


@compiled_unlocked
def count(
    doubts: Doubts, at: int, reader: Reader, confirmed: bool, time: int, now: int, moment: DecisionContext
) -> int:
    """Remember a reader who counts, without a sign of life so far: NEW_READER, with CROWDED where the reader is not
    ranked.
    """
    flags = NEW_READER
    age, unconfirmed = moment.today - time // DAY, 0 if confirmed else 1
    if 0 <= age < 2:
        doubts.evidence.articles[age, reader.article, unconfirmed] += 1
        doubts.evidence.total[age, unconfirmed] += 1
    before = doubts.pairs[at, STATE]
    sampled = before & SAMPLE != 0
    if before & STATES != HELD and (confirmed or before == 0):
        sampled = strata.note_arrival(doubts.strata, reader.article, confirmed, now // HOUR)
    if not confirmed:
        if before & STATES != LIVING_STRANGER:
            _note_stranger(doubts.evidence, reader.article, age)
    else:
        if strata.unranked(doubts.strata, reader, now // HOUR):
            flags |= CROWDED
        strata.note_reader(doubts.strata, reader, now // HOUR)
        doubts.pairs[at, STATE] = _packed(reader, now, COUNTED) + (SAMPLE if sampled else 0)
    return flags


@compiled_unlocked
def note_keyed(doubts: Doubts, at: int, reader: Reader, now: int) -> None:
    """Remember a reader whom the holder of a key sent, and who counts."""
    strata.note_keyed(doubts.strata, now // HOUR)
    doubts.pairs[at, STATE] = _packed(reader, now, KEYED_READER)


@compiled_unlocked
def life_of_keyed(
    doubts: Doubts, at: int, article: int, time: int, now: int, moment: DecisionContext, decided: int
) -> int:
    """ALIVE if it is the first sign of life of a reader whom the holder of a key sent, else 0; `decided` as in `life`.

    Such readers are as good as those who asked for the page: they tell how many others are plausible.
    """
    value = doubts.pairs[at, STATE]
    if value & STATES != KEYED_READER or (decided >= 0 and not decided & ALIVE):
        return 0
    if decided < 0 and _is_early(value, now):
        return 0
    doubts.pairs[at, STATE] = 0
    strata.note_life_of_keyed(doubts.strata, _reader_of(article, value), now // HOUR)
    age = moment.today - time // DAY
    if 0 <= age < 2:
        doubts.evidence.total[age, 3] += 1
    return ALIVE


@compiled_unlocked
def _note_stranger(evidence: UsualReaders, article: int, age: int) -> None:
    if 0 <= age < 2:
        evidence.articles[age, article, 2] += 1
        evidence.total[age, 2] += 1


@compiled_unlocked
def matters(doubts: Doubts, at: int, article: int) -> bool:
    """Whether a sign of life of this reader of the article can change anything: it is the first, or others wait."""
    state = doubts.pairs[at, STATE] & STATES
    waiting = doubts.held[0, article] != 0 or doubts.held[1, article] != 0
    return bool(state and (state != SHOWED_LIFE or waiting))


@compiled_unlocked
def _is_early(value: int, now: int) -> bool:
    """Whether less than LIFE_SECONDS have passed since a view; `value` as `_packed` made it then."""
    return bool(now // STEP <= (value >> 28) + 1000 * LIFE_SECONDS // STEP)


@compiled_unlocked
def _reader_of(article: int, value: int) -> Reader:
    """Network and browser of a view; `value` as `_packed` made it."""
    return Reader(article, value >> 12 & 0xFFFF, value >> 4 & 0xFF)


@compiled_unlocked
def life(
    doubts: Doubts, at: int, article: int, time: int, now: int, moment: DecisionContext, decided: int
) -> int:
    """What a sign of life of the reader whose row is `at` changes: ALIVE if it changes anything, with NEW_READER if a
    reader counts by it.

    `decided` is what was decided before; -1: nothing was.
    """
    value = doubts.pairs[at, STATE]
    state = value & STATES
    if not state or state == KEYED_READER or (decided >= 0 and not decided & ALIVE):
        return 0
    if state == SHOWED_LIFE:
        released = _released(doubts, article, time, now, moment, decided)
        return ALIVE | released if released else 0
    if decided < 0 and _is_early(value, now):
        return 0
    reader = _reader_of(article, value)
    if state >= STRANGER:
        return _life_of_stranger(doubts, at, reader, time, now, moment, decided)
    if decided < 0 and state == HELD and strata.crowded(doubts.strata, reader, now // HOUR):
        return 0
    flags = 0
    if state == HELD:
        flags = count(doubts, at, reader, True, time, now, moment)
        seen_at(doubts, at, time)
        counted_at(doubts, at, time)
    strata.note_life(doubts.strata, article, value & SAMPLE != 0, now // HOUR)
    doubts.pairs[at, STATE] = _packed(reader, now, SHOWED_LIFE)
    if state != COUNTED:
        return ALIVE | flags
    return ALIVE | _released(doubts, article, time, now, moment, decided)


@compiled_unlocked
def _life_of_stranger(
    doubts: Doubts, at: int, reader: Reader, time: int, now: int, moment: DecisionContext, decided: int
) -> int:
    """The same for a reader who asked for nothing; one who is too many may count with a later sign of life."""
    age = moment.today - time // DAY
    first = doubts.pairs[at, STATE] & STATES == STRANGER
    if decided < 0:
        too_many = _too_many_strangers(doubts.evidence, doubts.strata, reader.article, True, now // HOUR)
    else:
        too_many = decided & NEW_READER == 0
    if too_many and not first:
        return 0
    if first:
        _note_stranger(doubts.evidence, reader.article, age)
        strata.note_living_stranger(doubts.strata, reader.article, now // HOUR)
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
def _latest_held(doubts: Doubts, article: int, stranger: int) -> int:
    """Row of the latest reader of an article who is in doubt, an unconfirmed one (`stranger` 1) or not; -1: nobody."""
    pair = doubts.held[stranger, article]
    while pair != 0:
        at = place_of(doubts.pairs, pair)
        state = doubts.pairs[at, STATE] & STATES
        if STRANGER <= state <= LIVING_STRANGER if stranger else state == HELD:
            return at
        pair = doubts.pairs[at, EARLIER]  # that one counts by now
        doubts.held[stranger, article] = pair
    return -1


@compiled_unlocked
def _group_is_plausible(doubts: Doubts, reader: Reader, stranger: int, hour: int) -> bool:
    """Whether all of an article's readers who are in doubt as this one are plausible together."""
    table, article = doubts.strata, reader.article
    if not strata.lively(table, article, hour) or strata.crowded(table, reader, hour):
        return False
    if stranger == 0:
        return not strata.too_many_lifeless(table, article, hour, 0)
    usual = _usual_strangers(doubts.evidence, article)
    return not (
        strata.too_many_strangers(table, article, hour, usual, not _browsers_are_known(doubts.evidence.total))
        or strata.too_many_lifeless_strangers(table, article, hour)
    )


@compiled_unlocked
def _released(
    doubts: Doubts, article: int, time: int, now: int, moment: DecisionContext, decided: int
) -> int:
    """Count the latest reader who is in doubt and showed no life, if all without life are plausible by now: what
    `count` says, or 0. An unconfirmed one is, where there is no other.
    """
    if decided >= 0 and not decided & NEW_READER:
        return 0
    stranger, at = 0, _latest_held(doubts, article, 0)
    if at < 0:
        stranger, at = 1, _latest_held(doubts, article, 1)
    if at < 0:
        return 0
    value = doubts.pairs[at, STATE]
    reader = _reader_of(article, value)
    if decided < 0 and not _group_is_plausible(doubts, reader, stranger, now // HOUR):
        return 0
    flags = count(doubts, at, reader, stranger == 0, time, now, moment)
    if stranger:
        alive = value & STATES == LIVING_STRANGER
        doubts.pairs[at, STATE] = _packed(reader, now, SHOWED_LIFE) if alive else 0
    seen_at(doubts, at, time)
    counted_at(doubts, at, time)
    return flags
