"""Every setting, typed and described: the tree.

A room receives the part that concerns it through its constructor.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct


class SettingsError(ValueError):
    """A setting is unknown or has a value that it cannot have; the text says which, where, and what to do."""


def described(text: str, **bounds: Any) -> Meta:
    """A setting's description, and the bounds of its value as msgspec knows them (`ge`, `le`, …)."""
    return Meta(description=text, **bounds)


class SiteSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The newspaper's name and face."""

    name: Annotated[str, described("Name of the newspaper.")] = "Recirc"
    tagline: Annotated[str, described("Tagline below the name.")] = "All the news, and what belongs beside it"
    url: Annotated[
        str, described("Public address, used in canonical links. Default: the address of the request.")
    ] = ""
    language: Annotated[str, described("Language of the pages, as in HTML's lang attribute.")] = "en"
    sections: Annotated[
        tuple[str, ...],
        described("Sections of the menu in order, as slugs. Default: the sections with the most articles."),
    ] = ()

    logo: Annotated[str, described("Logo file, SVG or PNG, shown instead of the name. Default: no logo.")] = (
        ""
    )
    colours: Annotated[
        dict[str, str],
        described(
            "Colours as #rrggbb: paper, tint, ink, soft, line, accent, mark, "
            "each also with the prefix dark-. Default: Recirc's own."
        ),
    ] = msgspec.field(default_factory=dict)
    reactions: Annotated[
        tuple[Literal["well-told", "useful", "moving", "surprising"], ...],
        described("Reactions offered below an article, in this order. Empty: no reactions."),
    ] = ("well-told", "useful", "moving", "surprising")


class BrandSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of several newspapers served from the same articles and events."""

    name: Annotated[str, described("Name of the newspaper.", min_length=1)]
    hosts: Annotated[
        tuple[str, ...],
        described("Host names at which the newspaper is read, without port (the Host header).", min_length=1),
    ]
    tagline: Annotated[str, described("Tagline below the name.")] = ""
    url: Annotated[
        str, described("Public address, used in canonical links. Default: the address of the request.")
    ] = ""
    language: Annotated[
        str | None, described("Language of the pages, as in HTML's lang attribute. Default: site.language.")
    ] = None
    sections: Annotated[
        tuple[str, ...],
        described(
            "Sections whose articles belong to this newspaper, as slugs in menu order. Default: all sections."
        ),
    ] = ()
    outlets: Annotated[
        tuple[str, ...],
        described(
            "Outlets whose articles belong to this newspaper, as the articles name them. Default: all outlets."
        ),
    ] = ()
    logo: Annotated[str, described("Logo file, SVG or PNG, shown instead of the name. Default: no logo.")] = (
        ""
    )
    colours: Annotated[dict[str, str], described("Colours, as in site.colours.")] = msgspec.field(
        default_factory=dict
    )


class BrandsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Newspapers besides `[site]`, one table `[[brands.list]]` each. The Host header selects the newspaper."""

    list: Annotated[tuple[BrandSettings, ...], described("The other newspapers.")] = ()
    cross_brands: Annotated[
        bool, described("Show articles of the other newspapers on the shelves beside an article.")
    ] = False


class ServerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where `recirc serve` listens."""

    host: Annotated[str, described("Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, described("Port to listen on.", ge=1, le=65535)] = 8000
    workers: Annotated[
        int, described("Number of worker processes; each holds the whole state in memory.", ge=1, le=64)
    ] = 1
    trust_proxy: Annotated[
        bool, described("Read the reader's address from X-Forwarded-For. Enable only behind your own proxy.")
    ] = False
    page_seconds: Annotated[
        int,
        described(
            "Seconds for which browsers and caches may reuse a page without asking the server. 0: never.",
            ge=0,
            le=86_400,
        ),
    ] = 10


class StoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where articles and events are stored."""

    path: Annotated[str, described("Path of the SQLite file. Snapshots are stored beside it.")] = "recirc.db"
    busy_seconds: Annotated[float, described("Seconds to wait for a locked file.", gt=0)] = 5.0
    snapshot_events: Annotated[
        int, described("Number of log entries after which a snapshot is saved.", ge=1)
    ] = 200_000
    snapshot_seconds: Annotated[
        float,
        described("Seconds after which a snapshot is saved if there were at least 1,000 new entries.", gt=0),
    ] = 300.0
    snapshots_kept: Annotated[int, described("Number of snapshots to keep.", ge=1)] = 2


class IntakeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits on what the API accepts."""

    event_bytes: Annotated[
        int, described("Largest body of POST /v1/events without an API key, in bytes.", ge=256)
    ] = 65_536
    events_per_batch: Annotated[
        int, described("Largest number of events in one body without an API key.", ge=1)
    ] = 100
    requests_per_minute: Annotated[
        int, described("Largest number of requests a minute from one address without an API key.", ge=1)
    ] = 240
    readers_per_address: Annotated[
        int,
        described(
            "Largest number of readers counted per day behind one address (IPv6: one /64); "
            "further readers are excluded.",
            ge=1,
        ),
    ] = 50
    max_age_seconds: Annotated[
        int, described("Largest age of an event without an API key, in seconds before its arrival.", ge=0)
    ] = 3600
    max_ahead_seconds: Annotated[
        int, described("Largest lead of any event's time over its arrival, in seconds.", ge=0)
    ] = 300
    write_bytes: Annotated[int, described("Largest body with an API key, in bytes.", ge=1024)] = 32_000_000
    article_bytes: Annotated[int, described("Largest article body, in bytes.", ge=1024)] = 2_000_000


class EmbedSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Other sites whose pages embed the shelves. `recirc key create NAME --site ORIGIN` also allows a site, and
    accepts its events.
    """

    origins: Annotated[
        tuple[str, ...],
        described('Origins whose pages may read the shelves, such as "https://www.paper.example".'),
    ] = ()


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
        described("Seconds after which a view of the same article by the same reader counts again.", ge=0),
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


class ShelfSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Length of the shelves and the evidence that a slot requires."""

    related_slots: Annotated[int, described("Number of slots of Related.", ge=1, le=50)] = 10
    ranking_slots: Annotated[int, described("Number of slots of Ranking.", ge=1, le=50)] = 8
    recommendation_slots: Annotated[int, described("Number of slots of Recommendation.", ge=1, le=50)] = 8
    min_similarity: Annotated[
        float,
        described("Smallest cosine similarity at which two texts are related by text alone.", ge=-1, le=1),
    ] = 0.35
    min_coreaders: Annotated[
        int, described("Smallest number of readers of both articles for them to be related by reading.", ge=1)
    ] = 2
    min_readers: Annotated[int, described("Smallest number of readers for a place in Ranking.", ge=1)] = 1
    topic_weight: Annotated[
        float,
        described(
            "Weight of shared topics in Related (of shared text neighbours where no topics are known).", ge=0
        ),
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


class SourceEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One source of articles, as in the settings and as stored by `recirc sources add`."""

    address: Annotated[str, described("Address of a feed, sitemap, page or API, or a file or folder.")]
    kind: Annotated[str | None, described("Kind of source. Default: detected from its response.")] = None
    outlet: Annotated[
        str | None, described("Outlet of all its articles. Default: the article's own value.")
    ] = None
    section: Annotated[
        str | None, described("Section of all its articles. Default: the article's own value.")
    ] = None
    language: Annotated[
        str | None, described("Language of all its articles. Default: the article's own value.")
    ] = None
    every_seconds: Annotated[
        Annotated[float, Meta(ge=10)] | None,
        described("Poll interval, in seconds. Default: sources.every_seconds."),
    ] = None
    pages: Annotated[
        bool | None,
        described("Fetch the page of each article. Default: only where the source has no full text."),
    ] = None
    most: Annotated[int, described("Largest number of new articles taken in one poll.", ge=1)] = 200
    key: Annotated[str | None, described("Content API key, for Ghost.")] = None


class SourcesSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Sources that `recirc serve` polls for articles, one table `[[sources.list]]` each, and the limits of polling."""

    list: Annotated[
        tuple[SourceEntry, ...], described("The sources. `recirc sources add` adds further ones.")
    ] = ()
    every_seconds: Annotated[float, described("Poll interval, in seconds.", ge=10)] = 900.0
    agent: Annotated[str, described("User-Agent header. Its first word is matched against robots.txt.")] = (
        "Recirc/0.1 (news portal)"
    )
    robots: Annotated[bool, described("Obey robots.txt.")] = True
    delay_seconds: Annotated[
        float,
        described(
            "Pause between two requests to one host, in seconds. robots.txt may require a longer one.", ge=0
        ),
    ] = 1.0
    timeout_seconds: Annotated[float, described("Timeout of one request, in seconds.", gt=0)] = 30.0
    most_bytes: Annotated[int, described("Largest response after decompression, in bytes.", ge=1024)] = (
        20_000_000
    )
    most_redirects: Annotated[int, described("Largest number of redirects followed.", ge=0, le=20)] = 5
    private_hosts: Annotated[
        tuple[str, ...],
        described(
            'Hosts ("host" or "host:port") that may be requested although their address is private, loopback or '
            "link-local. Applies only to sources on these hosts, never to links or redirects from elsewhere."
        ),
    ] = ()


class ProvenanceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Inspection of what arrives through a source, and its consequences. An editor can overrule each finding."""

    inspect: Annotated[bool, described("Inspect articles that arrive through a source.")] = True
    least_confidence: Annotated[
        float,
        described(
            "Smallest confidence at which a finding has consequences; less certain findings are only recorded.",
            ge=0,
            le=1,
        ),
    ] = 0.7
    copies: Annotated[
        Literal["attribute", "list", "refuse"],
        described(
            "A copy of another outlet's article is published with its origin above it (attribute), "
            "listed with its origin but without its body (list), or refused (refuse)."
        ),
    ] = "attribute"
    sections: Annotated[
        Literal["clear", "keep"],
        described('An article whose text contradicts its section moves to "news" (clear) or stays (keep).'),
    ] = "clear"


class TopicsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The topics of articles: people, places and organisations."""

    file: Annotated[
        str,
        described("File with the newspaper's own names and aliases, relative to this file. Optional."),
    ] = "topics.toml"
    find: Annotated[bool, described("Find topics for articles that arrive without any.")] = True


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole tree; each part is a table of `recirc.toml`."""

    site: SiteSettings = SiteSettings()
    brands: BrandsSettings = BrandsSettings()
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    intake: IntakeSettings = IntakeSettings()
    embed: EmbedSettings = EmbedSettings()
    sources: SourcesSettings = SourcesSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    topics: TopicsSettings = TopicsSettings()
    learning: LearningSettings = LearningSettings()
    recommending: RecommendationSettings = RecommendationSettings()
    training: TrainingSettings = TrainingSettings()
    shelves: ShelfSettings = ShelfSettings()
    exploring: ExplorationSettings = ExplorationSettings()
