import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from convlens.arrays import softmax
from convlens.augment.affine import Affine
from convlens.errors import ShapeError, TrainingError
from convlens.models.networks import create
from convlens.models.predict import predictor
from convlens.train.batches import epoch_batches
from convlens.train.progress import Epoch, Step
from convlens.train.settings import Settings


def plain_network(seed=0):
    return create("cnn", classes=2, size=28, seed=seed)


def on_average_equal(first, second):
    """Compare on average: where a gradient is nearly zero, Adam makes a whole step of a rounding difference."""
    return float((first - second).detach().abs().mean()) < 1e-5


def test_two_epochs_of_five_batches_report_ten_steps_and_two_epochs(training_of, xo):
    training = training_of(xo, settings=Settings(epochs=2, batch_size=16))
    events = list(training.run())
    assert [type(one) for one in events] == 2 * [Step, Step, Step, Step, Step, Epoch]
    steps = [one for one in events if isinstance(one, Step)]
    assert [(one.epoch, one.step, one.steps) for one in steps] == [(e, s, 5) for e in (1, 2) for s in range(1, 6)]
    assert [one for one in events if isinstance(one, Epoch)] == training.history
    assert [one.epoch for one in training.history] == [1, 2]
    assert training.finished
    assert list(training.run()) == []


def test_without_learning_the_loss_is_the_mean_over_the_pictures_in_numpy(training_of, xo, other_xo):
    """At a rate of 1e-12 no weight moves, so running and final numbers are those of the first weights."""
    module = plain_network(seed=3)
    settings = Settings(epochs=1, batch_size=16, learning_rate=1e-12)
    training = training_of(xo, other_xo, settings, module=module)
    list(training.run())
    measured = {}
    for dataset in (xo, other_xo):
        shares = softmax(predictor(module, training.card)(dataset.images))
        loss = -np.log(shares[np.arange(len(dataset)), dataset.labels]).mean()
        measured[dataset.split] = loss, (shares.argmax(axis=1) == dataset.labels).mean()
    epoch = training.history[0]
    assert (epoch.train_loss, epoch.train_accuracy) == pytest.approx(measured["train"], abs=1e-6)
    assert (epoch.validation_loss, epoch.validation_accuracy) == pytest.approx(measured["validation"], abs=1e-6)


def test_the_loop_agrees_with_the_textbook_loop(training_of, xo):
    settings = Settings(epochs=2, batch_size=16, learning_rate=3e-3, seed=4)
    training = training_of(xo, settings=settings, module=plain_network())
    list(training.run())

    textbook = plain_network()
    optimizer = torch.optim.Adam(textbook.parameters(), lr=3e-3)
    (mean,), (std,) = training.card.mean, training.card.std
    pictures = torch.from_numpy(((xo.images / 255 - mean) / std).transpose(0, 3, 1, 2).astype(np.float32))
    labels = torch.from_numpy(xo.labels)
    for epoch in (1, 2):
        for indices in epoch_batches(len(xo), 16, 4, epoch):
            optimizer.zero_grad()
            nn.CrossEntropyLoss()(textbook(pictures[indices]), labels[indices]).backward()
            optimizer.step()
    for ours, theirs in zip(training.module.parameters(), textbook.parameters(), strict=True):
        assert on_average_equal(ours, theirs)


def test_channels_last_learns_what_the_plain_layout_learns(training_of, xo):
    weights = []
    for layout in (False, True):
        settings = Settings(epochs=1, batch_size=16, channels_last=layout)
        training = training_of(xo, settings=settings, module=plain_network())
        list(training.run())
        weights.append(training.state().weights)
    assert all(on_average_equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.parametrize("layout", [False, True])
def test_the_layout_is_the_one_that_was_asked_for(training_of, xo, layout):
    training = training_of(xo, settings=Settings(epochs=1, channels_last=layout))
    seen = []

    def note(part, given, output):
        seen.append(output.stride(1) == 1)

    training.module[0].register_forward_hook(note)
    next(training.run())
    assert seen == [layout]


@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_the_loss_falls_and_the_answers_get_right_on_drawn_letters(training_of, small_network, xo, head):
    settings = Settings(epochs=9, batch_size=10, learning_rate=5e-3)
    training = training_of(xo, xo, settings, module=small_network(head), head=head)
    list(training.run())
    first, *_, last = training.history
    assert last.train_loss < 0.6 * first.train_loss
    assert last.validation_accuracy > 0.9


def test_the_rates_are_those_of_the_schedule(training_of, xo):
    settings = Settings(epochs=2, batch_size=16, learning_rate=0.01, schedule="one-cycle")
    events = list(training_of(xo, settings=settings).run())
    rates = [one.learning_rate for one in events if isinstance(one, Step)]
    assert rates[0] == pytest.approx(0.01 / 25)
    assert max(rates) == rates[2] == pytest.approx(0.01)
    assert rates[-1] == pytest.approx(0.01 / 250_000)
    assert [one.learning_rate for one in events if isinstance(one, Epoch)] == [rates[4], rates[9]]


class Own(nn.Module):
    """A network with a `forward` of its own, which makes a row of each map."""

    def __init__(self, row):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=3, bias=False)
        self.norm, self.dense = nn.BatchNorm2d(4), nn.Linear(4 * 81, 2)
        self.row = row

    def forward(self, batch):
        return self.dense(self.row(torch.relu(self.norm(self.conv(batch)))))


