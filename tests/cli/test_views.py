"""Which view of a network's inside the options of `convlens explain` ask for."""

from itertools import combinations

import pytest

from convlens.cli.views import Asked, view_of
from convlens.errors import SettingsError

VALUES = {
    "unit": "conv1:0,5,5", "steps": True, "python": True, "saliency": "all", "target": "o", "layer": "conv1",
    "filter": 0, "images": "o", "field": True,
}  # fmt: skip

TOGETHER = {
    ("unit", "python"): "unit",
    ("unit", "field"): "field of a unit",
    ("steps", "python"): "steps",
    ("saliency", "target"): "saliency",
    ("saliency", "layer"): "saliency",
    ("layer", "filter"): "seen",
    ("layer", "images"): "seen",
    ("filter", "images"): "seen",
    ("layer", "field"): "field",
}


@pytest.mark.parametrize(
    ("given", "view"),
    [
        ((), "seen"),
        (("layer",), "seen"),
        (("filter",), "seen"),
        (("unit",), "unit"),
        (("python",), "steps"),
        (("field",), "field"),
        (("saliency", "target", "layer"), "saliency"),
        *TOGETHER.items(),
    ],
)
def test_what_is_given_chooses_the_view(given, view):
    pictures = () if view == "field" else ("3",)
    assert view_of(Asked("runs/latest", pictures, **{name: VALUES[name] for name in given})) == view


@pytest.mark.parametrize("pair", [pair for pair in combinations(VALUES, 2) if pair not in TOGETHER])
def test_two_options_of_different_views_are_refused(pair):
    if set(pair) == {"target", "layer"}:  # both steer saliency maps, which are not asked for
        told = "--target is the class that --saliency explains"
    else:
        told = f"--{min(pair)} and --{max(pair)} ask for different things"
    with pytest.raises(SettingsError, match=told):
        view_of(Asked("runs/latest", ("3",), **{name: VALUES[name] for name in pair}))


def test_a_target_alone_asks_for_nothing():
    with pytest.raises(SettingsError, match="add --saliency all"):
        view_of(Asked("runs/latest", ("3",), target="o"))


def test_numbers_are_printed_as_python_or_as_json():
    with pytest.raises(SettingsError, match="--python and --json ask for different things"):
        view_of(Asked("runs/latest", ("3",), steps=True, python=True, as_json=True))


def test_blocks_is_a_page_that_looks_at_no_picture():
    assert view_of(Asked("blocks", to="page.html")) == "blocks"
    with pytest.raises(SettingsError, match="a page of worked examples and looks at no picture; leave out --unit"):
        view_of(Asked("blocks", unit="conv1:0,0,0"))
    with pytest.raises(SettingsError, match="looks at no picture; leave out '7'"):
        view_of(Asked("blocks", ("7",)))


def test_a_run_that_is_called_blocks_goes_before_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blocks").mkdir()
    assert view_of(Asked("blocks", ("3",), steps=True)) == "steps"


def test_a_picture_beside_a_field_over_many_is_refused_and_not_ignored():
    with pytest.raises(SettingsError, match=r"--field alone is about many test pictures, and '7' .* add --unit LAYER"):
        view_of(Asked("runs/latest", ("7",), field=True))
    assert view_of(Asked("runs/latest", ("7",), field=True, unit="conv1:0,0,0")) == "field of a unit"


@pytest.mark.parametrize(
    ("pictures", "told"),
    [
        ((), "name a picture: a file, or the number of a test picture"),
        (("1", "2", "3"), "one picture at a time; got 3"),
    ],
)
def test_numbers_are_those_of_one_picture(pictures, told):
    assert Asked("runs/latest", ("7",)).picture == "7"
    with pytest.raises(SettingsError, match=told):
        _ = Asked("runs/latest", pictures).picture
