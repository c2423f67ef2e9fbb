"""Keep freed memory in the process, so that the next batch does not pay for it again."""

import ctypes
import sys

_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3


def keep_memory() -> bool:
    """Tell the C library to keep large freed blocks instead of handing them back; say whether it listened.

    glibc returns every block above 32 MB at once, so each batch faults its activations in again, page by page, which
    for large batches takes about as long as the convolutions. The process keeps its peak memory instead. Only glibc
    is told; elsewhere nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(tell(_MMAP_THRESHOLD, 1 << 30)) and bool(tell(_TRIM_THRESHOLD, (1 << 31) - 1))
