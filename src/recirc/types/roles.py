"""What the people of a newsroom may do."""

from enum import StrEnum


class Role(StrEnum):
    """What an account may do; each role may do all that those before it may."""

    READER = "reader"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what `other` may.

        >>> Role.PUBLISHER.includes(Role.EDITOR), Role.READER.includes(Role.EDITOR)
        (True, False)
        """
        order = list(Role)
        return order.index(self) >= order.index(other)
