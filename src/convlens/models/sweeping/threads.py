"""Parts of a work side by side, each on one core from its first operation to its last."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import torch

Part = TypeVar("Part")


def side_by_side(work: Callable[[Part], None], parts: Sequence[Part], threads: int) -> None:
    """Do a work for each part, up to `threads` of them at a time.

    torch splits each operation among its threads, and all of them wait for the last one, where maps are small many
    times a millisecond. Here each thread has a part of its own and waits for nobody. Afterwards torch's number of
    threads is what it was.
    """
    threads = min(threads, len(parts))
    if threads < 2 or not _may_differ():
        for part in parts:
            work(part)
        return
    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            for _ in pool.map(work, parts):
                pass
    finally:
        torch.set_num_threads(before)


@cache
def _may_differ() -> bool:
    """Say whether a thread may have another number of torch's threads than the others: under OpenMP, at any time."""
    return "ATen parallel backend: OpenMP" in torch.__config__.parallel_info()
