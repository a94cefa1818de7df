"""The time between SIGTERM and the end of a server, in which a proxy learns to send its requests elsewhere."""

import mmap
import os
import signal
from threading import Timer


class Drain:
    """Delays SIGTERM by some seconds, and tells all workers at once; shared by fork."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._memory = mmap.mmap(-1, 1)  # a byte, which a signal's handler can write at any moment

    def is_under_way(self) -> bool:
        """Whether the server is about to stop."""
        return self._memory[0] != 0

    def before_end(self) -> None:
        """Take SIGTERM in this process before the one who has it now; a second one passes through at once."""
        if not self._seconds:
            return
        ending = signal.getsignal(signal.SIGTERM)

        def drain(_number: int, _frame: object) -> None:
            self._memory[0] = 1
            signal.signal(signal.SIGTERM, ending)
            timer = Timer(self._seconds, os.kill, (os.getpid(), signal.SIGTERM))
            timer.daemon = True
            timer.start()

        signal.signal(signal.SIGTERM, drain)
