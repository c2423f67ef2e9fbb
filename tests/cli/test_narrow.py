"""A table on a narrow terminal: no number and no shape is broken, and nothing is lost."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.measures import to_json
from convlens.audit.shifts import grid
from convlens.audit.sweep import sweep
from convlens.cli import show
from convlens.cli.show.narrow import GAP, narrow, natural_width
from convlens.tables import Table
from convlens.workflows import summary

HEADS = ("layer", "output", "parameters", "multiply-adds")
ROWS = [
    ("conv1", "64×26×26", "64·(1·3·3) + 64 = 640", "389,376"),
    ("relu1", "64×26×26", "—", "—"),
    ("conv2", "128×11×11", "128·(64·3·3) + 128 = 73,856", "8,921,088"),
]
RIGHT = (False, True, False, True)


def lines(heads, rows, right, room):
    return [text for text, _ in narrow(heads, rows, right, room)]


def test_a_sentence_that_has_no_room_stands_beneath_its_row_by_hand():
    assert lines(HEADS, ROWS, RIGHT, 29) == [
        "                  multiply-",
        "layer     output       adds",
        "conv1   64×26×26    389,376",
        "    parameters: 64·(1·3·3) +",
        "      64 = 640",
        "relu1   64×26×26          —",
        "conv2  128×11×11  8,921,088",
        "    parameters: 128·(64·3·3)",
        "      + 128 = 73,856",
    ]


def test_columns_that_have_no_room_stand_in_a_block_of_their_own_with_the_names_of_the_rows():
    assert lines(("", "one", "other"), [("mean", "88.1 %", "9.5 %")], (False, True, True), 14) == [
        "         one",
        "mean  88.1 %",
        "",
        "      other",
        "mean  9.5 %",
    ]


def test_names_of_rows_are_folded_before_columns_are_parted():
    told = lines(("", "a"), [("same answer as not moved", "88.1 % (87–89)")], (False, True), 35)
    assert told == ["                                  a", "same answer as not   88.1 % (87–89)", "moved"]


def on_a_terminal(monkeypatch, columns):
    """Have the output of a command shown as on a terminal of so many columns."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))


def plain(capsys):
    """Give what was printed, without the marks for bold letters."""
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


words = st.text("abcxyz", min_size=1, max_size=9)
numbers = st.integers(0, 10**9).map("{:,}".format)
shapes = st.lists(st.integers(1, 999), min_size=2, max_size=3).map(lambda sides: "×".join(map(str, sides)))
sentences = st.lists(words, min_size=2, max_size=9).map(" ".join)
tables = st.integers(1, 5).flatmap(
    lambda rows: st.lists(
        st.sampled_from([numbers, shapes, sentences]).flatmap(
            lambda cells: st.lists(cells, min_size=rows, max_size=rows)
        ),
        min_size=1,
        max_size=6,
    )
)


@given(tables, st.integers(40, 120))
def test_every_word_and_number_is_there_whole_and_no_line_is_too_wide(columns, room):
    names = [f"row{number}" for number in range(len(columns[0]))]
    heads = ["name", *(f"head {number}" for number in range(len(columns)))]
    rows = list(zip(names, *columns, strict=True))
    told = lines(heads, rows, [False] * len(heads), room)
    printed = re.split(r"\s+", " ".join(told))
    for cell in (cell for row in rows for cell in row):
        for word in cell.split():
            assert word in printed
    assert max(map(len, told)) <= max(room, 2 * max(len(word) for word in printed) + GAP + 8)
    for place, column in enumerate(columns, start=1):
        if any(" " not in cell for cell in column):
            continue
        assert any(heads[place].split()[-1] in line for line in told)


@pytest.mark.parametrize(("gap", "width"), [(2, 16), (1, 14)])
def test_a_table_is_as_wide_as_its_longest_cells_and_the_blanks_between(gap, width):
    assert natural_width(("a", "b", "cc"), [("1234", "x", "1234567")], gap) == width


@pytest.mark.parametrize("columns", [80, 100, 130])
def test_the_layers_of_a_network_fit_the_terminal(monkeypatch, capsys, columns):
    table = summary("cnn")
    on_a_terminal(monkeypatch, columns)
    show.layers(table)
    out = plain(capsys)
    for whole in ("8,921,088", "128·(64·3·3) + 128 = 73,856", "128×11×11", "64×26×26"):
        assert whole in out
    assert max(map(len, out.splitlines())) <= columns


