"""Pages that are sent while their work is done: a line for each step, then the result. Whoever leaves ends the work."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from html import escape
from secrets import token_hex
from threading import Event
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar

from starlette.responses import Response, StreamingResponse

from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.desk.words import share
from recirc.engine.day_log import Progress
from recirc.engine.sampled_moments import WEB_SECONDS, ReplayEndedError
from recirc.store.ports import StoreError
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest

logger = logging.getLogger("recirc.desk")

LOOK_SECONDS: Final = 0.25
"""How often it is looked whether there is a new step to tell."""

Result = TypeVar("Result")


class WorkPage(NamedTuple):
    """What a page says before its result: a title, what it is about, and what is done."""

    title: str
    text: str
    intro: str


class WorkSteps:
    """The step that a thread is at; told by the thread, read by the event loop."""

    def __init__(self) -> None:
        self.text = ""
        self._left = Event()
        self._begun = monotonic()

    def leave(self) -> None:
        """Nobody waits any more."""
        self._left.set()

    def progress(self, step: str, done: int, total: int) -> None:
        """Note a step. Raises ReplayEndedError when nobody waits, or it takes too long."""
        if self._left.is_set():
            raise ReplayEndedError("nobody waits for it any more")
        if monotonic() - self._begun > WEB_SECONDS:
            raise ReplayEndedError(
                f"it took longer than {WEB_SECONDS:.0f} s; `recirc rule replay` and `recirc rule price` "
                "on the command line have no limit"
            )
        share = f": {100 * done // total} %" if total > 1 else ""
        self.text = f"{step[:1].upper()}{step[1:]}{share}"


def streamed(
    desk: Desk,
    request: HttpRequest,
    visitor: Visitor,
    page: WorkPage,
    work: Callable[[Progress], Result],
    shown: Callable[[Result], str],
) -> Response:
    """A page that does some work while it is sent, in the thread for replays.

    Args:
        desk, request, visitor: whose page it is.
        page: what it says before.
        work: the work; receives the function that is to be told of each step.
        shown: HTML of the result.
    """
    mark = token_hex(16)
    frame = desk.page(request, visitor, "working.html", mark=mark, **page._asdict())
    head, tail = bytes(frame.body).decode().split(mark)

    async def content() -> AsyncIterator[str]:
        steps = WorkSteps()
        working = asyncio.ensure_future(desk.web.pools.replays.run(work, steps.progress))
        yield head
        try:
            told = ""
            while not working.done():
                if steps.text != told:
                    told = steps.text
                    yield f"<p>{escape(told)}</p>\n"
                await asyncio.wait((working,), timeout=LOOK_SECONDS)
            result, done = await _result(desk, working, shown)
            # The steps are a live region, the result is not: its tables would be read out whole.
            yield f"<p>{'Done: the result is below' if done else 'Ended without a result'}.</p></div>{result}{tail}"
        finally:
            steps.leave()
            working.cancel()

    # Not compressed: a compressed page would come at its end.
    headers = {"Cache-Control": "no-store", "Content-Encoding": "identity", "X-Accel-Buffering": "no"}
    return StreamingResponse(content(), media_type="text/html", headers=headers)


async def _result(
    desk: Desk, working: "asyncio.Future[Result]", shown: Callable[[Result], str]
) -> tuple[str, bool]:
    """HTML of the result, or of why there is none; and whether there is one."""
    try:
        return await desk.run(shown, await working), True
    except (ProblemError, StoreError, ReplayEndedError) as error:
        text = str(error).rstrip(".")
    except Exception:  # the page has begun: its error can only be said in it
        logger.exception("work for a page of the desk failed")
        text = "This failed here; the server's log says why"
    return f'<p class="wrong" role="alert">{escape(text[:1].upper() + text[1:])}.</p>', False


def rendered(desk: Desk, request: HttpRequest, visitor: Visitor, template: str, **context: Any) -> str:
    """A part of a page of the desk."""
    return desk.web.renderer.render(
        f"desk/{template}", site=desk.site(request), visitor=visitor, share=share, **context
    )