def test_a_network_that_ends_in_a_convolution_is_trained_and_measured_like_one_with_a_dense_layer(training_of, xo):
    dense, last = nn.Linear(784, 2), nn.Conv2d(1, 2, 28)
    with torch.no_grad():
        last.weight.copy_(dense.weight.view(2, 1, 28, 28))
        last.bias.copy_(dense.bias)
    settings = Settings(epochs=2, batch_size=16)
    trainings = [training_of(xo, xo, settings, module=module) for module in (nn.Sequential(nn.Flatten(), dense), last)]
    for training in trainings:
        list(training.run())
    losses = [training.history[-1].validation_loss for training in trainings]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


def test_a_view_of_a_map_in_a_forward_is_trained_like_a_flattening(training_of, xo):
    colour = replace(xo, images=np.repeat(xo.images, 3, axis=3))
    first = Own(lambda maps: maps.flatten(1))
    second = copy.deepcopy(first)
    second.row = lambda maps: maps.view(maps.size(0), -1)
    settings = Settings(epochs=2, batch_size=16)
    trainings = [training_of(colour, colour, settings, module=module) for module in (first, second)]
    for training in trainings:
        list(training.run())
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert on_average_equal(one, other)
    losses = [training.history[-1].validation_loss for training in trainings]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


def test_running_numbers_are_means_over_the_epoch_so_far(training_of, xo):
    settings = Settings(epochs=1, batch_size=16, learning_rate=1e-12)
    steps = [one for one in training_of(xo, settings=settings, module=plain_network()).run() if isinstance(one, Step)]
    counts = [round(one.accuracy * min(16 * one.step, 70), 6) for one in steps]
    assert all(count == int(count) for count in counts)
    assert counts == sorted(counts)


def test_without_validation_pictures_nothing_is_measured(training_of, xo):
    training = training_of(xo, None, Settings(epochs=1))
    list(training.run())
    assert training.history[0].validation_loss is None
    assert training.history[0].validation_accuracy is None


def test_the_random_numbers_of_torch_and_numpy_are_not_disturbed(training_of, xo, other_xo):
    training = training_of(xo, other_xo, Settings(epochs=1, batch_size=16), augment=Affine(translate_px=(-3, 3)))
    torch_before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    list(training.run())
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


def test_the_global_seed_decides_nothing(training_of, xo):
    weights = []
    for seed in (0, 1):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            training = training_of(xo, settings=Settings(epochs=1))
            list(training.run())
            weights.append(training.state().weights)
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_another_seed_gives_another_training(training_of, small_network, xo):
    weights = []
    for seed in (0, 1):
        training = training_of(xo, settings=Settings(epochs=1, seed=seed), module=small_network())
        list(training.run())
        weights.append(training.state().weights["7.weight"])
    assert not torch.equal(*weights)