def audited(radius, saved=()):
    """An audit of 20 black pictures with a white pixel, which a model sees that looks at the upper left quarter."""
    images = np.zeros((20, 32, 32, 1), np.uint8)
    images[:, 16, 16] = 255
    labels = np.arange(20) % 2

    def predict(images):
        seen = images[:, :16, :16].any(axis=(1, 2, 3))
        return np.stack([~seen, seen], axis=1).astype(np.float32)

    told = to_json(sweep(predict, images, labels, ("no", "yes"), grid(radius), border="zeros", data="made"))
    return SimpleNamespace(result={"subject": "one", "weights": "none", **told}, saved=saved)


def plane(out):
    """Give the rows of a map of shifts, its heads first."""
    lines = out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.split()[:1] == ["px"])
    return [line.split() for line in lines[start:] if re.match(r" *(px|-?\d+) ", line)]


@pytest.mark.parametrize("columns", [60, 80])
def test_a_map_of_shifts_that_fits_with_less_room_between_is_whole(monkeypatch, capsys, columns):
    on_a_terminal(monkeypatch, columns)
    show.audit(audited(6))
    out = plain(capsys)
    assert plane(out)[0] == ["px", *map(str, range(-6, 7))]
    assert "has room" not in out


def test_a_map_that_does_not_fit_ends_where_it_does_and_says_where_the_rest_is(monkeypatch, capsys, tmp_path):
    (tmp_path / "map-accuracy.svg").write_text("<svg/>")
    on_a_terminal(monkeypatch, 60)
    show.audit(audited(12, (tmp_path,)))
    out = plain(capsys)
    (heads, *rows), told = plane(out), re.search(r"room for moves of up to (\d+) px; (.*) draws all", out)
    assert told is not None
    shown = int(told[1])
    assert heads == ["px", *map(str, range(-shown, shown + 1))]
    assert [row[0] for row in rows] == heads[1:]
    assert all(len(row) == len(heads) for row in rows)
    assert told[2] == str(tmp_path / "map-accuracy.svg")
    assert max(len(line) for line in out.splitlines() if re.match(r" *(px|-?\d+)( +\d+)+$", line)) <= 60


def test_a_map_in_a_file_is_whole_however_wide(capsys):
    show.audit(audited(15))
    heads, *rows = plane(plain(capsys))
    assert heads == ["px", *map(str, range(-15, 16))]
    assert len(rows) == 31


def of_one_picture():
    names = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Ankle boot", "Sneaker", "Sandal")
    columns = {"dx": [-1, 0, 1], "answer": [names[0], names[4], names[4]]}
    columns |= {name: [0.1, 0.25, 0.125] for name in names}
    winners = ((names[0], names[4], names[4]),) * 3
    return SimpleNamespace(
        subject="cnn",
        first_flip_px=1,
        notes=(),
        number=7,
        radius=1,
        border="zeros",
        true=names[4],
        table=Table(columns),
        winners=winners,
        saved=[],
    )


def test_the_names_of_classes_are_two_letters_on_a_narrow_terminal_and_explained(monkeypatch, capsys):
    on_a_terminal(monkeypatch, 60)
    show.one_image(of_one_picture())
    lines = plain(capsys).splitlines()
    assert lines[2].split() == ["px", "is", "Ts", "Tr", "Pu", "Dr", "An", "Sn", "Sa"]
    assert lines[4].split() == ["0", "An", *["25.0"] * 7]
    assert "Ts T-shirt/top" in lines[6]
    assert "Sa Sandal" in lines[6]


def test_the_whole_map_of_one_picture_is_in_its_figure(monkeypatch, capsys, tmp_path):
    found, saved = of_one_picture(), [tmp_path / f"image-7{end}" for end in ("-winners.svg", ".json")]
    found.radius, found.saved, found.winners = 20, saved, (("Ankle boot",) * 41,) * 41
    on_a_terminal(monkeypatch, 60)
    show.one_image(found)
    assert f"{saved[0]} draws all of them, up to 20 px" in plain(capsys)


def test_the_names_of_classes_are_whole_where_there_is_room(monkeypatch, capsys):
    on_a_terminal(monkeypatch, 120)
    show.one_image(of_one_picture())
    assert "T-shirt/top" in plain(capsys).splitlines()[2]
