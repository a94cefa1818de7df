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
    tagline: Annotated[str, described("The line under the name.")] = (
        "All the news, and what belongs beside it"
    )
    url: Annotated[str, described("Public address, for canonical links; empty: as the request came.")] = ""
    language: Annotated[str, described("Language of the pages, as in HTML's lang.")] = "en"
    sections: Annotated[
        tuple[str, ...],
        described("Sections in the order of the menu (slugs); empty: those that have most articles."),
    ] = ()

    logo: Annotated[str, described("File of the logo, SVG or PNG, instead of the name; empty: none.")] = ""
    colours: Annotated[
        dict[str, str],
        described(
            "Colours as #rrggbb: paper, tint, ink, soft, line, accent, mark, and each again as dark-…; else ours."
        ),
    ] = msgspec.field(default_factory=dict)
    reactions: Annotated[
        tuple[Literal["well-told", "useful", "moving", "surprising"], ...],
        described("Reactions that are offered under an article, in this order; empty: none."),
    ] = ("well-told", "useful", "moving", "surprising")


class BrandSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One newspaper of several that are served from the same articles and events."""

    name: Annotated[str, described("Name of the newspaper.", min_length=1)]
    hosts: Annotated[
        tuple[str, ...],
        described("Hosts at which it is read, without port: what browsers send as Host.", min_length=1),
    ]
    tagline: Annotated[str, described("The line under the name.")] = ""
    url: Annotated[str, described("Public address, for canonical links; empty: as the request came.")] = ""
    language: Annotated[
        str | None, described("Language of the pages, as in HTML's lang; none: as the site's.")
    ] = None
    sections: Annotated[
        tuple[str, ...],
        described("Sections whose articles are its own (slugs), in the order of the menu; empty: all."),
    ] = ()
    outlets: Annotated[
        tuple[str, ...], described("Outlets whose articles are its own, as articles name them; empty: all.")
    ] = ()
    logo: Annotated[str, described("File of the logo, SVG or PNG, instead of the name; empty: none.")] = ""
    colours: Annotated[dict[str, str], described("Colours, as site.colours; else ours.")] = msgspec.field(
        default_factory=dict
    )


class BrandsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Further newspapers beside `[site]`, one table `[[brands.list]]` each; the host of a request tells which it is."""

    list: Annotated[tuple[BrandSettings, ...], described("The further newspapers.")] = ()
    cross_brands: Annotated[
        bool, described("Whether the shelves beside an article may show articles of the other newspapers.")
    ] = False


class ServerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where `recirc serve` listens."""

    host: Annotated[str, described("Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, described("Port to listen on.", ge=1, le=65535)] = 8000
    workers: Annotated[int, described("Processes, each with the whole state in memory.", ge=1, le=64)] = 1
    trust_proxy: Annotated[
        bool, described("Take a reader's address from X-Forwarded-For: only behind a proxy of your own.")
    ] = False
    page_seconds: Annotated[
        int,
        described(
            "Browsers, and a cache in front, may use a page for so long without asking again; 0: not at all.",
            ge=0,
            le=86_400,
        ),
    ] = 10


class StoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where articles and events are kept."""

    path: Annotated[str, described("The SQLite file. Snapshots lie beside it.")] = "recirc.db"
    busy_seconds: Annotated[float, described("Wait so long for a locked file, in seconds.", gt=0)] = 5.0
    snapshot_events: Annotated[int, described("Save a snapshot after so many log entries.", ge=1)] = 200_000
    snapshot_seconds: Annotated[
        float, described("… or after so many seconds, if there were a thousand.", gt=0)
    ] = 300.0
    snapshots_kept: Annotated[int, described("Keep so many of the newest snapshots.", ge=1)] = 2


class IntakeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What is accepted from outside."""

    event_bytes: Annotated[
        int, described("Largest body of POST /v1/events without a key, in bytes.", ge=256)
    ] = 65_536
    events_per_batch: Annotated[int, described("Most events in one such body.", ge=1)] = 100
    requests_per_minute: Annotated[
        int, described("Most such bodies in one minute from one address.", ge=1)
    ] = 240
    readers_per_address: Annotated[
        int,
        described(
            "Most readers counted a day behind one address (of IPv6: one /64); more are excluded.", ge=1
        ),
    ] = 50
    max_age_seconds: Annotated[
        int, described("Oldest time of an event without a key, in seconds before its arrival.", ge=0)
    ] = 3600
    max_ahead_seconds: Annotated[
        int, described("Furthest time of any event, in seconds after its arrival.", ge=0)
    ] = 300
    write_bytes: Annotated[int, described("Largest body with a key, in bytes.", ge=1024)] = 32_000_000
    article_bytes: Annotated[int, described("Largest body of one article, in bytes.", ge=1024)] = 2_000_000


class EmbedSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Other sites whose pages show the shelves. `recirc key create NAME --site ORIGIN` allows a site too, and its
    events.
    """

    origins: Annotated[
        tuple[str, ...],
        described('Sites whose pages may read the shelves, such as "https://www.paper.example".'),
    ] = ()


class LearningSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The statistics that the fold keeps. Another value than the snapshot's folds the log anew."""

    half_lives: Annotated[
        tuple[float, ...],
        described("Half-lives of popularity, in seconds, rising.", min_length=1, max_length=8),
    ] = (120.0, 600.0, 3600.0, 14_400.0, 86_400.0, 259_200.0)
    context_half_lives: Annotated[
        tuple[float, ...],
        described(
            "Half-lives of popularity by referrer, device and region, in seconds, rising.",
            min_length=1,
            max_length=4,
        ),
    ] = (600.0, 3600.0, 21_600.0)
    neighbours: Annotated[int, described("Co-read neighbours kept for an article.", ge=4, le=256)] = 64
    coreading_half_life: Annotated[float, described("Half-life of co-reading, in seconds.", gt=0)] = 21_600.0
    coreading_distance: Annotated[
        int, described("A view is paired with so many views of its visit before it.", ge=1, le=20)
    ] = 5
    visit_gap: Annotated[float, described("A visit ends after so many seconds without an event.", gt=0)] = (
        1800.0
    )
    visit_length: Annotated[
        int, described("Articles of a visit that are kept, the last ones.", ge=2, le=50)
    ] = 20
    visits: Annotated[int, described("Visits that are kept, the last ones.", ge=16)] = 262_144
    repeat_seconds: Annotated[
        float, described("A view by the same reader counts again after so many seconds.", ge=0)
    ] = 1800.0
    text_neighbours: Annotated[int, described("Text neighbours kept for an article.", ge=4, le=256)] = 32
    story_containment: Annotated[
        float,
        described(
            "Share of the shorter text's 4-grams that the longer must hold to be a near-copy.", gt=0, le=1
        ),
    ] = 0.5


class RecommendationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The default formula of Recommendation: a weighted sum of four shares, each between 0 and 1.

    Tuned by `benchmarks/tune.py` on the first 96 hours of the Globo log, protocols `hourly` and `live`.
    """

    sessions: Annotated[float, described("Weight of what similar visits read.", ge=0)] = 1.0
    coreading: Annotated[
        float, described("Weight of what is read after the articles of this visit.", ge=0)
    ] = 0.8
    popularity: Annotated[float, described("Weight of what is read now.", ge=0)] = 0.4
    text: Annotated[float, described("Weight of what is alike in text.", ge=0)] = 0.05
    backward: Annotated[
        float, described("Weight of a pair read in the other order, against one in this order.", ge=0)
    ] = 0.5
    fading: Annotated[
        float, described("Each step back in the visit weighs so much of the one after it.", gt=0, le=1)
    ] = 0.6
    half_life: Annotated[
        int, described("Which of learning.half_lives is meant by `now` (0: the shortest).", ge=0, le=7)
    ] = 1
    neighbour_visits: Annotated[int, described("Similar visits that speak (k of VMIS-kNN).", ge=1)] = 200
    recent_visits: Annotated[
        int, described("Visits of each article that are looked at (m of VMIS-kNN).", ge=1)
    ] = 350
    followers: Annotated[int, described("Visits of the last article whose next step is looked at.", ge=0)] = (
        600
    )
    rerank_candidates: Annotated[
        int, described("Candidates that a learned model is handed by the first stage.", ge=20, le=1000)
    ] = 60


class TrainingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The learned model of Recommendation: what it is trained on, and when."""

    background: Annotated[bool, described("Whether `recirc serve` trains models in the background.")] = True
    every_seconds: Annotated[float, described("A model is trained so often, in seconds.", ge=60)] = 3600.0
    window_hours: Annotated[float, described("It learns from the last so many hours.", gt=0)] = 48.0
    held_hours: Annotated[
        float, described("… and is judged on so many of them, the newest, which it has not seen.", gt=0)
    ] = 2.0
    least_lists: Annotated[int, described("Fewest clicks to learn from.", ge=1)] = 500
    max_queries: Annotated[int, described("Most clicks to learn from.", ge=1)] = 40_000
    candidates: Annotated[int, described("Candidates that are kept of each, the formula's best.", ge=10)] = 60
    trees: Annotated[int, described("Trees of a model.", ge=1, le=2000)] = 100
    leaves: Annotated[int, described("Leaves of a tree.", ge=2, le=1024)] = 31
    min_data_in_leaf: Annotated[int, described("Fewest candidates that a leaf is made of.", ge=1)] = 100
    learning_rate: Annotated[float, described("How much each tree adds.", gt=0, le=1)] = 0.1
    feature_share: Annotated[
        float, described("Share of the features that a tree may look at.", gt=0, le=1)
    ] = 0.5
    lambdarank_truncation: Annotated[
        int, described("Places of a list that matter (LambdaRank's truncation).", ge=1)
    ] = 25
    seed: Annotated[int, described("Of all that is drawn at random.")] = 1
    models_kept: Annotated[int, described("Keep so many of the newest models.", ge=1)] = 20


class ShelfSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long the shelves are, and how much evidence a slot needs."""

    related_slots: Annotated[int, described("Slots of Related.", ge=1, le=50)] = 10
    ranking_slots: Annotated[int, described("Slots of Ranking.", ge=1, le=50)] = 8
    recommendation_slots: Annotated[int, described("Slots of Recommendation.", ge=1, le=50)] = 8
    min_similarity: Annotated[
        float, described("Least cosine of two texts to be related by text alone.", ge=-1, le=1)
    ] = 0.35
    min_coreaders: Annotated[int, described("Fewest readers of both to be related by reading.", ge=1)] = 2
    min_readers: Annotated[int, described("Fewest readers for a place in Ranking.", ge=1)] = 1
    topic_weight: Annotated[
        float,
        described("In Related: weight of topics in common (where none are known, of text neighbours).", ge=0),
    ] = 0.5
    coreading_weight: Annotated[
        float, described("In Related: weight of co-reading, that of text being 1.", ge=0)
    ] = 0.5


class ExplorationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """New articles on trial: a measured share of the slates of Recommendation gives one slot to one of them.

    `share` and `slot` were chosen with `benchmarks/exploration.py --tune`.
    """

    share: Annotated[
        float, described("Share of the slates that try a new article; 0: none does.", ge=0, le=1)
    ] = 0.1
    slot: Annotated[
        int, described("The slot that it gets (0: the first); of a shorter shelf, the last.", ge=0, le=49)
    ] = 1
    hours: Annotated[
        float, described("An article is new for so many hours after its publication …", gt=0)
    ] = 24.0
    most_shown: Annotated[int, described("… and until it was seen so many times on shelves.", ge=1)] = 200
    rate: Annotated[
        float, described("Clicks for each time seen that are assumed until they are measured.", gt=0, lt=1)
    ] = 0.05
    prior_clicks: Annotated[
        float,
        described("A new article is taken for an average one with so many clicks behind it.", ge=0.5),
    ] = 2.0


class SourceEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One place that articles come from; also what `recirc sources add` keeps."""

    address: Annotated[str, described("Address of a feed, sitemap, page or API, or a file or folder.")]
    kind: Annotated[str | None, described("Kind of source; none: found out from what it answers.")] = None
    outlet: Annotated[str | None, described("Whose articles these are; none: as they say.")] = None
    section: Annotated[str | None, described("Section of all its articles; none: as they say.")] = None
    language: Annotated[str | None, described("Language of all its articles; none: as they say.")] = None
    every_seconds: Annotated[
        Annotated[float, Meta(ge=10)] | None, described("Asked so often; none: as sources.every_seconds.")
    ] = None
    pages: Annotated[
        bool | None, described("Fetch each article's page; none: where the source gives no full text.")
    ] = None
    most: Annotated[int, described("Most new articles taken from it at once.", ge=1)] = 200
    key: Annotated[str | None, described("Content API key, for Ghost.")] = None


class SourcesSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Sources that `recirc serve` asks for articles, and how politely. A table `[[sources.list]]` for each source."""

    list: Annotated[tuple[SourceEntry, ...], described("The sources; more with `recirc sources add`.")] = ()
    every_seconds: Annotated[float, described("A source is asked so often, in seconds.", ge=10)] = 900.0
    agent: Annotated[
        str, described("Who asks, as sent to the other server; robots.txt goes by its first word.")
    ] = "Recirc/0.1 (news portal)"
    robots: Annotated[bool, described("Obey robots.txt.")] = True
    delay_seconds: Annotated[
        float,
        described("Pause between two requests to one host, in seconds; robots.txt may ask for more.", ge=0),
    ] = 1.0
    timeout_seconds: Annotated[
        float, described("One request takes no longer than this, in seconds.", gt=0)
    ] = 30.0
    most_bytes: Annotated[int, described("Largest answer, unpacked, in bytes.", ge=1024)] = 20_000_000
    most_redirects: Annotated[int, described("Most redirects that are followed.", ge=0, le=20)] = 5
    private_hosts: Annotated[
        tuple[str, ...],
        described(
            'Hosts ("host" or "host:port") that may be asked although their address is private, loopback or '
            "link-local; only for sources that stand on them, never by a link or redirect from elsewhere."
        ),
    ] = ()


class ProvenanceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What arrives through a source is inspected, and what follows from that. An editor can overrule each finding."""

    inspect: Annotated[bool, described("Inspect what arrives through a source.")] = True
    least_confidence: Annotated[
        float,
        described("A finding less sure than this is kept, and nothing follows from it.", ge=0, le=1),
    ] = 0.7
    copies: Annotated[
        Literal["attribute", "list", "refuse"],
        described(
            "A copy of another outlet's article is published with its origin above it, so listed without its body, "
            "or refused."
        ),
    ] = "attribute"
    sections: Annotated[
        Literal["clear", "keep"],
        described('Where the text contradicts its section, it is published in "news", or left where it is.'),
    ] = "clear"


class TopicsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The topics of articles: people, places and organisations."""

    file: Annotated[
        str,
        described("File of the newspaper's own names and aliases, beside this one; it need not be there."),
    ] = "topics.toml"
    find: Annotated[bool, described("Find the topics of articles that come without.")] = True


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
