"""Keys of log entries: what makes two events the same event."""

import msgspec

from recirc.hashing import key63


def record_key(*parts: object) -> int:
    """63-bit key of an event, never 0: the same parts give the same key, in every process and machine.

    `parts` are None, bool, int, float, str, bytes, datetime, enums, and tuples of these; each is framed, so
    that ("a", "bc") and ("ab", "c") differ.

    >>> record_key("a", "bc") == record_key("a", "bc")
    True
    >>> record_key("a", "bc") == record_key("ab", "c")
    False

    Raises TypeError for parts of other types.
    """
    return key63(msgspec.msgpack.encode(parts))
