"""A training that is stopped anywhere, written to files and taken up by another object ends with the same bits."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from convlens.augment.affine import Affine
from convlens.models.networks import create
from convlens.models.weights import pack_tensors, unpack_tensors
from convlens.train.loop import State
from convlens.train.settings import Settings

SHIFTED = Affine(translate_px={"x": (-4, 4), "y": (-4, 4)})
CYCLE = Settings(epochs=3, batch_size=16, learning_rate=3e-3, schedule="one-cycle", channels_last=False)

CASES = {
    "adam, one cycle": (CYCLE, "softmax", "fp32"),
    "adam, one cycle, channels last": (replace(CYCLE, channels_last=True), "softmax", "fp32"),
    "adam, one cycle, channels last, bf16": (replace(CYCLE, channels_last=True), "softmax", "bf16"),
    "sgd, constant": (replace(CYCLE, optimizer="sgd", learning_rate=0.01, schedule="constant"), "softmax", "fp32"),
    "sgd, channels last": (replace(CYCLE, optimizer="sgd", channels_last=True), "softmax", "fp32"),
    "the worst of three": (replace(CYCLE, channels_last=True, worst_of=3), "softmax", "fp32"),
    "the worst of three, bf16": (replace(CYCLE, channels_last=True, worst_of=3), "softmax", "bf16"),
    "one logit": (CYCLE, "sigmoid", "fp32"),
}
STOPS = {
    "before the first step": 0,
    "after one step": 1,
    "mid-epoch": 3,
    "before the first epoch closes": 5,
    "after the first epoch": 6,
    "mid-epoch again": 10,
    "before the last step": 16,
    "at the end": 18,
}


def through_files(state):
    """Write a state as the run folder does, and read it back."""
    weights, memory = (pack_tensors(part, "") for part in (state.weights, state.optimizer))
    counters = json.loads(json.dumps(state.counters, allow_nan=False))
    return State(unpack_tensors(weights, Path("w"))[0], unpack_tensors(memory, Path("o"))[0], counters)


def result(training):
    """Everything that must be equal: weights and memory as the bytes of a file, history without its seconds."""
    state = training.state()
    history = [asdict(replace(epoch, seconds=0.0)) for epoch in training.history]
    counters = {name: value for name, value in state.counters.items() if name not in {"history", "seconds"}}
    return pack_tensors(state.weights, ""), pack_tensors(state.optimizer, ""), history, counters


def after(training, events):
    """Run until so many events were yielded, or to the end."""
    run = training.run()
    for _ in range(events):
        next(run)
    return training


@pytest.mark.parametrize("case", CASES)
def test_a_resumed_training_ends_with_the_same_bits(training_of, small_network, xo, other_xo, case):
    settings, head, precision = CASES[case]

    def fresh(seed):
        return training_of(
            xo,
            other_xo,
            settings,
            module=small_network(head, seed),
            head=head,
            precision=precision,
            augment=SHIFTED,
        )

    whole = fresh(seed=0)
    assert len(list(whole.run())) == 18
    expected = result(whole)
    assert [epoch["epoch"] for epoch in expected[2]] == [1, 2, 3]
    for stop, events in STOPS.items():
        state = through_files(after(fresh(seed=0), events).state())
        resumed = fresh(seed=99)
        resumed.restore(state)
        assert len(list(resumed.run())) == 18 - events, stop
        assert result(resumed) == expected, stop


def test_a_training_stopped_after_every_event_ends_with_the_same_bits(training_of, small_network, xo):
    settings = replace(CYCLE, channels_last=True, epochs=2)
    expected = result(after(training_of(xo, None, settings, augment=SHIFTED), 12))
    state = training_of(xo, None, settings, augment=SHIFTED).state()
    for number in range(12):
        training = training_of(xo, None, settings, module=small_network(seed=number), augment=SHIFTED)
        training.restore(through_files(state))
        state = after(training, 1).state()
    assert result(training) == expected


def test_the_registered_cnn_resumes_with_the_same_bits_in_two_threads(training_of, xo, other_xo):
    torch.set_num_threads(2)
    settings = Settings(epochs=1, batch_size=16, learning_rate=3e-3, schedule="one-cycle", channels_last=True)

    def fresh(seed):
        module = create("cnn", classes=2, seed=seed)
        return training_of(xo, other_xo, settings, module=module, precision="bf16", augment=SHIFTED)

    expected = result(after(fresh(0), 6))
    resumed = fresh(1)
    resumed.restore(through_files(after(fresh(0), 3).state()))
    assert result(after(resumed, 3)) == expected


def test_one_state_can_be_taken_up_twice(training_of, small_network, xo):
    state = after(training_of(xo, None, CYCLE), 4).state()
    results = []
    for seed in (5, 6):
        training = training_of(xo, None, CYCLE, module=small_network(seed=seed))
        training.restore(state)
        results.append(result(after(training, 5)))
    assert results[0] == results[1]


def test_the_running_numbers_of_an_epoch_go_on_where_they_stood(training_of, xo):
    whole = training_of(xo, None, CYCLE)
    expected = list(whole.run())[3]
    resumed = training_of(xo, None, CYCLE)
    resumed.restore(through_files(after(training_of(xo, None, CYCLE), 3).state()))
    assert next(resumed.run()) == expected


def test_a_longer_training_takes_up_a_finished_one(training_of, xo):
    settings = replace(CYCLE, schedule="constant")
    state = through_files(after(training_of(xo, None, settings), 18).state())
    longer = training_of(xo, None, replace(settings, epochs=4))
    longer.restore(state)
    assert not longer.finished
    assert len(list(longer.run())) == 6
    assert result(longer) == result(after(training_of(xo, None, replace(settings, epochs=4)), 24))


def test_a_state_holds_nothing_but_named_tensors_and_plain_counters(training_of, xo):
    state = after(training_of(xo, None, CYCLE), 7).state()
    assert {type(value) for value in (*state.weights.values(), *state.optimizer.values())} == {torch.Tensor}
    assert {*state.counters} == {"epoch", "step", "loss_sum", "right", "seen", "seconds", "history"}
    assert (state.counters["epoch"], state.counters["step"], state.counters["seen"]) == (2, 1, 16)
