"""The counter at the door: keys for the calls that bring none.

It is the one hidden state of this floor (docs/architecture.md says why), kept beside the frozen settings and visible
as `augmenter.calls.made`.
"""

import functools
import itertools
import os
import secrets

from convlens.arrays import Keys
from convlens.rng import places

_serials = itertools.count()


class CallCounter:
    """How many calls came without keys, and the keys of the next one.

    Args:
        still: every call gets the keys of the next one and is not counted, so that it replays.
    """

    def __init__(self, *, still: bool = False) -> None:
        self.made = 0
        self.still = still
        # Two unseeded augmenters of one process must not draw alike.
        self._serial = next(_serials)

    def next_keys(self, seed: int | None, count: int) -> Keys:
        """Give the keys of the next call, for a plan to draw from; the same seed replays the same sequence of calls."""
        call = self.made
        self.made += not self.still
        if seed is None:
            return places(_entropy(os.getpid()), f"call of augmenter {self._serial}", call, count)
        return places(seed, "call", call, count)


@functools.cache
def _entropy(process: int) -> int:  # noqa: ARG001 (a forked process has another number, and so draws its own)
    return secrets.randbits(64)
