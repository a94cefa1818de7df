"""Every setting, typed and described: the tree.

A room receives the part that concerns it through its constructor.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from recirc.settings.balance import BalanceSettings, DiversitySettings
from recirc.settings.description import described
from recirc.settings.learning import (
    ExplorationSettings,
    LearningSettings,
    RecommendationSettings,
    ShelfSettings,
    TrainingSettings,
)
from recirc.settings.media import MediaSettings
from recirc.settings.openid import OpenIdSettings
from recirc.settings.order import OrderSettings
from recirc.settings.portal import PortalSettings
from recirc.settings.site import BrandsSettings, SiteSettings


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
            "Seconds for which shared caches may reuse a page without asking the server. 0: never.",
            ge=0,
            le=86_400,
        ),
    ] = 10
    connections: Annotated[
        int, described("Largest number of connections to one worker at once; further ones wait.", ge=16)
    ] = 4_096
    connections_per_address: Annotated[
        int,
        described(
            "Largest number of connections to one worker from one address (IPv6: one /64); beyond it the oldest are "
            "closed. Not applied with server.trust_proxy.",
            ge=8,
        ),
    ] = 256
    idle_seconds: Annotated[
        float,
        described(
            "Seconds within which the headers of a request must arrive, and for which a connection may be idle.",
            ge=1,
        ),
    ] = 20.0
    body_seconds: Annotated[
        float,
        described("Seconds within which a body must arrive, and one more for each 4,096 bytes.", gt=0),
    ] = 10.0
    bodies_per_address: Annotated[
        int,
        described(
            "Number of unfinished bodies from one address; beyond it each must arrive within a second.", ge=1
        ),
    ] = 32
    search_seconds: Annotated[
        float, described("Seconds after which a search is ended, and answered with 503.", gt=0)
    ] = 1.0
    hang_seconds: Annotated[
        float, described("Seconds without response after which a worker is replaced.", ge=2)
    ] = 60.0
    drain_seconds: Annotated[
        float,
        described(
            "Seconds between SIGTERM and the end, during which /readyz answers 503 and all else is served, so that a "
            "proxy sends its requests elsewhere.",
            ge=0,
            le=600,
        ),
    ] = 0.0


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
    archive: Annotated[
        str,
        described(
            "Folder, or bucket as s3://BUCKET/FOLDER, for copies of old days of the log as Parquet. Default: none "
            "are made."
        ),
    ] = ""
    archive_shared: Annotated[
        bool,
        described(
            "The folder of store.archive is one and the same on all machines of the site, such as a network drive; a "
            "bucket is anyway."
        ),
    ] = False
    archive_after_days: Annotated[
        int, described("Age at which a day (UTC) of the log is copied to the archive, in days.", ge=1)
    ] = 30


class IntakeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits on what the API accepts."""

    event_bytes: Annotated[
        int, described("Largest body of POST /v1/events without an API key, in bytes.", ge=256)
    ] = 65_536
    events_per_batch: Annotated[
        int, described("Largest number of events in one body without an API key.", ge=1)
    ] = 100
    requests_per_minute: Annotated[
        int,
        described(
            "Largest number of requests a minute from one address without an API key. The events of further ones are "
            "excluded; beyond ten times as many they are refused.",
            ge=1,
        ),
    ] = 1_200
    readers_per_address: Annotated[
        int,
        described(
            "Largest number of readers counted per day behind one address (IPv6: one /64); "
            "further readers are excluded.",
            ge=1,
        ),
    ] = 250
    max_age_seconds: Annotated[
        int, described("Largest age of an event without an API key, in seconds before its arrival.", ge=0)
    ] = 3600
    max_ahead_seconds: Annotated[
        int, described("Largest lead of any event's time over its arrival, in seconds.", ge=0)
    ] = 300
    remember_days: Annotated[
        float,
        described(
            "Days for which the ids of events with an API key, or of an import, are remembered, so that an event sent "
            "again is not counted again. Events from browsers: 2 days.",
            gt=0,
            le=400,
        ),
    ] = 30.0
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
    secret: Annotated[
        str | None,
        described("Secret of its webhooks, by which they are signed. Default: they need an API key."),
    ] = None


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
    recheck_seconds: Annotated[
        float,
        described(
            "Seconds after which the page of an article on a shelf is requested again: one that is gone (404, 410) is "
            "withdrawn. 0: never.",
            ge=0,
        ),
    ] = 3600.0
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


class SectionsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the categories that articles come with are sections of the newspaper."""

    map: Annotated[
        dict[str, str],
        described(
            'Section by category, such as {"Lokales" = "Küste"}. The first category of an article that is named here '
            "is its section, and its other categories are topics. Default: the first category."
        ),
    ] = msgspec.field(default_factory=dict)


class ProvenanceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Inspection of articles from sources, and its effects. An editor can overrule each finding."""

    inspect: Annotated[bool, described("Inspect articles from sources.")] = True
    least_confidence: Annotated[
        float,
        described(
            "Smallest confidence at which a finding has an effect; less certain findings are only recorded.",
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


class AlarmSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When and where alarms are told, beside the server's log, the audit trail and the desk: an article gets doubtful
    views, a source is silent, the disk is nearly full, nothing can be written, the clock was set.
    """

    doubtful_views: Annotated[
        int, described("Smallest number of doubtful views of an article within 15 minutes.", ge=1)
    ] = 50
    doubtful_share: Annotated[
        float,
        described("Smallest share of its views; also more than twice the site's usual one.", gt=0, le=1),
    ] = 0.5
    free_megabytes: Annotated[
        int, described("Smallest free space on the store's disk, in millions of bytes.", ge=0)
    ] = 1000
    webhook: Annotated[str, described("Address to which each alarm is posted as JSON. Default: none.")] = ""
    smtp: Annotated[
        str, described("Mail server for alarms, as host:port; TLS where it offers STARTTLS. Default: none.")
    ] = ""
    mail_to: Annotated[str, described("Mailbox that gets each alarm through `smtp`.")] = ""
    mail_from: Annotated[str, described("Sender of these mails. Default: `mail_to`.")] = ""


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
    portal: PortalSettings = PortalSettings()
    brands: BrandsSettings = BrandsSettings()
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    order: OrderSettings = OrderSettings()
    intake: IntakeSettings = IntakeSettings()
    embed: EmbedSettings = EmbedSettings()
    alarm: AlarmSettings = AlarmSettings()
    openid: OpenIdSettings = OpenIdSettings()
    sections: SectionsSettings = SectionsSettings()
    sources: SourcesSettings = SourcesSettings()
    media: MediaSettings = MediaSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    topics: TopicsSettings = TopicsSettings()
    learning: LearningSettings = LearningSettings()
    recommending: RecommendationSettings = RecommendationSettings()
    training: TrainingSettings = TrainingSettings()
    shelves: ShelfSettings = ShelfSettings()
    exploring: ExplorationSettings = ExplorationSettings()
    balance: BalanceSettings = BalanceSettings()
    diversity: DiversitySettings = DiversitySettings()
