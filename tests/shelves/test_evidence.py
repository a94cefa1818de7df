"""Evidence that would say the opposite of the truth is not given."""

import numpy as np
import pytest
from msgspec import structs

from recirc.rank.candidates import CandidateGenerator
from recirc.rank.formula import SESSIONS
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.evidence import EvidenceBuilder
from recirc.shelves.reasons import Evidence
from recirc.shelves.shelf import RankingContext
from recirc.state.audience import TICK
from recirc.state.contexts import buckets
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.term_index import code_of
from recirc.text.terms import terms
from recirc.text.vector import DIMENSIONS
from recirc.types import RECORD, Batch, EntryKind, IntArray, Window

START = 1_790_000_000_000  # ms
SETTINGS = Settings()


def state_of(visits: list[tuple[int, list[int]]]) -> State:
    """Visits of (region, articles), a minute apart."""
    records = np.zeros(sum(len(articles) for _, articles in visits), RECORD)
    at = 0
    for number, (region, articles) in enumerate(visits, start=1):
        for article in articles:
            records[at]["visit"], records[at]["region"], records[at]["article"] = number, region, article
            at += 1
    records["kind"], records["source"] = EntryKind.VIEW, -1
    records["id"] = np.arange(1, len(records) + 1)
    records["time"] = START + 60_000 * np.arange(len(records))
    state = State(SETTINGS.learning, DIMENSIONS)
    state.fold(Batch(1, decided(records, SETTINGS.learning.repeat_seconds), {}))
    return state


def evidence_for(state: State, region: int) -> tuple[EvidenceBuilder, dict[int, int]]:
    """Evidence for the candidates for a reader from a region, and the place of each article among them."""
    visit = Visit(np.zeros(0, np.int32), region=region)
    allowed = np.ones(state.size, bool)
    context = RankingContext(-1, visit, allowed, 0, Window.HOUR, True, None, state.clock)
    candidates = CandidateGenerator(SETTINGS.recommending, SETTINGS.learning).gather(state, visit, allowed)
    places = {article: at for at, article in enumerate(candidates.articles.tolist())}
    return EvidenceBuilder(SETTINGS, state, context, candidates), places


def test_an_article_that_a_region_reads_less_than_others_is_not_read_there() -> None:
    state = state_of([(2, [0])] * 30 + [(1, [0])] * 2 + [(1, [1])] * 20)
    here, places = evidence_for(state, 1)
    assert here.same_context(places[0]) is None
    assert here.same_context(places[1]) == Evidence("same region", {"visits": 20, "of": 20})
    there, places = evidence_for(state, 2)
    assert there.same_context(places[0]) == Evidence("same region", {"visits": 30, "of": 32})
    assert there.same_context(places[1]) is None


def test_that_readers_came_from_another_article_counts_where_more_did_than_usually() -> None:
    state = state_of([(0, [2, 1])] * 10 + [(0, [0])] * 20 + [(0, [2, 0])] * 3)
    found, places = evidence_for(state, 0)
    assert found.arrivals(places[1]) == Evidence("come to", {"visits": 10, "of": 10})
    assert found.arrivals(places[0]) is None


def candidate(**fields: int) -> tuple[EvidenceBuilder, State]:
    """Evidence for article 0, the only candidate, of a visit to article 1, with the candidate's numbers as given."""
    state = state_of([(0, [1, 0])] * 3 + [(0, [2])] * 30)
    context = RankingContext(
        1, Visit(np.array([1], np.int32)), np.ones(state.size, bool), 0, Window.HOUR, True, None, state.clock
    )
    gathered = CandidateGenerator(SETTINGS.recommending, SETTINGS.learning).gather(
        state, context.visit, context.allowed
    )
    at = gathered.articles.tolist().index(0)
    only = gathered._replace(articles=gathered.articles[at : at + 1])
    if fields:
        only = only._replace(
            votes=np.array([fields["votes"]], gathered.votes.dtype),
            followed=np.array([fields.get("followed", 0)], gathered.followed.dtype),
        )
    return EvidenceBuilder(SETTINGS, state, context, only), state


LEAST = SETTINGS.shelves.min_coreaders


@pytest.mark.parametrize(("number", "enough"), [(LEAST - 1, False), (LEAST, True), (LEAST + 1, True)])
def test_the_minimum_itself_is_enough(number: int, enough: bool) -> None:
    evidence, state = candidate(votes=number, followed=number)
    assert (evidence.similar_visits(0) is not None) == enough
    assert (evidence.opened_next(0) is not None) == enough
    exposure = np.zeros((state.size, 1, 2), np.int32)
    exposure[0, 0] = (number, number)
    state.exposure.articles = exposure
    state.coreading.readers[1][state.coreading.neighbours[1] == 0] = number
    assert (evidence.read_together(0) is not None) == enough
    assert (evidence.opened_when_shown(0) is not None) == enough
    exposure[0, 0] = (number - 1, number)
    evidence._numbers.clear()
    assert evidence.opened_when_shown(0) is None, "opened more often than it was shown"


