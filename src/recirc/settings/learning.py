"""Settings of what is learned from readers, and of the shelves made from it."""

from typing import Annotated, Literal

from msgspec import Struct

from recirc.settings.description import described
from recirc.types import Span


class LearningSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the statistics. After a change the whole log is folded again at the next start."""

    half_lives: Annotated[
        tuple[float, ...],
        described("Half-lives of popularity, in seconds, in increasing order.", min_length=1, max_length=8),
    ] = (120.0, 600.0, 3600.0, 14_400.0, 86_400.0, 259_200.0)
    context_half_lives: Annotated[
        tuple[float, ...],
        described(
            "Half-lives of popularity by referrer, device and region, in seconds, in increasing order.",
            min_length=1,
            max_length=4,
        ),
    ] = (600.0, 3600.0, 21_600.0)
    neighbours: Annotated[
        int, described("Number of co-read neighbours kept for each article.", ge=4, le=256)
    ] = 64
    coreading_half_life: Annotated[float, described("Half-life of co-reading, in seconds.", gt=0)] = 21_600.0
    coreading_distance: Annotated[
        int, described("Number of preceding views of the visit that a view is paired with.", ge=1, le=20)
    ] = 5
    visit_gap: Annotated[float, described("Seconds without an event after which a visit ends.", gt=0)] = (
        1800.0
    )
    visit_length: Annotated[
        int, described("Number of articles kept of each visit, the most recent.", ge=2, le=50)
    ] = 20
    visits: Annotated[int, described("Number of visits kept, the most recent.", ge=16)] = 262_144
    repeat_seconds: Annotated[
        float,
        described(
            "Seconds after which a view of the same article by the same reader counts again. A change applies to "
            "later events only.",
            ge=0,
        ),
    ] = 1800.0
    text_neighbours: Annotated[
        int, described("Number of text neighbours kept for each article.", ge=4, le=256)
    ] = 32
    story_containment: Annotated[
        float,
        described(
            "Share of the shorter text's word 4-grams that must occur in the longer text for a near-copy.",
            gt=0,
            le=1,
        ),
    ] = 0.5


class RecommendationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The default formula of Recommendation: a weighted sum of four shares between 0 and 1.

    Tuned by `benchmarks/tune.py` on the first 96 hours of the Globo log, protocols `hourly` and `live`.
    """

    sessions: Annotated[float, described("Weight of articles read in similar visits.", ge=0)] = 1.0
    coreading: Annotated[float, described("Weight of articles read after those of this visit.", ge=0)] = 0.8
    popularity: Annotated[float, described("Weight of current popularity.", ge=0)] = 0.4
    text: Annotated[float, described("Weight of text similarity.", ge=0)] = 0.05
    backward: Annotated[
        float,
        described("Weight of a pair read in reverse order, relative to a pair read in this order.", ge=0),
    ] = 0.5
    fading: Annotated[
        float, described("Weight of each article of the visit relative to the one read after it.", gt=0, le=1)
    ] = 0.6
    sessions_after: Annotated[
        float,
        described(
            "What a similar visit counts more for an article that it opened after the newest one in common with this "
            "visit. 0: wherever it opened it (VMIS-kNN as published).",
            ge=0,
        ),
    ] = 2.0
    coreading_next: Annotated[
        float,
        described(
            "Weight of what the newest visits opened right after the last article of this visit, beside co-reading.",
            ge=0,
        ),
    ] = 2.0
    half_life: Annotated[
        int,
        described(
            "Index in learning.half_lives of the half-life that defines current popularity (0: the shortest).",
            ge=0,
            le=7,
        ),
    ] = 1
    neighbour_visits: Annotated[
        int, described("Number of similar visits considered (k of VMIS-kNN).", ge=1)
    ] = 200
    recent_visits: Annotated[
        int, described("Number of recent visits of each article considered (m of VMIS-kNN).", ge=1)
    ] = 350
    followers: Annotated[
        int, described("Number of visits of the last article whose next step is considered.", ge=0)
    ] = 600
    rerank_candidates: Annotated[
        int,
        described("Number of candidates that the first stage passes to the learned model.", ge=20, le=1000),
    ] = 60


class TrainingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The learned model of Recommendation: training data, schedule and hyperparameters."""

    background: Annotated[bool, described("Train models in the background of `recirc serve`.")] = True
    every_seconds: Annotated[float, described("Training interval, in seconds.", ge=60)] = 3600.0
    window_hours: Annotated[float, described("Length of the training window, in hours.", gt=0)] = 48.0
    held_hours: Annotated[
        float,
        described(
            "Length of the held-out part at the end of the window, in hours, on which the model is evaluated.",
            gt=0,
        ),
    ] = 2.0
    least_lists: Annotated[
        int, described("Smallest number of training queries; with fewer, no model is trained.", ge=1)
    ] = 500
    max_queries: Annotated[
        int, described("Largest number of training queries, evenly spread over the window.", ge=1)
    ] = 40_000
    candidates: Annotated[
        int, described("Number of candidates kept for each training query, the best by the formula.", ge=10)
    ] = 60
    trees: Annotated[int, described("Number of trees.", ge=1, le=2000)] = 100
    leaves: Annotated[int, described("Largest number of leaves of a tree.", ge=2, le=1024)] = 31
    min_data_in_leaf: Annotated[int, described("Smallest number of training candidates in a leaf.", ge=1)] = (
        100
    )
    learning_rate: Annotated[float, described("Learning rate.", gt=0, le=1)] = 0.1
    feature_share: Annotated[float, described("Share of the features sampled for each tree.", gt=0, le=1)] = (
        0.5
    )
    lambdarank_truncation: Annotated[
        int,
        described("LambdaRank's truncation level: number of top positions that the loss considers.", ge=1),
    ] = 25
    seed: Annotated[int, described("Seed of all random choices in training.")] = 1
    models_kept: Annotated[int, described("Number of models to keep.", ge=1)] = 20


class ShelfDefinition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A shelf of one's own: the candidates, order and reasons of another, limited to some articles."""

    name: Annotated[str, described("Name in the API, in events and in addresses: a-z, 0-9 and -.")]
    title: Annotated[str, described("Heading on pages, in the language of the site.", min_length=1)]
    number: Annotated[int, described("Its number in the log, which never changes.", ge=128, le=255)]
    base: Annotated[
        Literal["related", "ranking", "recommendation"],
        described("The shelf whose candidates, order and reasons it has."),
    ] = "recommendation"
    slots: Annotated[int, described("Number of slots.", ge=1, le=50)] = 5
    place: Annotated[
        int, described("Where pages show it: Related is 1, Ranking 2, Recommendation 3.", ge=0, le=1000)
    ] = 100
    meaning: Annotated[str, described("What it is for, a sentence. Default: that of its base.")] = ""
    window: Annotated[
        Literal["hour", "day", "week", "ever"] | None,
        described("Of a ranking: exactly this window. Default: as the request says."),
    ] = None
    last: Annotated[
        Span | None,
        described(
            "Of a ranking: exactly this window, from 5 minutes to a year: 90m, 6h, 30d. Default: `window`."
        ),
    ] = None
    by: Annotated[
        Literal["readers", "rising", "shares", "reactions", "reading"],
        described(
            "Of a ranking, what it goes by: readers, readers beside what is usual, shares, reactions, engaged time."
        ),
    ] = "readers"
    sections: Annotated[tuple[str, ...], described("Only articles of these sections. Default: of all.")] = ()
    topics: Annotated[
        tuple[str, ...], described("Only articles about one of these. Default: about all.")
    ] = ()
    authors: Annotated[tuple[str, ...], described("Only articles by one of these. Default: by all.")] = ()
    outlets: Annotated[tuple[str, ...], described("Only articles of these outlets. Default: of all.")] = ()
    languages: Annotated[
        tuple[str, ...], described("Only articles in these languages. Default: in all.")
    ] = ()
    labels: Annotated[
        tuple[str, ...], described("Only articles with one of these labels. Default: with any.")
    ] = ()
    without: Annotated[tuple[str, ...], described("No articles with one of these labels. Default: all.")] = ()
    min_words: Annotated[int, described("Only articles of at least so many words.", ge=0)] = 0
    min_age: Annotated[
        float, described("Only articles that are at least so many hours old. 0: of any age.", ge=0)
    ] = 0.0
    max_age: Annotated[
        float, described("Only articles that are at most so many hours old. 0: of any age.", ge=0)
    ] = 0.0


class ShelfSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Length of the shelves, the evidence that a slot requires, and shelves of one's own.

    Each of those is one table `[[shelves.list]]`.
    """

    list: Annotated[tuple[ShelfDefinition, ...], described("Shelves of one's own.")] = ()

    related_slots: Annotated[int, described("Number of slots of Related.", ge=1, le=50)] = 10
    ranking_slots: Annotated[int, described("Number of slots of Ranking.", ge=1, le=50)] = 8
    recommendation_slots: Annotated[int, described("Number of slots of Recommendation.", ge=1, le=50)] = 8
    related_precision: Annotated[
        float,
        described(
            "Share of the texts called related that must belong to the same section, from which the least likeness "
            "is learned for each language. 0: every text neighbour is related.",
            ge=0,
            le=1,
        ),
    ] = 0.8
    min_coreaders: Annotated[
        int, described("Smallest number of readers of both articles for them to be related by reading.", ge=1)
    ] = 2
    min_readers: Annotated[int, described("Smallest number of readers for a place in Ranking.", ge=1)] = 1
    stated_readers: Annotated[
        int,
        described(
            "Smallest number of readers (or visits, or clicks) that a reason states, and of an article that is called "
            "one of the most read; on fewer, it says no more than “Popular so far”.",
            ge=1,
        ),
    ] = 3
    topic_weight: Annotated[
        float,
        described("Weight of shared topics in Related; the weight of text is 1.", ge=0),
    ] = 0.5
    coreading_weight: Annotated[
        float, described("Weight of co-reading in Related; the weight of text is 1.", ge=0)
    ] = 0.5


class ExplorationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Exploration: a share of the Recommendation shelves gives one slot to a new article.

    `share` and `slot` were chosen with `benchmarks/exploration.py --tune`.
    """

    share: Annotated[
        float, described("Share of the shelves that try a new article. 0: no exploration.", ge=0, le=1)
    ] = 0.1
    slot: Annotated[
        int,
        described("Slot of the new article (0: the first); the last slot of a shorter shelf.", ge=0, le=49),
    ] = 1
    hours: Annotated[
        float, described("Hours after publication for which an article counts as new.", gt=0)
    ] = 24.0
    most_shown: Annotated[
        int, described("Number of impressions after which an article no longer counts as new.", ge=1)
    ] = 200
    rate: Annotated[float, described("Prior click-through rate, used until it is measured.", gt=0, lt=1)] = (
        0.05
    )
    prior_clicks: Annotated[
        float,
        described("Strength of the prior for a new article, in clicks.", ge=0.5),
    ] = 2.0
