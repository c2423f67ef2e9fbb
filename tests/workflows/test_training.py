"""Training end to end: what comes back, what the run folder holds, what is refused before a folder is made."""

import json

import pytest

from convlens.augment import Affine, Sequential, parse
from convlens.data import load
from convlens.errors import ConvlensError, SettingsError, ShapeError, TrainingError, UnknownNameError
from convlens.files import read_json, read_toml
from convlens.models.weights import load as load_weights
from convlens.runs.checkpoints import LAST, read_checkpoint, read_counters
from convlens.runs.folder import open_run
from convlens.tables import Table
from convlens.workflows import evaluate, resume, train
from convlens.workflows.subjects import trained


def test_the_history_has_a_row_for_every_epoch_and_is_in_the_run_folder(xo_trained):
    rows = Table.from_csv(xo_trained.run.history.read_text()).rows()
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows == xo_trained.to_json()["history"]
    assert set(rows[0]) == {
        "epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds", "learning_rate",
    }  # fmt: skip


def test_letters_are_learnt(xo_trained):
    assert xo_trained.stopped == ""
    assert xo_trained.history[-1].train_loss < xo_trained.history[0].train_loss < 1
    assert xo_trained.history[-1].train_accuracy > 0.8


def test_the_config_says_what_was_given_and_what_was_a_default(xo_trained):
    config = read_toml(xo_trained.run.config)
    assert config["given"] == ["batch_size", "data", "epochs", "model", "take"]
    settings = config["settings"]
    assert (settings["batch_size"], settings["recipe"], settings["optimizer"]) == (32, "fast", "adam")
    assert settings["precision"] in {"fp32", "bf16"}
    assert config["precision_reason"]


def test_the_environment_holds_versions_and_the_hash_of_the_pictures(xo_trained):
    recorded = read_json(xo_trained.run.environment)
    splits = load("xo", seed=0)
    assert recorded["data"]["manifest_hash"] == splits.train.take(200, 0).manifest_hash
    assert recorded["data"]["measured_manifest_hash"] == splits.validation.manifest_hash
    assert recorded["data"]["train"] == {"o": 100, "x": 100}
    assert "torch" in recorded["packages"]


def test_with_validation_pictures_the_best_epoch_is_used(xo_trained):
    assert read_toml(xo_trained.run.config)["measured_on"] == "validation"
    subject = trained(xo_trained.run.path)
    assert subject.weights == "the best epoch's weights, by validation accuracy"
    best = max(epoch.validation_accuracy for epoch in xo_trained.history)
    assert evaluate(xo_trained.run.path, split="validation").accuracy == pytest.approx(best, abs=0.01)  # bf16 and fp32


def test_without_validation_pictures_nothing_is_chosen_by_the_test(mini_trained):
    assert read_toml(mini_trained.run.config)["measured_on"] == "test"
    assert trained(mini_trained.run.path).weights == "the last epoch's weights"
    assert any("nothing is chosen by it" in note for note in mini_trained.notes)


def test_the_weights_carry_what_must_be_known_to_use_them(xo_trained):
    classifier = load_weights(xo_trained.run.checkpoints / LAST)
    assert classifier.card.class_names == ("o", "x")
    assert (classifier.card.architecture, classifier.card.size, classifier.card.channels) == ("mlp", (28, 28), 1)
    pixels = load("xo", seed=0).train.take(200, 0).images / 255
    assert classifier.card.mean == pytest.approx([pixels.mean()])
    assert classifier.card.std == pytest.approx([pixels.std()])


def test_an_augmentation_is_kept_in_its_full_spelling(tmp_path):
    given = 'Affine(translate_px={"x": (-2, 2)})'
    result = train("xo", model="mlp", take=40, epochs=1, augment=given, out=tmp_path)
    kept = read_toml(result.run.config)["settings"]["augment"]
    assert kept == repr(parse(given))
    assert parse(kept) == Affine(translate_px={"x": (-2, 2)})
    assert result.run.name == "xo-mlp-augmented"


