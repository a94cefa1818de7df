"""What can go wrong between a client and its server, in the server's own words where it said any."""

from recirc.types.responses import FieldError

SHOWN = 3
"""Faults that an error's text names; `faults` has them all."""


class RecircError(Exception):
    """Something went wrong between this client and the server; the text says what was asked, and what came back."""


class UnreachableError(RecircError):
    """Nobody answered to the end, however often it was asked.

    Whether the server did what it was asked is not known. To ask again is safe: see docs/client.md.
    """


class UnreadableError(RecircError):
    """Something answered that is no Recirc: a proxy's page, a redirection, another program."""


class AnswerError(RecircError):
    """The server said no (RFC 9457 problem details).

    Attributes:
        status: HTTP's number.
        kind: the problem's kind, such as `not-found`; empty when the answer was no problem details.
        title: what kind of problem it is, in a sentence.
        detail: what is wrong with this request.
        faults: each thing that is wrong, where the server told them one by one.
        retry_after: the server asks for so many seconds of patience; None: it said nothing.
    """

    def __init__(
        self,
        asked: str,
        *,
        status: int,
        kind: str = "",
        title: str = "",
        detail: str = "",
        faults: tuple[FieldError, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        said = ": ".join(part for part in (title, detail) if part) or "no reason was given"
        named = "".join(f"\n  {fault}" for fault in faults[:SHOWN]) if len(faults) > 1 else ""
        beyond = f"\n  … and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        super().__init__(f"{asked}: {status}: {said}{named}{beyond}")
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.faults = faults
        self.retry_after = retry_after


class InvalidError(AnswerError):
    """The request has something that it cannot have (400, 405, 413, 415)."""


class RejectedError(InvalidError):
    """Not one of the articles could be taken; `faults` says why for each."""


class KeyRejectedError(AnswerError):
    """This needs an API key, or another one (401, 403)."""


class NotFoundError(AnswerError):
    """There is no such article or section (404)."""


class WithdrawnError(AnswerError):
    """The article was withdrawn (410)."""


class TooManyError(AnswerError):
    """Too many requests, also after waiting (429)."""


class ServerError(AnswerError):
    """The server cannot do it: its store, its disk, or a proxy before it (5xx)."""


def error_class(status: int, kind: str) -> type[AnswerError]:
    """Which error an answer is.

    >>> error_class(503, "store"), error_class(400, "refused").__name__
    (<class 'recirc.client.errors.ServerError'>, 'RejectedError')
    """
    if kind == "refused":
        return RejectedError
    by_status: dict[int, type[AnswerError]] = {
        401: KeyRejectedError,
        403: KeyRejectedError,
        404: NotFoundError,
        410: WithdrawnError,
        429: TooManyError,
    }
    if status >= 500:
        return ServerError
    return by_status.get(status, InvalidError)
