from pathlib import Path

import pytest

from convlens.errors import SettingsError
from convlens.workflows.reading import Input, Reading, complete, reading


def test_the_options_are_read_as_numbers_fractions_and_sides():
    assert reading("0.5,0.25,0.125", "127/255", "224", 3, "map.json") == Reading(
        (0.5, 0.25, 0.125), (127 / 255,), (224, 224), 3, Path("map.json")
    )
    assert reading(size="224x192").size == reading(size="224×192").size == (224, 192)
    assert reading(size=28).size == (28, 28)
    assert reading() == Reading()


def test_it_names_the_options_that_were_given():
    assert reading(mean="0", class_map="same").says == ("--mean", "--class-map")
    assert reading().says == ()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"mean": "half"}, "--mean is one number, or one for each channel .* got 'half'"),
        ({"std": "1/0"}, "--std is one number"),
        ({"std": ""}, "--std is one number"),
        ({"mean": "127"}, "--mean is of pictures scaled to 0-1, got 127; .*: write 127/255"),
        ({"mean": "-0.1"}, "--mean is of pictures scaled to 0-1, got -0.1"),
        ({"std": "0"}, "--std is above 0 and at most 1, .* got 0: .*; write 1 where they are not to be divided"),
        ({"std": "-0.2"}, "got -0.2: pixels are divided by it"),
        ({"std": "58.4"}, "got 58.4; .*: write 58.4/255"),
        ({"size": "large"}, "--size is a number of pixels, or height x width like 224x192; got 'large'"),
        ({"size": "1x2x3"}, "got '1x2x3'"),
        ({"size": "0"}, "a size from 1 to 4,096 pixels is wanted"),
        ({"channels": 4}, r"--channels must be 1 \(grey\) or 3 \(colour\), got 4"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(asked, told):
    with pytest.raises(SettingsError, match=told):
        reading(**asked)


def test_exactly_what_is_missing_is_asked_for():
    known = {"size": (28, 28), "channels": 1}
    with pytest.raises(SettingsError, match=r"the model 'm' does not say how it reads pictures; .*: --std") as told:
        complete("m", known, reading(mean="0.5"))
    assert not any(option in str(told.value) for option in ("--mean", "--size", "--channels"))
    with pytest.raises(SettingsError) as told:
        complete("m", {}, reading(), needed=("size", "channels"))
    assert [option in str(told.value) for option in ("--mean", "--std", "--size", "--channels")] == [False] * 2 + [
        True
    ] * 2


def test_one_number_serves_all_channels():
    whole = complete("m", {"size": (4, 5), "channels": 3}, reading("0.5", "0.1,0.2,0.3"))
    assert whole == Input((0.5, 0.5, 0.5), (0.1, 0.2, 0.3), (4, 5), 3)
    with pytest.raises(SettingsError, match="--std has 2 numbers, but the pictures have 3 channels"):
        complete("m", {"size": (4, 5), "channels": 3}, reading("0.5", "0.1,0.2"))


def test_what_is_not_needed_changes_nothing():
    assert complete("m", {}, reading(size=4, channels=1), ("size", "channels")) == Input((0.0,), (1.0,), (4, 4), 1)


def test_the_users_word_may_repeat_what_the_model_knows_and_not_contradict_it():
    known = {"size": (4, 4), "channels": 3, "mean": (0.5, 0.5, 0.5), "std": (1.0, 0.5, 0.25)}
    assert complete("m", known, reading("0.5", "1,0.5,0.25", 4, 3)) == complete("m", known, reading())
    with pytest.raises(SettingsError, match="'m' reads pictures of size 4,4, but --size says 8,8; leave out --size"):
        complete("m", known, reading(size=8))
    with pytest.raises(SettingsError, match=r"reads pictures of std 1,0.5,0.25, but --std says 1; leave out --std"):
        complete("m", known, reading(std="1"))
