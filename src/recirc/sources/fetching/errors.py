"""Why a request failed, raised below the fetcher, where the source that it was made for is not known."""

import httpx


class TransportError(httpx.TransportError):
    """A request failed; the text says why and what to do, without the address.

    Attributes:
        wait_seconds: how long the server asks to be left alone; None: it does not say.
        cause: one of `source.CAUSES`.
    """

    def __init__(self, text: str, *, wait_seconds: float | None = None, cause: str = "answer") -> None:
        super().__init__(text)
        self.wait_seconds = wait_seconds
        self.cause = cause


class UnreachableHostError(TransportError):
    """There is no connection to the host, whatever the request."""

    def __init__(self, text: str) -> None:
        super().__init__(text, cause="unreachable")


class RedirectLoopError(TransportError):
    """Redirects that lead nowhere: in a circle, or more than are followed."""
