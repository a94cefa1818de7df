"""What goes wrong on the way to a server, before it is known for whom it was asked."""


class TransportError(Exception):
    """Something could not be fetched; the text says what, and what to do, without the address.

    Attributes:
        wait_seconds: the server asks for so much patience; None: it said nothing.
        cause: one of `source.CAUSES`.
    """

    def __init__(self, text: str, *, wait_seconds: float | None = None, cause: str = "answer") -> None:
        super().__init__(text)
        self.wait_seconds = wait_seconds
        self.cause = cause


class UnreachableHostError(TransportError):
    """There is no connection to the host, whatever would be asked of it."""

    def __init__(self, text: str) -> None:
        super().__init__(text, cause="unreachable")


class RedirectLoopError(TransportError):
    """Redirects that lead nowhere: in a circle, or on and on."""
