"""Lists of what there is."""

from convlens.models.networks import MODELS, create
from convlens.workflows import listings


def test_every_network_is_listed_with_its_parameters():
    rows = {row["name"]: row["parameters"] for row in listings.models().rows()}
    assert rows == {"mlp": 795_010, "cnn": 896_522, "steady": 391_370, "toy": 12, "deep": 9_742_209}
    assert set(rows) == set(MODELS)


def test_every_option_of_a_network_is_listed_as_it_is_written():
    rows = listings.model_options().rows()
    own = {row["option"]: row["default"] for row in rows if row["network"] == "cnn"}
    assert own == {"head": "dense", "padding": "valid", "pool": "max"}
    assert {row["network"] for row in rows} == {name for name, entry in MODELS.items() if entry.options}
    for row in rows:
        name = row["written"].removeprefix("--model ").strip("'")
        assert name in MODELS
        assert create(name)


def test_data_sets_recipes_and_augmentations_are_listed():
    assert {"fashion-mnist", "fashion-mnist-mini", "xo"} <= set(listings.datasets()["name"])
    assert {"book", "fast"} <= set(listings.recipes()["recipe"])
    assert {"Affine", "Sequential", "shift"} <= set(listings.augmentations()["name"])


def test_a_run_is_listed_with_what_it_reached(xo_run, xo_trained):
    (row,) = listings.runs(xo_run.parent).rows()
    assert (row["name"], row["data"], row["model"], row["epochs"], row["audits"]) == ("xo-mlp", "xo", "mlp", "3/3", 0)
    assert row["accuracy"] == xo_trained.history[-1].validation_accuracy


def test_a_run_stopped_before_its_first_epoch_is_listed(xo_run):
    (xo_run / "history.csv").unlink()
    (row,) = listings.runs(xo_run.parent).rows()
    assert (row["epochs"], row["accuracy"]) == ("0/3", None)


def test_an_accuracy_of_nought_is_told(xo_run):
    lines = (xo_run / "history.csv").read_text().splitlines()
    place = lines[0].split(",").index("validation_accuracy")
    last = lines[-1].split(",")
    last[place] = "0.0"
    (xo_run / "history.csv").write_text("\n".join([*lines[:-1], ",".join(last)]) + "\n")
    assert listings.runs(xo_run.parent).rows()[0]["accuracy"] == 0.0


def test_a_broken_run_does_not_hide_the_others(xo_run):
    (xo_run.parent / "foreign").mkdir()
    (xo_run.parent / "foreign" / "config.toml").write_text("title = 'my blog'\n")
    rows = {row["name"]: row for row in listings.runs(xo_run.parent).rows()}
    assert "is not a run folder" in rows["foreign"]["data"]
    assert rows["xo-mlp"]["epochs"] == "3/3"