def test_a_recipe_file_is_kept_as_its_expression_so_that_the_run_outlives_it(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[[augment]]\nkind = "Affine"\ntranslate_px = { x = "(-2, 2)" }\n')
    run = train("xo", model="mlp", take=40, epochs=1, augment=str(file), out=tmp_path).run
    file.write_text("")
    kept = read_toml(run.config)["settings"]["augment"]
    assert parse(kept) == Sequential([Affine(translate_px={"x": (-2, 2)})])
    assert len(resume(run.path, epochs=2).history) == 2


def test_an_augmenter_and_its_expression_train_the_same_network(tmp_path):
    augmenter = Affine(translate_px={"x": (-3, 3), "y": (-3, 3)})
    results = [
        train("xo", model="mlp", take=40, epochs=1, augment=one, out=tmp_path) for one in (augmenter, repr(augmenter))
    ]
    weights = [read_checkpoint(result.run.checkpoints, LAST) for result in results]
    assert weights[0] == weights[1]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    def bytes_of(seed):
        splits = load("fashion-mnist-mini")
        return read_checkpoint(
            train(splits, model="mlp", take=60, epochs=1, seed=seed, out=tmp_path).run.checkpoints, LAST
        )

    assert bytes_of(0) == bytes_of(0) != bytes_of(1)


def test_splits_that_are_values_are_trained_on_as_they_are(tmp_path):
    splits = load("xo", count=60, seed=5)
    result = train(splits, model="mlp", epochs=1, out=tmp_path)
    assert read_json(result.run.environment)["data"]["manifest_hash"] == splits.train.manifest_hash


def test_three_channels_reach_the_network(tmp_path):
    result = train("xo", model="mlp", take=40, epochs=1, channels=3, out=tmp_path)
    card = load_weights(result.run.checkpoints / LAST).card
    assert (card.channels, len(card.mean), len(card.std)) == (3, 3, 3)
    assert evaluate(result.run.path, take=20).count == 20


def test_a_sigmoid_head_learns_too(tmp_path):
    result = train("xo", model="mlp", take=200, epochs=3, batch_size=32, head="sigmoid", out=tmp_path)
    assert load_weights(result.run.checkpoints / LAST).card.head == "sigmoid"
    assert result.history[-1].train_accuracy > 0.8


def test_a_run_on_a_folder_is_found_again_from_another_working_folder(tmp_path, monkeypatch, letter_folder):
    folder = letter_folder()
    monkeypatch.chdir(folder.parent)
    for data in ("letters", "letters/*"):
        monkeypatch.chdir(folder.parent)
        result = train(data, model="mlp", epochs=1, out="runs")
        run = result.run.path.resolve()
        there = evaluate(run)
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert evaluate(run).confusion.tolist() == there.confusion.tolist()
        assert read_toml(run / "config.toml")["settings"]["data"].startswith(str(folder))


def test_a_finished_training_is_the_latest(xo_trained):
    assert open_run(xo_trained.run.path.parent / "latest").path == xo_trained.run.path.resolve()


def test_what_is_seen_is_yielded_step_by_step(tmp_path):
    seen = []
    train("xo", model="mlp", take=64, epochs=2, batch_size=16, out=tmp_path, watch=seen.append)
    assert [type(event).__name__ for event in seen] == (["Step"] * 4 + ["Epoch"]) * 2
    assert [event.step for event in seen if type(event).__name__ == "Step"] == [1, 2, 3, 4] * 2


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"data": "xoo"}, UnknownNameError, "did you mean 'xo'"),
        ({"model": "cnm"}, UnknownNameError, "no model is named 'cnm'; did you mean 'cnn'"),
        ({"recipe": "slow"}, UnknownNameError, "no recipe is named 'slow'"),
        ({"augment": "Afine(translate_px=3)"}, SettingsError, "did you mean 'Affine'"),
        ({"epochs": 0}, SettingsError, "epochs must be at least 1"),
        ({"take": 0}, SettingsError, "take must be at least 1"),
        ({"learning_rate": 0.0}, SettingsError, "learning rate"),
        ({"device": "tpu"}, SettingsError, "--device must be auto, cpu, cuda or mps"),
        ({"precision": "fp8"}, SettingsError, "precision must be"),
        ({"model": "deep"}, SettingsError, "needs pictures of at least"),
        ({"model": "nowhere:net"}, SettingsError, "could not import 'nowhere'"),
        ({"take": 10**6}, ConvlensError, "1,000,000 images were wanted"),
    ],
)
def test_a_mistake_is_a_sentence_and_leaves_no_folder(tmp_path, asked, error, told):
    with pytest.raises(error, match=told):
        train(**{"data": "xo", "model": "mlp", "epochs": 1, "out": tmp_path / "runs"} | asked)
    assert not (tmp_path / "runs").exists()


def test_a_network_of_ones_own_that_cannot_read_the_pictures_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "badly.py").write_text(
        "from torch import nn\n"
        "def narrow():\n    return nn.Sequential(nn.Flatten(), nn.Linear(9, 2))\n"
        "def wide():\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, 5))\n"
    )
    with pytest.raises(SettingsError, match=r"'badly:narrow' cannot read pictures of 28×28 pixels with 1 channel"):
        train("xo", model="badly:narrow", epochs=1, out="runs")
    with pytest.raises(ShapeError, match=r"must give 2 logits for each picture, but gave a tensor of shape \(2, 5\)"):
        train("xo", model="badly:wide", epochs=1, out="runs")
    assert not (tmp_path / "runs").exists()


def test_a_loss_that_is_no_number_stops_with_epoch_and_batch_and_keeps_the_last_good_checkpoint(tmp_path):
    wild = {"optimizer": "sgd", "schedule": "constant", "learning_rate": 900.0, "precision": "fp32"}
    with pytest.raises(
        TrainingError, match=r"in epoch [2-9] at batch \d of 4; the last good checkpoint is kept; try a smaller"
    ):
        train("xo", model="mlp", take=64, batch_size=16, epochs=50, name="wild", out=tmp_path, **wild)
    run = open_run(tmp_path / "wild")
    done = read_counters(run.checkpoints)["history"]
    assert 1 <= len(done) < 50
    assert len(Table.from_csv(run.history.read_text())) == len(done)
    module = load_weights(run.checkpoints / LAST).module
    assert all(bool(one.isfinite().all()) for one in module.parameters())


def test_all_that_came_fits_into_json(xo_trained, mini_trained):
    for result in (xo_trained, mini_trained):
        told = json.loads(json.dumps(result.to_json(), allow_nan=False))
        assert set(told) == {"run", "stopped", "resume", "history", "notes"}
        assert told["resume"] == ""
