import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name("two_devices.py")


@pytest.fixture(scope="module")
def answers():
    """What `two_devices.py` prints, with every warning an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("job", ["plain 2", "worst 2", "norm 2", "norm resume 2"])
def test_both_devices_end_with_the_same_weights(answers, job):
    assert answers[job]["from_the_mean"] == 0


@pytest.mark.slow
def test_a_training_resumed_on_two_devices_ends_with_the_same_bits(answers):
    whole, resumed = answers["norm 2"], answers["norm resume 2"]
    assert resumed["weights"] == whole["weights"]
    assert np.allclose(resumed["history"], whole["history"], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("job", ["plain", "worst"])
def test_two_devices_learn_what_one_learns(answers, job):
    one, two = answers[f"{job} 1"], answers[f"{job} 2"]
    assert np.allclose(one["weights"], two["weights"], atol=1e-4)
    assert np.allclose(one["history"], two["history"], atol=1e-4)
    assert one["seen"] == two["seen"] == 48


@pytest.mark.slow
def test_two_devices_measure_every_validation_picture_once_although_one_has_a_batch_more(answers):
    """1,001 pictures: an accuracy over all of them is a whole number of them."""
    for job in ("plain 2", "norm resume 2"):
        for *_, accuracy in answers[job]["history"]:
            assert accuracy * 1001 == pytest.approx(round(accuracy * 1001), abs=1e-9)


@pytest.mark.slow
def test_the_answer_is_that_of_the_first_device_and_any_device_can_ask_to_stop(answers):
    for job in ("plain 1", "plain 2"):
        assert answers[job]["first"]
        assert answers[job]["anywhere"] == [True, False]


@pytest.mark.slow
def test_a_loss_that_is_no_number_on_one_device_stops_both_with_one_sentence(answers):
    assert answers["nan 2"].startswith("TrainingError: the loss became nan in epoch 1 at batch 1 of 5")


@pytest.mark.slow
def test_a_batch_smaller_than_the_number_of_devices_is_refused(answers):
    assert answers["small 2"].startswith(
        "each of 2 devices needs a picture of every batch, but batches have 1 of the 69 pictures"
    )
