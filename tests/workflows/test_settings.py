"""Settings: what was given wins over the recipe, the recipe over the defaults, and config.toml holds them all."""

import tomllib

import pytest
import tomli_w
from hypothesis import given
from hypothesis.strategies import builds, floats, integers, sampled_from, text

from convlens.errors import RunError, SettingsError, UnknownNameError
from convlens.train.settings import RECIPES, Settings
from convlens.workflows.settings import RunSettings, run_settings

LETTERS = text(
    alphabet=sampled_from("aéπ本 /\\\"'*?[]\t~=#"), max_size=12
)  # what file names and expressions are made of, and what TOML must quote
TRAININGS = builds(
    Settings,
    epochs=integers(1, 1000),
    batch_size=integers(1, 10_000),
    learning_rate=floats(1e-12, 900),
    optimizer=sampled_from(["adam", "sgd"]),
    schedule=sampled_from(["constant", "one-cycle"]),
    precision=sampled_from(["auto", "fp32", "bf16"]),
    channels_last=sampled_from([True, False]),
    seed=integers(-(2**63), 2**63 - 1),
)
RUNS = builds(
    RunSettings,
    data=LETTERS,
    data_dir=LETTERS,
    take=integers(0, 10**9),
    size=integers(0, 4096),
    channels=sampled_from([0, 1, 3]),
    fit=sampled_from(["crop", "pad", "stretch"]),
    max_bad=floats(0, 1),
    model=LETTERS,
    head=sampled_from(["", "softmax", "sigmoid"]),
    recipe=sampled_from(["book", "fast"]),
    augment=LETTERS,
    device=sampled_from(["auto", "cpu", "cuda", "mps"]),
    devices=integers(1, 8),
    training=TRAININGS,
)


@given(settings=RUNS)
def test_every_setting_comes_back_from_toml(settings):
    table = tomllib.loads(tomli_w.dumps(settings.to_config()))
    assert RunSettings.from_config(table) == settings


def test_the_book_recipe_is_the_textbooks():
    training = run_settings({"data": "xo", "recipe": "book"}).training
    assert training == Settings(
        epochs=5,
        batch_size=32,
        learning_rate=1e-3,
        optimizer="adam",
        schedule="constant",
        precision="fp32",
        channels_last=True,
        seed=0,
    )


def test_fast_is_the_recipe_when_none_is_given():
    assert run_settings({"data": "xo"}) == run_settings({"data": "xo", "recipe": "fast"})


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_given_wins_over_the_recipe(recipe):
    settings = run_settings({"data": "xo", "recipe": recipe, "batch_size": 7, "learning_rate": 0.5, "model": "mlp"})
    assert (settings.training.batch_size, settings.training.learning_rate, settings.model) == (7, 0.5, "mlp")
    assert settings.training.schedule == RECIPES[recipe].schedule


def test_an_unknown_recipe_is_answered_with_the_near_one():
    with pytest.raises(UnknownNameError, match=r"no recipe is named 'fats'; did you mean 'fast'"):
        run_settings({"data": "xo", "recipe": "fats"})


@pytest.mark.parametrize("name", ["take", "size", "channels", "devices"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_count_below_one_is_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=f"{name} must be at least 1 where it is given, got {value}"):
        run_settings({"data": "xo", name: value})


@pytest.mark.parametrize(
    "change", [{"colour": "red"}, {"epochs": 0}, {"epochs": "five"}, {"optimizer": "magic"}, {"learning_rate": -1.0}]
)
def test_a_config_of_another_version_is_refused(change):
    with pytest.raises(RunError, match="settings that this version cannot use"):
        RunSettings.from_config(RunSettings("xo").to_config() | change)
