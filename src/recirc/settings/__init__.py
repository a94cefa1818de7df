"""Every setting, typed and described; `recirc.toml` and the environment fill it in."""

from recirc.settings.balance import BalanceSettings, BalanceTarget, DiversitySettings
from recirc.settings.description import SettingsError
from recirc.settings.document import description, document, entry_of
from recirc.settings.learning import (
    ExplorationSettings,
    LearningSettings,
    RecommendationSettings,
    ShelfDefinition,
    ShelfSettings,
    TrainingSettings,
)
from recirc.settings.loading import COLOURS, PREFIX, load, origin_of
from recirc.settings.media import MediaSettings
from recirc.settings.openid import OpenIdSettings
from recirc.settings.order import OrderSettings
from recirc.settings.portal import PortalSettings
from recirc.settings.site import BrandSettings, BrandsSettings, SiteSettings
from recirc.settings.tree import (
    AlarmSettings,
    EmbedSettings,
    IntakeSettings,
    ProvenanceSettings,
    SectionsSettings,
    ServerSettings,
    Settings,
    SourceEntry,
    SourcesSettings,
    StoreSettings,
    TopicsSettings,
)

__all__ = [
    "COLOURS",
    "PREFIX",
    "AlarmSettings",
    "BalanceSettings",
    "BalanceTarget",
    "BrandSettings",
    "BrandsSettings",
    "DiversitySettings",
    "EmbedSettings",
    "ExplorationSettings",
    "IntakeSettings",
    "LearningSettings",
    "MediaSettings",
    "OpenIdSettings",
    "OrderSettings",
    "PortalSettings",
    "ProvenanceSettings",
    "RecommendationSettings",
    "SectionsSettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "ShelfDefinition",
    "ShelfSettings",
    "SiteSettings",
    "SourceEntry",
    "SourcesSettings",
    "StoreSettings",
    "TopicsSettings",
    "TrainingSettings",
    "description",
    "document",
    "entry_of",
    "load",
    "origin_of",
]
