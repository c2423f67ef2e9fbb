"""What was seen comes back from disk as it was, and only for the weights that it is about."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convlens.errors import ConvlensError
from convlens.report.atlas import map_atlas
from convlens.report.blocks import TableView
from convlens.report.plate_markup import svg
from convlens.report.plates import Band, Exhibit, Frame, Plate
from convlens.report.scales import Scale
from convlens.workflows.exhibits import INDEX, kept_exhibits, write_exhibits
from convlens.workflows.subjects import Subject, trained


def exhibits() -> tuple[Exhibit, ...]:
    scale = Scale("signed", 1.5, exceeded=True)
    maps = np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 2, 2)
    band = Band(map_atlas(maps, scale, 2), 2, (3, 3), (4.0, 5.0), ("0", "2"), ("a", "b"), (Frame(1, 0.5, 0, 1, 2),))
    table = TableView("Numbers", ("a", "b"), (("1", "2"),))
    maps_plate = Plate("Maps of a/b: 1", (band, replace(band, names=())), "Seen.", scale, table)
    return Exhibit("First", ("Look.",), (maps_plate,)), Exhibit("Second", (), (Plate("p", (band,), "P."),))


@pytest.fixture
def subject(xo_run: Path) -> Subject:
    return trained(xo_run)


def place(subject: Subject) -> Path:
    assert subject.run is not None
    return subject.run.path / "explain" / "seen"


def test_what_is_written_is_read_again(subject: Subject) -> None:
    write_exhibits(place(subject), subject, exhibits(), {"layer": "conv1"}, {"maps.csv": b"a\n1\n"})
    kept = kept_exhibits(subject)
    assert [(one.title, one.said) for one in kept] == [("First", ("Look.",)), ("Second", ())]
    for one, other in zip(exhibits(), kept, strict=True):
        for plate, again in zip(one.plates, other.plates, strict=True):
            assert svg(plate) == svg(again)
            assert plate.table == again.table
            assert plate.scale == again.scale
    content = json.loads((place(subject) / INDEX).read_text())
    assert (content["layer"], content["weights_sha256"]) == ("conv1", subject.digest)


def test_every_band_is_a_picture_file_of_its_own(subject: Subject) -> None:
    files = write_exhibits(place(subject), subject, exhibits(), {}, {"maps.csv": b"a\n1\n"})
    assert [path.name for path in files] == [
        "01-01-Maps-of-a-b--1-1.png", "01-01-Maps-of-a-b--1-2.png", "02-01-p.png", INDEX, "maps.csv",
    ]  # fmt: skip
    assert files[0].read_bytes() == exhibits()[0].plates[0].bands[0].png


def test_what_was_seen_before_is_replaced(subject: Subject) -> None:
    write_exhibits(place(subject), subject, exhibits(), {}, {"old.csv": b""})
    write_exhibits(place(subject), subject, exhibits()[:1], {}, {})
    assert [one.title for one in kept_exhibits(subject)] == ["First"]
    assert not (place(subject) / "old.csv").exists()


def test_weights_that_were_trained_on_are_not_those_that_were_seen(subject: Subject) -> None:
    write_exhibits(place(subject), subject, exhibits(), {}, {})
    assert kept_exhibits(replace(subject, digest="0" * 64)) == ()
    assert kept_exhibits(replace(subject, run=None)) == ()


def test_a_run_that_was_not_looked_into_shows_nothing(subject: Subject) -> None:
    assert kept_exhibits(subject) == ()


@pytest.mark.parametrize("damage", ["picture", "key"])
def test_a_damaged_folder_is_named_with_what_to_do(subject: Subject, damage: str) -> None:
    write_exhibits(place(subject), subject, exhibits(), {}, {})
    if damage == "picture":
        (place(subject) / "02-01-p.png").unlink()
    else:
        index = place(subject) / INDEX
        index.write_text(index.read_text().replace('"caption"', '"captain"'))
    with pytest.raises(ConvlensError, match=r"remove the folder .* and run `convlens explain` again"):
        kept_exhibits(subject)


def test_a_file_outside_the_folder_is_not_read(subject: Subject, tmp_path: Path) -> None:
    write_exhibits(place(subject), subject, exhibits(), {}, {})
    shutil.copy(place(subject) / "02-01-p.png", tmp_path / "secret.png")
    index = place(subject) / INDEX
    index.write_text(index.read_text().replace("02-01-p.png", str(tmp_path / "secret.png")))
    with pytest.raises(ConvlensError):
        kept_exhibits(subject)
