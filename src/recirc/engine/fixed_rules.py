"""Targets of the settings, as rules that are always in force."""

from recirc.engine.rule_checks import RuleError, check_share
from recirc.settings import BalanceSettings, SettingsError
from recirc.store.rules import Rule, RuleKind, RuleTarget, StoredRule, TargetKind

KEY = "balance-"
"""Begins their keys, which items bear that have a slot by them."""


def fixed_rules(settings: BalanceSettings) -> tuple[StoredRule, ...]:
    """The targets of the settings, the first first; their numbers are below those of editors' rules.

    Raises:
        SettingsError: one cannot be.
    """
    found = []
    for place, target in enumerate(settings.list, 1):
        rule = Rule(
            kind=RuleKind.SHARE,
            target=RuleTarget(TargetKind(target.by), target.value),
            shelves=target.shelves,
            share=target.share,
            most=target.most,
            reason="a setting",
            by="balance.list",
        )
        try:
            check_share(rule)
        except RuleError as error:
            raise SettingsError(f"'balance.list', target {place}: {error}") from None
        found.append(StoredRule(place - 1 - len(settings.list), f"{KEY}{place}", 0, None, None, rule))
    return tuple(found)
