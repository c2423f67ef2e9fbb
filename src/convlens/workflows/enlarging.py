"""Whether pictures had to be enlarged for windows to move over them: what moves in is then no real surrounding."""

from pathlib import Path

import numpy as np

from convlens.data.archives import is_archive, read_archive
from convlens.data.decoding import UnreadableError, read_header
from convlens.data.fitting import Fit, Size
from convlens.data.listing import list_glob, pictures_below
from convlens.data.load import load
from convlens.data.sources import DATASETS
from convlens.workflows.subjects import Subject

LOOKED_AT = 500
"""So many pictures of a folder are asked for their size, spread evenly over it."""


def enlarged(subject: Subject, data: str | None, size: Size, radius: int) -> tuple[str, ...]:
    """Say so when pictures were enlarged to be larger than a network reads them; nothing when none was.

    Args:
        data: where the pictures are from; the run's own when None.
        size: height and width to which they were brought.
        radius: of the windows' moves, in pixels.
    """
    settings = subject.settings
    source = data or (settings.data if settings is not None else "")
    fit: Fit = settings.fit if settings is not None else "crop"
    sizes = own_sizes(source, settings.data_dir if settings is not None else "")
    small = [one for one in sizes if _grows(one, size, fit)]
    if not small:
        return ()
    window = f"{size[0] - 2 * radius}×{size[1] - 2 * radius}"
    alike = len(set(sizes)) == 1
    which = (
        f"the pictures have {small[0][0]}×{small[0][1]} pixels"
        if alike
        else (f"{len(small)} of {len(sizes)} pictures that were looked at are too small")
    )
    told = (
        f"{which}: for windows of {window} that move by {radius} px they were enlarged to {size[0]}×{size[1]}, so the "
        "network sees cut-outs of blown-up pictures; take larger pictures, or another --border"
    )
    return (told,)


def own_sizes(source: str, data_dir: str = "") -> tuple[Size, ...]:
    """Give height and width of the pictures of a source as they are stored: once where all are alike, else of some.

    Args:
        data_dir: where the files of named data sets lie; "" looks in the usual places.
    """
    place = Path(source).expanduser()
    if source in DATASETS:
        return (load(source, data_dir=Path(data_dir) if data_dir else None).train.size,)
    if is_archive(place) and place.is_file():
        height, width = read_archive(place).images.shape[1:3]
        return ((height, width),)
    if place.is_dir():
        paths = pictures_below(place)
    else:
        paths = [place] if place.exists() else [one.path for one in list_glob(str(place)).found]
    chosen = np.unique(np.linspace(0, len(paths) - 1, LOOKED_AT).astype(int)) if paths else ()
    return tuple(size for number in chosen if (size := _size_of(paths[number])) is not None)


def _size_of(path: Path) -> Size | None:
    try:
        return read_header(path).size
    except UnreadableError:
        return None


def _grows(own: Size, size: Size, fit: Fit) -> bool:
    """Say whether a picture is scaled up to a size: along an axis, or, when it keeps its proportions, along both."""
    ratios = size[0] / own[0], size[1] / own[1]
    return (min(ratios) if fit == "pad" else max(ratios)) > 1
