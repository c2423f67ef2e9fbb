"""Where and with what a run was made."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = (
    "convlens",
    "torch",
    "lightning-fabric",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "scipy",
    "safetensors",
)


def environment(cpu_flags: Sequence[str], threads: int, data: dict[str, Any]) -> dict[str, Any]:
    """Give versions, processor, threads and the description of the data, ready for JSON; no host or user name."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "packages": {name: _version(name) for name in PACKAGES},
        "cores": os.cpu_count(),
        "threads": threads,
        "cpu_flags": list(cpu_flags),
        "data": data,
    }


def _version(package: str) -> str:
    """Give an installed version; a package under another name, such as OpenCV with windows, is no reason to fail."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
