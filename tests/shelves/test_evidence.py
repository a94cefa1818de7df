"""Evidence that would say the opposite of the truth is not given."""

import numpy as np

from recirc.rank.candidates import CandidateGenerator
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.evidence import EvidenceBuilder
from recirc.shelves.reasons import Evidence
from recirc.shelves.shelf import RankingContext
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS
from recirc.types import RECORD, Batch, EntryKind, Window

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
    state.fold(Batch(1, records, {}))
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
