import re

import pytest

from convlens.errors import SettingsError
from convlens.train.settings import RECIPES, Settings


def test_the_book_recipe_is_the_one_of_the_book():
    assert RECIPES["book"] == Settings(
        epochs=5,
        batch_size=32,
        learning_rate=1e-3,
        optimizer="adam",
        schedule="constant",
        precision="fp32",
        channels_last=True,
    )


def test_the_fast_recipe_leaves_the_precision_to_the_machine():
    assert RECIPES["fast"].precision == "auto"
    assert RECIPES["fast"].schedule == "one-cycle"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"batch_size": -3}, "batch_size must be at least 1, got -3"),
        ({"worst_of": 0}, "worst_of must be at least 1, got 0"),
        ({"learning_rate": 0.0}, "between 0 and 1000, got 0.0; 0.001 is a usual start"),
        ({"learning_rate": -1.0}, "between 0 and 1000, got -1.0"),
        ({"learning_rate": float("nan")}, "between 0 and 1000, got nan"),
        ({"learning_rate": float("inf")}, "between 0 and 1000, got inf"),
        ({"optimizer": "adagrad"}, "optimizer must be one of adam, sgd; got 'adagrad'"),
        ({"schedule": "cosine"}, "schedule must be one of constant, one-cycle; got 'cosine'"),
        ({"seed": 2**63}, "at most 64 bits, got 9223372036854775808"),
    ],
)
def test_a_setting_out_of_range_is_told_with_its_value(as_installed, given, told):
    with pytest.raises(SettingsError, match=re.escape(told)):
        Settings(**given)
