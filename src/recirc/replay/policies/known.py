"""All policies: those that are written as classes, and one for each shelf."""

from recirc.replay.policies.policy import Policy
from recirc.replay.policies.policy import policies as written_policies
from recirc.replay.policies.shelf import ShelfPolicy, shelf_policies


def policies() -> dict[str, type[Policy]]:
    """Every policy by its name: those of the files here, and one for each shelf."""
    written = {name: kind for name, kind in written_policies().items() if not issubclass(kind, ShelfPolicy)}
    return written | shelf_policies()
