"""What was looked at inside a run's network, kept on disk so that every later page shows it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from convlens.errors import ConvlensError
from convlens.files import read_json, replace_folder, write_bytes, write_json
from convlens.report.blocks import TableView
from convlens.report.plates import Band, Exhibit, Frame, Plate
from convlens.report.scales import Scale
from convlens.workflows.audit_files import safe_name, whose
from convlens.workflows.subjects import Subject

INDEX = "exhibits.json"

Json = Mapping[str, Any]


def write_exhibits(
    folder: Path, subject: Subject, exhibits: Sequence[Exhibit], numbers: Json, files: Mapping[str, bytes]
) -> tuple[Path, ...]:
    """Replace a folder by these exhibits, all or nothing; give the files that lie in it then.

    Args:
        folder: of one command: `explain/seen` in a run's folder.
        numbers: what is told besides, as plain values.
        files: tables and pictures that lie beside, by name.
    """

    def fill(place: Path) -> None:
        told = [_exhibit(place, number, exhibit) for number, exhibit in enumerate(exhibits, start=1)]
        for name, content in files.items():
            write_bytes(place / name, content)
        write_json(place / INDEX, {**whose(subject), **numbers, "exhibits": told})

    replace_folder(folder, fill)
    return tuple(sorted(folder.iterdir()))


def kept_exhibits(subject: Subject) -> tuple[Exhibit, ...]:
    """Read all exhibits in a run's folder that are about these very weights."""
    return () if subject.run is None else exhibits_in(subject.run.path / "explain", subject.digest)


def exhibits_in(folder: Path, digest: str) -> tuple[Exhibit, ...]:
    """Read all exhibits in a folder that are about the weights with that digest; none without one."""
    if not digest:
        return ()
    return tuple(exhibit for index in sorted(folder.glob(f"[!.]*/{INDEX}")) for exhibit in read_exhibits(index, digest))


def read_exhibits(index: Path, digest: str) -> Iterator[Exhibit]:
    """Read the exhibits of one command, if they are about the weights with that digest.

    Raises:
        ConvlensError: the files are damaged; the sentence says which to remove.
    """
    content = read_json(index)
    try:
        if content["weights_sha256"] == digest:
            yield from [_read(index.parent, one) for one in content["exhibits"]]
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ConvlensError(
            f"what was seen inside the network cannot be read from {str(index)!r} ({error!r}); "
            f"remove the folder {str(index.parent)!r} and run `convlens explain` again"
        ) from error


def _exhibit(place: Path, number: int, exhibit: Exhibit) -> Json:
    plates = [_plate(place, f"{number:02}-{at:02}", plate) for at, plate in enumerate(exhibit.plates, start=1)]
    return {"title": exhibit.title, "said": list(exhibit.said), "plates": plates}


def _plate(place: Path, number: str, plate: Plate) -> Json:
    bands = []
    for at, band in enumerate(plate.bands, start=1):
        part = f"-{at}" if len(plate.bands) > 1 else ""
        name = f"{number}-{safe_name(plate.name)[:60]}{part}.png"
        write_bytes(place / name, band.png)
        bands.append(
            {
                "file": name,
                "columns": band.columns,
                "pitch": list(band.pitch),
                "zoom": list(band.zoom),
                "names": list(band.names),
                "heads": list(band.heads),
                "frames": [[one.cell, one.top, one.left, one.height, one.width] for one in band.frames],
            }
        )
    table, scale = plate.table, plate.scale
    return {
        "name": plate.name,
        "caption": plate.caption,
        "scale": None
        if scale is None
        else {"meaning": scale.meaning, "limit": scale.limit, "exceeded": scale.exceeded},
        "bands": bands,
        "table": None
        if table is None
        else {"caption": table.caption, "heads": list(table.heads), "rows": [list(row) for row in table.rows]},
    }


def _read(place: Path, told: Json) -> Exhibit:
    return Exhibit(told["title"], tuple(told["said"]), tuple(_read_plate(place, one) for one in told["plates"]))


def _read_plate(place: Path, told: Json) -> Plate:
    scale, table = told["scale"], told["table"]
    return Plate(
        told["name"],
        tuple(_read_band(place, one) for one in told["bands"]),
        told["caption"],
        None if scale is None else Scale(scale["meaning"], float(scale["limit"]), bool(scale["exceeded"])),
        None
        if table is None
        else TableView(table["caption"], tuple(table["heads"]), tuple(tuple(row) for row in table["rows"])),
    )


def _read_band(place: Path, told: Json) -> Band:
    (down, across), (tall, wide) = told["pitch"], told["zoom"]
    return Band(
        (place / Path(told["file"]).name).read_bytes(),
        int(told["columns"]),
        (int(down), int(across)),
        (float(tall), float(wide)),
        tuple(told["names"]),
        tuple(told["heads"]),
        tuple(Frame(int(one[0]), *map(float, one[1:])) for one in told["frames"]),
    )
