"""A network with options in its name, from training to the audit."""

import pytest

from convlens.data import load
from convlens.errors import SettingsError
from convlens.files import read_toml
from convlens.workflows import TrainResult, audit, evaluate, resume, summary, train
from convlens.workflows.subjects import by_name, is_network_name, trained

NAME = "cnn[head=pooled,padding=circular,pool=aps]"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    out = tmp_path_factory.mktemp("runs")
    return train("xo", model="cnn[pool=aps, padding=circular,head=pooled]", take=64, epochs=1, size=8, out=out)


def test_the_run_and_its_weights_keep_the_one_spelling(run):
    assert read_toml(run.run.config)["settings"]["model"] == NAME
    assert trained(run.run.path).card.architecture == NAME


def test_the_run_folder_has_a_name_without_brackets(run):
    assert run.run.name.startswith("xo-cnn-head-pooled-padding-circular-pool-aps")
    assert not set("[]=,") & set(run.run.name)


def test_it_is_evaluated_and_trained_on_like_any_other(run):
    assert 0 <= evaluate(run.run.path, split="validation").accuracy <= 1
    assert len(resume(run.run.path, epochs=2).history) == 2


def test_round_the_torus_no_move_changes_an_answer(run, tmp_path):
    result = audit(run.run.path, shift=2, border="wrap", split="validation", take=20, to=tmp_path)
    assert (result.sweep.labels_at == result.sweep.labels_at[:, :1]).all()


def test_a_name_with_options_is_a_network_and_no_place_on_disk():
    assert is_network_name(NAME)
    subject = by_name("cnn[padding=same,pool=max]", load("xo", size=8).test)
    assert subject.name == subject.card.architecture == "cnn[padding=same]"
    assert summary(NAME).total_params == 372_234


def test_a_wrong_option_is_told_before_a_run_folder_is_made(tmp_path):
    with pytest.raises(SettingsError, match="'cnn' has no option 'pol'; did you mean 'pool'"):
        train("xo", model="cnn[pol=aps]", take=64, epochs=1, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
