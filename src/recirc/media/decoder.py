"""Decodes pictures in a process of its own: one that is made to exhaust memory or to crash a decoder ends only that."""

import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from threading import Lock, Thread
from types import TracebackType
from typing import Final, Self

from recirc.media.variants import PictureError, PictureFiles, variants

MEMORY_BYTES: Final = 2_000_000_000
"""Address space of the decoder's process."""

SECONDS: Final = 30.0
"""Longest time for one picture, after which its process is ended."""

PICTURES: Final = 200
"""Pictures after which the process is replaced, so that what a decoder leaks does not add up."""


class PictureDecoder:
    """Makes the files of pictures, one at a time. The process starts with the first one. Thread-safe."""

    def __init__(self, most_megapixels: float, *, seconds: float = SECONDS) -> None:
        self._most_megapixels = most_megapixels
        self._seconds = seconds
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def variants(self, content: bytes, focus: tuple[float, float] = (0.5, 0.5)) -> PictureFiles:
        """The files of a picture; see `variants.variants`.

        Raises:
            PictureError: it cannot be shown, takes too long, or ended the process that decoded it.
        """
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    1,
                    get_context("spawn"),
                    initializer=_bounded,
                    initargs=(os.getpid(),),
                    max_tasks_per_child=PICTURES,
                )
            try:
                made = self._pool.submit(
                    variants, content, most_megapixels=self._most_megapixels, focus=focus
                )
                return made.result(self._seconds)
            except PictureError:
                raise
            except TimeoutError:
                self._end()
                raise PictureError(f"decoding it took more than {self._seconds:g} s") from None
            except (BrokenProcessPool, OSError, MemoryError):
                self._end()
                raise PictureError("decoding it ended the decoder, perhaps out of memory") from None

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((pool._processes or {}).values())  # there is no public way to end one that hangs
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
            process.join()


def _bounded(parent: int) -> None:
    """Bound what this process may use, let everything else go first, and end it with its parent."""
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    os.nice(15)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)  # a killed parent gives no notice
    os._exit(1)
