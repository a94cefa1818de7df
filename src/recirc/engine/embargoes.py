"""Embargoes by rule: a published article is on no page, shelf or feed until a time, and then again as it was."""

from recirc.clock import from_ms
from recirc.engine.engine import Engine
from recirc.store.rules import Rule


def begin(engine: Engine, rule: Rule) -> None:
    """Take the article of an embargo down and hold it until its end. Raises StoreError."""
    stored = engine.article(rule.target.value)
    if stored is None or stored.article is None or rule.until is None:
        return
    why = rule.reason or f"under embargo until {from_ms(rule.until):%Y-%m-%d %H:%M} UTC"
    source, holder = stored.article.provenance.source, rule.by or None
    engine.withdraw([stored.id], reason=why, source=source, holder=holder, held=True).result()
    engine.life.hold(stored.article, from_ms(rule.until), why).result()
    engine.catch_up()


def lift(engine: Engine, rule: Rule) -> None:
    """Publish the article of an embargo that ends before its time, unless it was withdrawn since. Raises StoreError."""
    held = engine.life.held_version(rule.target.value)
    if held is not None:
        engine.publish([held.article]).result()
        engine.life.release([held.article.id]).result()
        engine.catch_up()
