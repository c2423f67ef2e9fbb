"""The built-in recipes, and how one is named: by name, by file, by expression."""

import numpy as np
import pytest

from convlens.augment.affine import Affine
from convlens.augment.catalogue import RECIPES
from convlens.augment.compose import Sequential
from convlens.augment.expressions import parse, spelled
from convlens.augment.flips import Fliplr
from convlens.augment.recipes import load_recipe
from convlens.augment.toml import to_toml
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(5, "augment", 1, np.arange(8))
every = pytest.mark.parametrize("name", RECIPES)


def pictures(side, channels):
    """Smooth pictures with something in the middle, as photographs have it."""
    rows, columns = np.mgrid[:side, :side] / side
    levels = 200 * np.exp(-8 * ((rows - 0.5) ** 2 + (columns - 0.4) ** 2)) + 30 * columns
    tints = np.linspace(1, 0.6, channels)
    return np.repeat((levels[..., None] * tints).astype(np.uint8)[None], 8, axis=0)


def test_there_are_four():
    assert list(RECIPES) == ["light", "shift", "standard", "strong"]


@every
def test_a_recipe_says_in_one_line_what_it_is_for(name):
    line = (RECIPES[name].__doc__ or "").splitlines()[0]
    assert line.endswith(".")
    assert ": " in line


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [28, 224])
@every
def test_every_recipe_changes_small_and_large_grey_and_coloured_pictures_each_in_its_own_way(name, side, channels):
    images = pictures(side, channels)
    changed = RECIPES[name]()(images=images, keys=KEYS)
    assert (changed.shape, changed.dtype) == (images.shape, images.dtype)
    assert len(np.unique(changed.reshape(8, -1), axis=0)) == 8


@pytest.mark.parametrize("channels", [1, 3])
@every
def test_a_picture_is_still_to_be_seen(name, channels):
    images = pictures(28, channels)
    for one in RECIPES[name]()(images=images, keys=KEYS):
        assert one.std() > images[0].std() / 4
        assert 20 < one.mean() < 200


def test_light_moves_no_pixel():
    # On a picture of two greys, whatever is done to light alone leaves two greys, in the same places.
    images = np.full((8, 28, 28, 1), 60, np.uint8)
    images[:, 5:9, 10:20] = 180
    for one in RECIPES["light"]()(images=images, keys=KEYS):
        assert np.unique(one).size == 2
        assert (one == one[6, 12]).sum() == (images[0] == 180).sum()


def test_nothing_is_mirrored_but_by_the_strong_recipe():
    assert [name for name in RECIPES if "Flip" in spelled(RECIPES[name]())] == ["strong"]


@every
def test_each_time_a_recipe_is_asked_for_it_counts_its_own_calls(name):
    assert RECIPES[name]().calls is not RECIPES[name]().calls


def test_a_recipe_is_named_by_name_by_expression_or_by_file(tmp_path):
    assert load_recipe("shift") == RECIPES["shift"]()
    assert load_recipe("Sequential([shift, Fliplr(0.5)])") == Sequential([RECIPES["shift"](), Fliplr(0.5)])
    file = tmp_path / "mine.toml"
    file.write_text(to_toml(Affine(rotate=(-5, 5))), encoding="utf-8")
    assert load_recipe(str(file)) == load_recipe(file) == Affine(rotate=(-5, 5))


@every
def test_a_recipe_written_to_a_file_is_the_same_recipe(name, tmp_path):
    file = tmp_path / "recipe.toml"
    file.write_text(to_toml(RECIPES[name]()), encoding="utf-8")
    assert load_recipe(file) == RECIPES[name]() == parse(spelled(load_recipe(file)))


def test_a_file_that_is_wrong_is_named(tmp_path):
    file = tmp_path / "mine.toml"
    with pytest.raises(SettingsError, match=r"could not read the recipe '.*mine\.toml': No such file"):
        load_recipe(file)
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"could not read the recipe '.*mine\.toml': .*utf-8"):
        load_recipe(file)
    file.write_text('[[augment]]\nkind = "Fliplr"\np = 2')
    with pytest.raises(SettingsError, match=r"mine\.toml: augment 1 \(Fliplr\): p wants values from 0 to 1, got 2"):
        load_recipe(file)
    with pytest.raises(SettingsError, match=r"named 'strng'; did you mean .*'strong'"):
        load_recipe("strng")