@pytest.mark.parametrize(("more", "similar"), [(-1e-3, False), (1e-3, True)])
def test_a_text_is_similar_from_the_learned_minimum_on(more: float, similar: bool) -> None:
    evidence, state = candidate()
    content, english = state.content, code_of("en")
    for article in (0, 1):
        content.index.set(article, terms("Ferry strike", "", "en"), english)
    likeness = content.least_closeness(1, SETTINGS.shelves.related_precision) / 2 + more
    # Each is the other's only neighbour: what they have in common of these is 2 s / (1 + s²).
    while likeness + 2 * likeness / (1 + likeness**2) > content.least_closeness(1, 0.8) + more:
        likeness -= 1e-5
    content.neighbours[1, 0], content.similarities[1, 0] = 0, likeness
    content.neighbours[0, 0], content.similarities[0, 0] = 1, likeness
    assert (evidence.similar_text(0) is not None) == similar


def test_a_text_without_a_word_in_common_is_not_similar() -> None:
    evidence, state = candidate()
    content, english = state.content, code_of("en")
    for article, said in enumerate(("Ferry strike", "Chess final")):
        content.index.set(article, terms(said, "", "en"), english)
        content.neighbours[article, 0], content.similarities[article, 0] = 1 - article, 0.99
    assert evidence.similar_text(0) is None


@pytest.mark.parametrize(
    ("minutes", "new"), [(-1, False), (0, True), (24 * 60 - 1, True), (24 * 60, False), (24 * 60 + 1, False)]
)
def test_new_is_less_than_a_day_old(minutes: int, new: bool) -> None:
    evidence, state = candidate()
    now = state.clock
    state.catalogue.published[0] = now - minutes * 60_000
    assert evidence.new(0) == (Evidence("young", {"minutes": minutes, "published": 1}) if new else None)
    window = (now // TICK + 1) * TICK  # readers of the last day are others then
    assert evidence.until == (min(now + 60_000, window) if minutes < 24 * 60 else window)
    evidence._numbers.clear()
    state.catalogue.published[0] = -1
    state.lifetimes.first[0] = now - minutes * 60_000
    assert evidence.new(0) == (Evidence("young", {"minutes": minutes, "published": 0}) if new else None)
    evidence._numbers.clear()
    state.catalogue.published[0] = 0
    assert evidence.new(0) is None, "published in 1970"


def test_popular_now_needs_the_minimum_of_readers_today() -> None:
    evidence, _ = candidate()
    assert evidence.popular_now(0) == Evidence("read now", {"readers": 3}, window=Window.DAY)
    for least, enough in ((2, True), (3, True), (4, False)):
        evidence._settings = structs.replace(SETTINGS.shelves, min_readers=least)
        assert (evidence.popular_now(0) is not None) == enough
    assert evidence.popular(0) == Evidence("read now", {"readers": 3}, window=Window.EVER, fallback=True)


def test_evidence_of_a_formula_needs_a_part_above_nothing() -> None:
    evidence, _ = candidate(votes=LEAST)
    for added in (0.0, 1e-9):
        parts = np.zeros((1, 4))
        parts[0, SESSIONS] = added
        evidence._candidates = evidence._candidates._replace(parts=parts)
        assert (evidence.formula(0) is not None) == (added > 0)


def test_of_several_opened_articles_the_newest_is_named_and_unknown_ones_are_skipped() -> None:
    state = state_of([(0, [0, 2])] * 5 + [(0, [1, 2])] * 5)
    opened = np.array([0, 1, state.size, state.size + 1], np.int32)
    found = read_together_after(state, opened)
    assert found == Evidence("read together", {"readers": 5, "of": 5}, about=1)
    assert read_together_after(state, opened[:1]) == found._replace(about=0)
    assert read_together_after(state, opened[2:]) is None


def read_together_after(state: State, opened: IntArray) -> Evidence | None:
    """Evidence for article 2, the only candidate, of a visit that opened these."""
    allowed = np.ones(state.size, bool)
    context = RankingContext(-1, Visit(opened), allowed, 0, Window.HOUR, True, None, state.clock)
    generator = CandidateGenerator(SETTINGS.recommending, SETTINGS.learning)
    only = generator.gather(state, context.visit, among=np.array([2], np.int32))
    return EvidenceBuilder(SETTINGS, state, context, only).read_together(0)


def test_a_context_counts_only_where_it_is_above_the_share_of_all_views() -> None:
    # Both articles have half of their readers from region 1, as all views have.
    state = state_of([(1, [0])] * 10 + [(2, [0])] * 10 + [(1, [1])] * 10 + [(2, [1])] * 10)
    views = state.contexts.table.totals[:, -1]
    views[:] = 0
    views[0] = 40.0
    codes = buckets(np.array([[0, 0, 1]], np.int32))[0]
    here, places = evidence_for(state, 1)
    for share, above in ((19.0, True), (20.0, False), (21.0, False)):
        views[codes[2]] = share
        assert (here.same_context(places[0]) is not None) == above


@pytest.mark.parametrize(("usual", "more"), [(0.99, True), (1.0, False), (1.01, False)])
def test_arrivals_count_only_above_the_usual_share(
    usual: float, more: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence, _ = candidate()
    monkeypatch.setattr("recirc.shelves.evidence.usual_arrivals", lambda _: usual)
    found = evidence.arrivals(0)
    assert found == (Evidence("come to", {"visits": 3, "of": 3}) if more else None)
