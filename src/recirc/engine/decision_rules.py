"""How events are decided, as the settings say it."""

from recirc.settings import Settings
from recirc.store.decider import DecisionRules


def decision_rules(settings: Settings) -> DecisionRules:
    """How events are decided by these settings."""
    return DecisionRules(
        repeat=round(settings.learning.repeat_seconds * 1000),
        keyed=round(settings.intake.remember_days * 86_400_000),
    )
