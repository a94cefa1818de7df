"""Heartbeats of the workers: one whose event loop hangs is killed, so that it is replaced.

Each worker writes the time into memory that all processes share, from its event loop. The server's first process reads
it; a hung worker may hold Python's lock for ever, so nothing within it could notice.
"""

import asyncio
import faulthandler
import mmap
import multiprocessing
import os
import signal
import struct
import sys
import time
from contextlib import suppress
from threading import Thread

BEAT_SECONDS = 0.5
TRACE_SECONDS = 0.5
"""Time for a hung worker to print where it hangs, before it is killed."""
SLOTS = 256
"""Heartbeats in the shared memory; a slot of a process that has ended is used again."""

_SLOT = struct.Struct("=qd")  # process id, 0: free; time of the last beat in s of the monotonic clock


class Heartbeats:
    """The last heartbeat of each worker, in memory that is shared by fork; `hang_seconds` without one: it hangs."""

    def __init__(self, hang_seconds: float) -> None:
        self._hang_seconds = hang_seconds
        self._memory = mmap.mmap(-1, SLOTS * _SLOT.size)
        self._lock = multiprocessing.Lock()

    async def beat(self) -> None:
        """Beat from the event loop of this worker, for ever."""
        faulthandler.register(signal.SIGUSR1, all_threads=True)
        slot = self._free_slot()
        try:
            while True:
                self._write(slot, os.getpid(), time.monotonic())
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            self._write(slot, 0, 0.0)

    def watch(self) -> None:
        """Kill the workers that hang, in a background thread as long as this process runs."""
        Thread(target=self._watch, name="heartbeats", daemon=True).start()

    def hung(self, now: float) -> list[int]:
        """Process ids of the workers without a heartbeat for too long; `now` in s of the monotonic clock."""
        slots = [_SLOT.unpack_from(self._memory, slot * _SLOT.size) for slot in range(SLOTS)]
        return [process for process, beat in slots if process and now - beat > self._hang_seconds]

    def forget(self, process: int) -> None:
        """Free the slot of a process that has ended."""
        for slot in range(SLOTS):
            if _SLOT.unpack_from(self._memory, slot * _SLOT.size)[0] == process:
                self._write(slot, 0, 0.0)

    def _watch(self) -> None:
        checked = time.monotonic()
        suspects: set[int] = set()
        while True:
            time.sleep(BEAT_SECONDS)  # a heartbeat that is missing wakes nobody
            now = time.monotonic()
            # If this process was stopped too (a paused container), the workers get the time to go on.
            found = set(self.hung(now)) if now - checked < 4 * BEAT_SECONDS else set()
            for process in found & suspects:
                self._kill(process)
            suspects, checked = found, time.monotonic()

    def _kill(self, process: int) -> None:
        print(
            f"recirc: worker {process} did not respond for {self._hang_seconds:g} s and is replaced; "
            "below is where it was",
            file=sys.stderr,
            flush=True,
        )
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGUSR1)
            time.sleep(TRACE_SECONDS)
            os.kill(process, signal.SIGKILL)
        self.forget(process)

    def _free_slot(self) -> int:
        with self._lock:
            for slot in range(SLOTS):
                process, _ = _SLOT.unpack_from(self._memory, slot * _SLOT.size)
                if not process or not _runs(process):
                    self._write(slot, os.getpid(), time.monotonic())
                    return slot
        raise RuntimeError(f"more than {SLOTS} workers run")

    def _write(self, slot: int, process: int, beat: float) -> None:
        _SLOT.pack_into(self._memory, slot * _SLOT.size, process, beat)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
