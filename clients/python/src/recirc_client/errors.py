"""The errors that a client raises, in the server's own words where it gave any."""

from recirc_client.responses import FieldError

SHOWN = 3
"""Field errors that an error's text lists; `errors` has them all."""


class RecircError(Exception):
    """A call failed; the text names the call and what came back."""


class UnreachableError(RecircError):
    """No attempt received a complete response.

    The server may or may not have done what was asked. To repeat the call is safe: see docs/client.md.
    """


class InvalidResponseError(RecircError):
    """The response did not come from Recirc's API: a proxy's page, a redirection, another program."""


class ProblemError(RecircError):
    """The server refused the call (RFC 9457 problem details).

    Attributes:
        status: HTTP status.
        kind: the problem's kind, such as `not-found`; empty when the response had no problem details.
        title: the kind of problem in a sentence.
        detail: what is wrong with this request.
        errors: each field error, where the server listed them.
        retry_after: delay in seconds that the server requests; None: it requests none.
    """

    def __init__(
        self,
        call: str,
        *,
        status: int,
        kind: str = "",
        title: str = "",
        detail: str = "",
        errors: tuple[FieldError, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        text = ": ".join(part for part in (title, detail) if part) or "no reason was given"
        listed = "".join(f"\n  {error}" for error in errors[:SHOWN]) if len(errors) > 1 else ""
        beyond = f"\n  … and {len(errors) - SHOWN} more" if len(errors) > SHOWN else ""
        super().__init__(f"{call}: {status}: {text}{listed}{beyond}")
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after


class InvalidError(ProblemError):
    """The request is invalid (400, 405, 413, 415)."""


class RejectedError(InvalidError):
    """All articles were refused; `errors` has the reason for each."""


class KeyRejectedError(ProblemError):
    """The call needs an API key, or another one (401, 403)."""


class NotFoundError(ProblemError):
    """There is no such article or section (404)."""


class WithdrawnError(ProblemError):
    """The article was withdrawn (410)."""


class TooManyRequestsError(ProblemError):
    """Too many requests, also after all retries (429)."""


class ServerError(ProblemError):
    """The server failed: its store, its disk, or a proxy in front of it (5xx)."""


def error_class(status: int, kind: str) -> type[ProblemError]:
    """The class of error for a refusal.

    >>> error_class(503, "store").__name__, error_class(400, "refused").__name__
    ('ServerError', 'RejectedError')
    """
    if kind == "refused":
        return RejectedError
    by_status: dict[int, type[ProblemError]] = {
        401: KeyRejectedError,
        403: KeyRejectedError,
        404: NotFoundError,
        410: WithdrawnError,
        429: TooManyRequestsError,
    }
    if status >= 500:
        return ServerError
    return by_status.get(status, InvalidError)