class Noting(nn.Module):
    """Notes in which mode and how often it is called."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(784, 2)
        self.modes = []

    def forward(self, batch):
        self.modes.append((self.training, len(batch)))
        return self.dense(batch.flatten(1))


def test_parts_train_on_the_training_pictures_and_rest_on_the_others(training_of, xo, other_xo):
    module = Noting()
    training = training_of(xo, other_xo, Settings(epochs=1, batch_size=16), module=module)
    module.modes.clear()  # that it was tried out on two blank pictures is no part of the training
    list(training.run())
    assert module.modes == [*[(True, 16)] * 4, (True, 6), (False, 30)]
    assert module.training


def test_measuring_changes_neither_weights_nor_statistics(training_of, xo, other_xo):
    with_and_without = [training_of(xo, validation, Settings(epochs=1)) for validation in (other_xo, None)]
    for training in with_and_without:
        list(training.run())
    first, second = (training.state().weights for training in with_and_without)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_pictures_are_augmented_anew_in_every_epoch(training_of, xo):
    seen = {}

    class Watching(Affine):
        def change(self, images, parameters):
            seen.setdefault(len(seen), parameters["translate_px_x"])
            return super().change(images, parameters)

    training = training_of(xo, settings=Settings(epochs=2, batch_size=70), augment=Watching(translate_px=(-5, 5)))
    list(training.run())
    places = [epoch_batches(70, 70, 0, epoch)[0] for epoch in (1, 2)]
    first, second = (seen[epoch][np.argsort(places[epoch])] for epoch in (0, 1))
    assert not np.array_equal(first, second)


def test_the_state_is_a_copy(training_of, xo):
    training = training_of(xo, settings=Settings(epochs=2, batch_size=16))
    events = training.run()
    for _ in range(8):
        next(events)
    state = training.state()
    kept = copy.deepcopy(state)
    list(events)
    assert state.counters == kept.counters
    for part in ("weights", "optimizer"):
        assert all(torch.equal(one, getattr(kept, part)[name]) for name, one in getattr(state, part).items())
    assert any(not torch.equal(one, kept.weights[name]) for name, one in training.state().weights.items())


def test_weights_that_are_no_numbers_stop_at_once_naming_epoch_and_batch(training_of, small_network, xo):
    module = small_network()
    with torch.no_grad():
        module[-1].weight.fill_(torch.nan)
    with pytest.raises(TrainingError, match="nan in epoch 1 at batch 1 of 5; no epoch was finished before"):
        next(training_of(xo, settings=Settings(batch_size=16), module=module).run())


def test_a_training_that_diverges_stops_with_epoch_and_batch_and_the_rate(training_of, xo):
    settings = Settings(epochs=4, batch_size=16, learning_rate=999.0, optimizer="sgd")
    training = training_of(xo, settings=settings, module=plain_network())
    with pytest.raises(TrainingError, match=r"in epoch \d .*batch \d of 5; .* try a smaller learning rate than 999"):
        list(training.run())


class Spoiled(nn.Module):
    """Answers well and gives a gradient that is no number: only the step after the loss goes wrong."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(784, 2)

    def forward(self, batch):
        outputs = self.dense(batch.flatten(1))
        if self.training:
            outputs.register_hook(lambda gradient: gradient * math.nan)
        return outputs


def test_a_last_step_that_spoils_the_weights_is_noticed_before_they_are_saved(training_of, xo, other_xo):
    settings = Settings(epochs=1, batch_size=70)
    unmeasured = training_of(xo, None, settings, module=Spoiled())
    list(unmeasured.run())
    with pytest.raises(TrainingError, match="the weights are no longer finite in epoch 2 after 0 batches"):
        unmeasured.state()
    with pytest.raises(TrainingError, match="the validation loss became nan in epoch 1 after batch 1 of 1"):
        list(training_of(xo, other_xo, settings, module=Spoiled()).run())


@pytest.mark.parametrize(
    ("outputs", "head", "told"),
    [
        (1, "softmax", r"must give 2 logits for each picture, but gave a tensor of shape \(32, 1\) for 32"),
        (10, "softmax", r"must give 2 logits for each picture, but gave a tensor of shape \(32, 10\) for 32"),
        (2, "sigmoid", r"must give 1 logit for each picture, but gave a tensor of shape \(32, 2\) for 32"),
    ],
)
def test_a_network_with_the_wrong_number_of_outputs_is_told(training_of, xo, outputs, head, told):
    module = nn.Sequential(nn.Flatten(), nn.Linear(784, outputs))
    with pytest.raises(ShapeError, match=told):
        next(training_of(xo, settings=Settings(), module=module, head=head).run())


def test_a_single_picture_can_be_learned(training_of, xo):
    one = replace(xo, images=xo.images[:1], labels=xo.labels[:1])
    training = training_of(one, settings=Settings(epochs=2), module=plain_network())
    list(training.run())
    assert training.history[1].train_loss < training.history[0].train_loss
