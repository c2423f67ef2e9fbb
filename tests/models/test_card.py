import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.errors import UnknownNameError, WeightsError
from convlens.models.card import Card, class_place

CARD = Card("cnn", ("Ö", "x / y"), (28, 30), 3, "sigmoid", (0.1, 0.2, 0.3), (1.0, 0.5, 1 / 3))


def test_the_text_of_a_card_is_one_line_with_sorted_keys():
    assert CARD.to_json() == (
        '{"architecture": "cnn", "channels": 3, "class_names": ["Ö", "x / y"], "head": "sigmoid", '
        '"mean": [0.1, 0.2, 0.3], "size": [28, 30], "std": [1.0, 0.5, 0.3333333333333333]}'
    )


@given(st.floats(0, 1), st.floats(0.001, 1), st.lists(st.text(), min_size=2, max_size=4).map(tuple))
def test_a_card_comes_back_from_its_text_as_it_was(mean, std, names):
    card = Card("mine:net", names, (4, 5), 1, "softmax", (mean,), (std,))
    assert Card.from_json(card.to_json()) == card


def test_a_sigmoid_head_has_one_output_and_a_softmax_head_one_per_class():
    assert CARD.outputs == 1
    assert replace(CARD, head="softmax").outputs == 2


@pytest.mark.parametrize("field", ["architecture", "class_names", "size", "channels", "head", "mean", "std"])
def test_a_card_without_one_of_its_fields_is_refused(field):
    entries = json.loads(CARD.to_json())
    del entries[field]
    with pytest.raises(WeightsError, match=f"cannot be read.*'{field}'.*write the file anew"):
        Card.from_json(json.dumps(entries))


@pytest.mark.parametrize("changed", [{"size": [28]}, {"channels": "three"}, {"mean": 0.5}])
def test_a_field_of_the_wrong_kind_is_refused(changed):
    with pytest.raises(WeightsError, match="cannot be read"):
        Card.from_json(json.dumps(json.loads(CARD.to_json()) | changed))


@pytest.mark.parametrize("changed", [{"std": [1.0]}, {"mean": [0.0] * 4}, {"channels": 1}, {"head": "tanh"}])
def test_a_card_that_contradicts_itself_is_refused(changed, as_installed):
    with pytest.raises(WeightsError, match="contradicts itself"):
        Card.from_json(json.dumps(json.loads(CARD.to_json()) | changed))


def test_text_that_is_no_json_is_refused():
    with pytest.raises(WeightsError, match="cannot be read"):
        Card.from_json("{")


def test_a_class_is_found_by_name_or_number_and_a_wrong_one_names_the_near():
    names = ("Shirt", "Sneaker", "7")
    assert [class_place(name, names) for name in ("Sneaker", "0", "7")] == [1, 0, 2]
    with pytest.raises(UnknownNameError, match=r"no class 'Snaeker'; did you mean 'Sneaker'.*from 0 to 2"):
        class_place("Snaeker", names)
    with pytest.raises(UnknownNameError, match="no class '3'"):
        class_place("3", names)


def test_of_many_classes_some_are_listed():
    with pytest.raises(
        UnknownNameError,
        match=r"did you mean 'class 19' or 'class 49'\? \(it knows class 10, .*, class 21, …; a number",
    ):
        class_place("clas 19", tuple(f"class {number}" for number in range(10, 50)))
