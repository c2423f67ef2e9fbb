"""Pictures for a network: the same from every working folder, labels in the order of its answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, permutations

from convlens.data.dataset import Dataset, Splits
from convlens.errors import DataError
from convlens.models.card import Card
from convlens.workflows.pictures import for_network, held_out, lasting, load_splits, pictures_for
from convlens.workflows.settings import RunSettings

NAMES = ("bird", "cat", "dog", "eel")


def dataset_of(class_names, labels):
    images = np.zeros((len(labels), 4, 4, 1), np.uint8)
    return Dataset(images, np.array(labels, np.int64), tuple(class_names), "pets", "test")


def card_of(class_names):
    return Card("toy", tuple(class_names), (4, 4), 1, "softmax", (0.5,), (0.25,))


@given(order=permutations(NAMES), seed=integers(0, 99))
def test_every_picture_keeps_the_name_of_its_class(order, seed):
    labels = np.random.default_rng(seed).integers(0, 4, 20)
    ours = dataset_of(order, labels)
    matched = for_network(ours, card_of(NAMES))
    assert matched.class_names == NAMES
    assert [matched.class_names[one] for one in matched.labels] == [order[one] for one in labels]


def test_other_classes_are_refused_by_name():
    with pytest.raises(DataError, match=r"knows the classes bird, cat, dog, eel, but 'pets' has bird, cow"):
        for_network(dataset_of(("bird", "cow"), [0, 1]), card_of(NAMES))


def test_a_missing_split_is_answered_with_those_there_are():
    part = dataset_of(NAMES, [0, 1])
    splits = Splits(part, None, part, "pets")
    with pytest.raises(DataError, match=r"'pets' has no 'validation' split; it has train, test \(choose one with"):
        held_out(splits, "validation")


def test_weights_alone_do_not_say_which_pictures():
    with pytest.raises(DataError, match="name some with --data"):
        pictures_for(card_of(NAMES), None)


def test_a_named_data_set_stays_a_name_even_beside_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xo").mkdir()
    assert lasting("xo") == "xo"
    assert lasting("./xo") == str(tmp_path / "xo")


def test_a_place_is_spelled_from_the_root(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "pets").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert lasting("../pets/") == str(tmp_path / "pets")
    assert lasting("../pets/*") == f"{tmp_path}/pets/*"


def test_a_place_in_the_home_folder_is_found(tmp_path, monkeypatch):
    (tmp_path / "pets").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert lasting("~/pets") == str(tmp_path / "pets")


def test_what_is_not_there_keeps_its_spelling_for_the_sentence():
    assert lasting("no/such/place") == "no/such/place"


def test_other_pictures_are_fitted_and_shared_out_as_the_runs_own(letter_folder):
    folder = letter_folder()
    run = RunSettings("xo", fit="pad", training=replace(RunSettings("xo").training, seed=3))
    card = Card("mlp", ("o", "x"), (20, 20), 1, "softmax", (0.5,), (0.25,))
    ours = pictures_for(card, run, str(folder))
    theirs = load_splits(replace(run, data=str(folder)), card)
    assert ours.train.size == (20, 20)
    assert [part.manifest_hash for part in ours.parts()] == [part.manifest_hash for part in theirs.parts()]
