"""Saliency maps of a run's network, kept on disk so that every later page shows them."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from convlens.errors import ConvlensError
from convlens.explain.saliency.pictures import PictureMaps, picture_maps
from convlens.files import read_json, replace_folder, write_bytes, write_json, write_text
from convlens.report.figures import saliency_map
from convlens.report.svg import alone
from convlens.workflows.audit_files import whose
from convlens.workflows.subjects import Subject

INDEX = "saliency.json"
FOLDER = Path("explain") / "saliency"
"""Where a run keeps them."""


def write_maps(folder: Path, subject: Subject, pictures: Sequence[PictureMaps]) -> tuple[Path, ...]:
    """Replace a folder by these maps, all or nothing: numbers as JSON, arrays as .npz, each map with its checks as SVG.

    Gives the files that lie in it then.
    """

    def fill(place: Path) -> None:
        for number, one in enumerate(pictures, start=1):
            content = io.BytesIO()
            np.savez_compressed(content, **one.arrays())  # type: ignore[arg-type]
            write_bytes(place / f"{number:02}.npz", content.getvalue())
            for map_ in one.maps:
                drawn = saliency_map(one.picture, map_, one.class_name)
                write_text(place / f"{number:02}-{map_.map.method}.svg", alone(drawn))
        write_json(place / INDEX, {**whose(subject), "pictures": [one.to_json(curves=False) for one in pictures]})

    replace_folder(folder, fill)
    return tuple(sorted(folder.iterdir()))


def kept_maps(subject: Subject) -> tuple[PictureMaps, ...]:
    """Read the maps in a run's folder, if they are of these very weights.

    Raises:
        ConvlensError: the files are damaged; the sentence says which to remove.
    """
    return () if subject.run is None else maps_in(subject.run.path / FOLDER, subject.digest)


def maps_in(folder: Path, digest: str) -> tuple[PictureMaps, ...]:
    """Read the maps in a folder, if they are of the weights with that digest; none without one.

    Raises:
        ConvlensError: the files are damaged; the sentence says which to remove.
    """
    index = folder / INDEX
    return tuple(_read(index, digest)) if digest and index.is_file() else ()


def _read(index: Path, digest: str) -> Iterator[PictureMaps]:
    content = read_json(index)
    try:
        if content["weights_sha256"] != digest:
            return
        for number, told in enumerate(content["pictures"], start=1):
            with np.load(index.parent / f"{number:02}.npz", allow_pickle=False) as arrays:
                yield picture_maps(told, dict(arrays))
    except (KeyError, TypeError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise ConvlensError(
            f"the saliency maps cannot be read from {str(index)!r} ({error!r}); remove the folder "
            f"{str(index.parent)!r} and run `convlens explain … --saliency all` again"
        ) from error
