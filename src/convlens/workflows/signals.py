"""Ctrl-C and SIGTERM as a question that training asks after each batch."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = "interrupted"
TERMINATED = "terminated"
TIME_IS_UP = "the time budget is used up"


class Stop:
    """Whether to stop, and why; "" means go on."""

    def __init__(self, seconds: float | None = None) -> None:
        self.reason = ""
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def asked(self) -> str:
        """Give the reason to stop now, or ""."""
        if not self.reason and self._deadline is not None and time.monotonic() >= self._deadline:
            self.reason = TIME_IS_UP
        return self.reason


@contextmanager
def stopping(seconds: float | None = None) -> Iterator[Stop]:
    """Turn the first Ctrl-C or SIGTERM into `Stop.reason`; a second one ends the process as usual."""
    stop = Stop(seconds)
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    earlier = {number: signal.getsignal(number) for number in SIGNALS}

    def note(number: int, _: FrameType | None) -> None:
        stop.reason = INTERRUPTED if number == signal.SIGINT else TERMINATED
        for one in SIGNALS:
            signal.signal(one, signal.SIG_DFL)

    for number in SIGNALS:
        signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
