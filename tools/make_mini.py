"""Make the files of `fashion-mnist-mini`, the part of Fashion-MNIST that is shipped in the package.

Usage: python tools/make_mini.py [DATA_DIR]
"""

import lzma
import sys
from pathlib import Path

import numpy as np

from convlens.data.dataset import Dataset
from convlens.data.fashion import MINI, PREFIXES
from convlens.data.idx import Array, write_idx
from convlens.data.load import load
from convlens.files import write_bytes

SEED = 0
COUNTS = {"train": 6000, "test": 1000}


def main(data_dir: Path | None) -> None:
    """Write the four files and print their sizes."""
    splits = load("fashion-mnist", data_dir=data_dir)
    for part in splits.parts():
        chosen = part.take(COUNTS[part.split], seed=SEED)
        for kind, array in _arrays(chosen).items():
            path = MINI / f"{PREFIXES[part.split]}-{kind}-ubyte.xz"
            write_bytes(path, lzma.compress(write_idx(array), preset=9 | lzma.PRESET_EXTREME))
            print(f"{path.name:32} {path.stat().st_size:>9,} bytes")


def _arrays(dataset: Dataset) -> dict[str, Array]:
    return {"images-idx3": dataset.images[..., 0], "labels-idx1": dataset.labels.astype(np.uint8)}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
