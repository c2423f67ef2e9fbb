"""Where the four files of Fashion-MNIST are found, and how they are known to be the right ones.

The checksums are those of the unpacked content: Debian packs the same bytes otherwise than the publisher.

Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms", arXiv:1708.07747. Copyright 2017 Zalando SE, MIT licence.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np

from convlens.data.dataset import Dataset
from convlens.data.idx import Array, idx_content, parse_idx, unpacked
from convlens.errors import DataError
from convlens.files import sha256, write_bytes

CLASS_NAMES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
HOME = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
SYSTEM = Path("/usr/share/datasets/fashion-mnist")
MINI = Path(__file__).parent / "mini"

CHECKSUMS = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
PREFIXES = {"train": "train", "test": "t10k"}

Arrays: TypeAlias = dict[str, Array]
"""The four arrays by file name, without the ending."""

_REMEDY = (
    "install Debian's package with `apt install dataset-fashion-mnist`, give the folder of the four files with "
    "--data-dir, or use the smaller set that is built in, fashion-mnist-mini"
)


def find_fashion_mnist(
    data_dir: Path | None, cache: Path, *, system: Path = SYSTEM, home: str = HOME
) -> tuple[Arrays, str, tuple[str, ...]]:
    """Give the four arrays, the place they came from, and notes for the user.

    Looked for in `data_dir` (or in folders of it where other tools keep them), in `cache`, in `system`; then
    downloaded from `home` into `cache`. A damaged file in the cache is removed and replaced, one of the user's is
    refused and left alone.

    Raises:
        DataError: a file of the user's is damaged or missing beside others, or the download failed.
    """
    if data_dir is not None:
        if not data_dir.is_dir():
            raise DataError(f"there is no folder {str(data_dir)!r}; give the folder of the four Fashion-MNIST files")
        for inside in (".", "fashion-mnist", "FashionMNIST/raw"):
            if paths := _files_in(data_dir / inside):
                return _read(paths), str(data_dir / inside), ()
    cached, notes = _from_cache(cache)
    if len(cached) == len(CHECKSUMS):
        return cached, str(cache), notes
    if paths := _files_in(system):
        return _read(paths), str(system), notes
    fetched = {stem: _downloaded(stem, cache, home) for stem in CHECKSUMS if stem not in cached}
    return cached | fetched, home, notes


def as_dataset(arrays: Arrays, split: str, name: str) -> Dataset:
    """Make one split, "train" or "test", of the arrays."""
    images = arrays[f"{PREFIXES[split]}-images-idx3-ubyte"]
    labels = arrays[f"{PREFIXES[split]}-labels-idx1-ubyte"]
    return Dataset(images[..., None], labels.astype(np.int64), CLASS_NAMES, name, split)


def mini_arrays(folder: Path = MINI) -> Arrays:
    """Read the part of Fashion-MNIST that is shipped with the package."""
    return {stem: parse_idx(idx_content(folder / f"{stem}.xz"), f"{stem}.xz") for stem in CHECKSUMS}


def _files_in(folder: Path) -> dict[str, Path]:
    """Give the four files of `folder` by name, packed or not; none at all when it holds none.

    Raises:
        DataError: it holds some of them but not all.
    """
    paths = {stem: path for stem in CHECKSUMS for path in (folder / stem, folder / f"{stem}.gz") if path.is_file()}
    missing = [stem for stem in CHECKSUMS if stem not in paths]
    if missing and paths:
        raise DataError(f"{folder} holds only a part of Fashion-MNIST; add {', '.join(missing)} (or these as .gz)")
    return paths


def _from_cache(cache: Path) -> tuple[Arrays, tuple[str, ...]]:
    """Read the sound files of our cache and remove the others."""
    arrays: Arrays = {}
    notes: list[str] = []
    for stem in CHECKSUMS:
        path = cache / f"{stem}.gz"
        if path.is_file():
            try:
                arrays[stem] = _checked(idx_content(path), stem, str(path))
            except DataError as error:
                path.unlink()
                notes.append(f"a damaged file was removed from the cache: {error}")
    return arrays, tuple(notes)


def _read(paths: dict[str, Path]) -> Arrays:
    return {stem: _checked(idx_content(path), stem, str(path)) for stem, path in paths.items()}


def _checked(content: bytes, stem: str, name: str) -> Array:
    """Parse content before comparing its checksum, so that a truncated file is called truncated."""
    array = parse_idx(content, name)
    if (came := sha256(content)) != CHECKSUMS[stem]:
        raise DataError(
            f"{name} is not the Fashion-MNIST file it is named after: the SHA-256 of its unpacked content should "
            f"start with {CHECKSUMS[stem][:12]} but starts with {came[:12]}; replace or remove it"
        )
    return array


def _downloaded(stem: str, cache: Path, home: str) -> Array:
    """Fetch one file; it reaches the cache whole and checked, or not at all."""
    import pooch  # here, because listing the data sets should not wait for it

    url = f"{home.rstrip('/')}/{stem}.gz"
    fetch = pooch.HTTPDownloader(
        progressbar=True, chunk_size=2**16, timeout=(5, 20), headers={"Accept-Encoding": "identity"}
    )
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="convlens-") as folder:
            packed = Path(folder) / f"{stem}.gz"
            fetch(url, str(packed), None)
            content = packed.read_bytes()
    except (OSError, ValueError) as error:
        raise DataError(f"could not fetch {url} ({_innermost(error)}); {_REMEDY}") from error
    array = _checked(unpacked(content, url), stem, url)
    write_bytes(cache / f"{stem}.gz", content)
    return array


def _innermost(error: BaseException) -> str:
    """Give the system's own words for a network error that three libraries have wrapped."""
    inner = error
    while inner.__context__ is not None:
        inner = inner.__context__
    return getattr(inner, "strerror", None) or str(error)
