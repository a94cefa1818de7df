"""Why an article is left out that the newsroom has withdrawn, in words that name the withdrawn one."""

from typing import NamedTuple

from recirc.engine.addresses import addresses_of
from recirc.engine.engine import Engine
from recirc.types import Article


class WithdrawnRefusal(NamedTuple):
    """Why an article is refused.

    Attributes:
        field: the field by which it is the withdrawn article: `id`, `url` or `body`.
        text: the reason, and what an editor can do.
    """

    field: str
    text: str


def withdrawn_text(reason: str) -> str:
    """Why an article is refused that is withdrawn, and what an editor can do."""
    return f"left out, the newsroom has withdrawn it{_why(reason)}; recirc withdrawals restore brings it back"


def withdrawn_refusal(engine: Engine, article: Article) -> WithdrawnRefusal:
    """Why the engine answered an article with the outcome WITHDRAWN: by its id, an address, or its text.

    Raises StoreError.
    """
    if _is_withdrawn(engine, article.id):
        return WithdrawnRefusal("id", withdrawn_text(engine.life.withdrawal(article.id).reason))
    for address in addresses_of(article):
        owner = engine.owner(address)
        if owner is not None and _is_withdrawn(engine, owner):
            return WithdrawnRefusal("url", _other(engine, "address", owner))
    copy = engine.life.withdrawn_copy(article)
    if copy is not None:
        return WithdrawnRefusal("body", _other(engine, "text", copy.id))
    return WithdrawnRefusal("id", withdrawn_text(""))  # it was restored meanwhile


def _other(engine: Engine, part: str, id_: str) -> str:
    why = _why(engine.life.withdrawal(id_).reason)
    return (
        f"left out, its {part} is that of {id_!r}, which the newsroom has withdrawn{why}; "
        f"recirc withdrawals restore {id_!r} brings that back"
    )


def _why(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _is_withdrawn(engine: Engine, id_: str) -> bool:
    stored = engine.article(id_)
    return stored is not None and stored.withdrawn
