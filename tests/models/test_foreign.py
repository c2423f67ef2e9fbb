from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from convlens.audit.measures import to_json
from convlens.audit.placing import placed
from convlens.audit.shifts import grid
from convlens.audit.sweep import directly, sweep
from convlens.errors import ShapeError
from convlens.models.answering import Answers
from convlens.models.foreign import (
    entering_network,
    foreign_predictor,
    from_function,
    network_columns,
    own_columns,
    state_digest,
    with_answers,
)
from convlens.models.predict import predictor
from convlens.models.sweep import shared_sweep, shift_sweep
from convlens.models.sweeping.canvas import seen_size
from convlens.models.weights import Classifier


def brightness(images):
    level = images.reshape(len(images), -1).mean(axis=1, dtype=np.float32)
    return np.stack([level, 255 - level, level * 0], axis=1)


def test_a_function_is_shown_the_images_as_they_are(card_of, noise):
    images, card = noise(3, 4, 4, 1), card_of("mine:ask", 3)
    model = from_function(brightness)
    assert np.array_equal(foreign_predictor(model, card)(images), brightness(images))
    assert np.array_equal(model.entering(images, card), images)
    assert foreign_predictor(model, card)(images[:0]).shape == (0, 3)


def test_what_does_not_fit_the_card_or_the_classes_is_refused(card_of, noise):
    predict = foreign_predictor(from_function(brightness), card_of("mine:ask", 2))
    with pytest.raises(
        ShapeError, match=r"gave \(3, 3\) for 3 pictures, but 2 classes are wanted; tell with --class-map"
    ):
        predict(noise(3, 4, 4, 1))
    with pytest.raises(ShapeError, match="reads pictures of 4×4 pixels with 1 channel, but these are 5×4"):
        predict(noise(3, 5, 4, 1))


@pytest.mark.parametrize("answer", [np.zeros((2, 3)), np.zeros(3), "three", np.zeros((3, 2), complex)])
def test_what_is_no_row_of_numbers_for_each_picture_is_refused(card_of, noise, answer):
    with pytest.raises(ShapeError, match="a plain function must give one row of logits for each picture"):
        own_columns(from_function(lambda _: answer), noise(3, 4, 4, 1), card_of("mine:ask"))


def test_integers_and_doubles_become_single_precision(card_of, noise):
    for kind in (np.float64, np.int64, np.float16):
        columns = own_columns(
            from_function(lambda _, kind=kind: np.ones((3, 2), kind)), noise(3, 4, 4, 1), card_of("m:f")
        )
        assert (columns.dtype, columns.tolist()) == (torch.float32, [[1, 1]] * 3)


def test_what_enters_is_the_normalised_picture_and_not_the_picture(card_of, noise):
    images = noise(20, 4, 6, 3)
    card = replace(card_of("mine:net", 2, 3, mean=(0.5, 0.25, 0.0), std=(0.5, 1.0, 0.25)), size=(4, 6))
    module = nn.Sequential(nn.Flatten(), nn.Linear(72, 2))
    wanted = (images / 255 - np.array(card.mean)) / np.array(card.std)
    assert np.allclose(entering_network(module, card, images), wanted, atol=1e-5)
    assert not module._forward_pre_hooks


def test_a_networks_own_columns_need_no_card_that_fits(card_of, noise):
    module = nn.Sequential(nn.Flatten(), nn.Linear(16, 7))
    images, card = noise(5, 4, 4, 1), card_of("mine:net", 2)
    wanted = predictor(module, card_of("mine:net", 7))(images)
    assert np.array_equal(network_columns(module, card, images).numpy(), wanted)
    assert not module._forward_hooks


def test_a_network_that_cannot_read_the_pictures_says_which_options_tell(card_of, noise):
    with pytest.raises(
        ShapeError, match=r"cannot read pictures of 5×5 pixels with 1 channels: .*, by --size and --chan"
    ):
        network_columns(nn.Sequential(nn.Flatten(), nn.Linear(16, 7)), card_of("mine:net", side=5), noise(2, 5, 5, 1))


def test_answers_stand_behind_a_network_only_where_they_change_something():
    module = nn.Linear(2, 2)
    assert with_answers(module, Answers()) is module
    wrapped = with_answers(module, Answers(groups=((1,), (0,))))
    inputs = torch.tensor([[1.0, 2.0]])
    assert torch.equal(wrapped(inputs), module(inputs)[:, [1, 0]])


def test_the_digest_is_that_of_the_weights_and_the_layers():
    one, other = nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    other.load_state_dict(one.state_dict())
    assert state_digest(one) != state_digest(other)
    twin = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    assert state_digest(one) != state_digest(twin)
    twin.load_state_dict(one.state_dict())
    assert state_digest(one) == state_digest(twin)


class Own(nn.Module):
    """A network with a `forward` of its own, which joins two branches and pools what they give."""

    def __init__(self, columns, *, likely=False, kept=False):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 6, 3, stride=2), nn.Conv2d(3, 6, 5, stride=2, padding=1)
        self.last, self.likely, self.kept = nn.Conv2d(6, columns, 1), likely, kept

    def forward(self, batch):
        maps = torch.relu(self.first(batch)) + self.second(batch)
        outputs = self.last(maps.mean(dim=(2, 3), keepdim=True))
        outputs = outputs if self.kept else outputs.view(outputs.size(0), -1)
        return outputs.softmax(dim=1) if self.likely else outputs


def layers(columns):
    return nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.MaxPool2d(2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, columns)
    )


GROUPED = ((0, 3), (2,), (1, 4))
WRAPPED = {
    "layers, grouped": (lambda: layers(5), Answers(groups=GROUPED)),
    "layers, turned": (lambda: layers(3), Answers(groups=((2,), (0,), (1,)))),
    "own forward, grouped": (lambda: Own(5), Answers(groups=GROUPED)),
    "probabilities, grouped": (lambda: Own(5, likely=True), Answers("probabilities", GROUPED)),
    "a map of one cell": (lambda: Own(5, kept=True), Answers(groups=GROUPED)),
    "as they are": (lambda: Own(3), Answers()),
    "a map of one cell as it is": (lambda: Own(3, kept=True), Answers()),
}


def grouped_by_hand(columns, answers):
    """Add up what belongs together, in double precision, without the class `Answers`."""
    exact = columns.reshape(len(columns), -1).astype(np.float64)
    shares = exact if answers.given == "probabilities" else np.exp(exact)
    groups = answers.groups or tuple((column,) for column in range(shares.shape[1]))
    return np.log(np.stack([shares[:, list(group)].sum(axis=1) for group in groups], axis=1))


@pytest.mark.parametrize("border", ["crop", "canvas", "zeros", "wrap"])
@pytest.mark.parametrize("name", WRAPPED)
def test_the_shared_sweep_of_a_wrapped_network_is_the_direct_one_and_groups_as_by_hand(card_of, noise, name, border):
    torch.manual_seed(3)
    made, answers = WRAPPED[name]
    network, shifts = made().eval(), grid(2)
    card = card_of("mine:net", 3, 3, 11, mean=(0.4,) * 3, std=(0.3,) * 3)
    images = noise(4, *(2 * (15 if border == "crop" else 11,)), 3)
    wrapped = with_answers(network, answers)
    seen = seen_size(images.shape[1:3], shifts.radius, border)
    direct = directly(predictor(wrapped, replace(card, size=seen)))(images, shifts, border, 7)
    shared = shift_sweep(Classifier(wrapped, card), images, shifts, border, 7)
    assert np.abs(shared - direct).max() < 1e-5 * max(1, np.abs(direct).max())
    for place, (dx, dy) in enumerate(zip(shifts.dx, shifts.dy, strict=True)):
        moved = (np.full(len(images), step, np.int64) for step in (dx, dy))
        pixels = placed(images, *moved, radius=shifts.radius, border=border, fill=7)
        normal = ((pixels / 255 - 0.4) / 0.3).transpose(0, 3, 1, 2).astype(np.float32)
        with torch.inference_mode():
            columns = network(torch.from_numpy(normal.copy())).numpy()
        assert np.allclose(shared[:, place], grouped_by_hand(columns, answers), atol=1e-4)


@pytest.mark.parametrize("border", ["crop", "canvas"])
def test_an_audit_of_a_wrapped_network_is_the_same_by_the_shared_sweep(card_of, noise, border):
    torch.manual_seed(4)
    card = card_of("mine:net", 3, 3, 11)
    images, labels = noise(9, *(2 * (15 if border == "crop" else 11,)), 3), np.arange(9, dtype=np.int64) % 3
    wrapped = with_answers(Own(5).eval(), Answers(groups=GROUPED))
    by_shift, _ = shared_sweep(Classifier(wrapped, card), border)
    predict = predictor(wrapped, replace(card, size=seen_size(images.shape[1:3], 2, border)))
    both = [
        to_json(sweep(predict, images, labels, card.class_names, grid(2), border=border, by_shift=way))
        for way in (None, by_shift)
    ]
    counted = [{name: one[name] for name in ("clean", "mean", "lowest", "right_everywhere")} for one in both]
    assert counted[0] == counted[1]
    assert [cell["accuracy"] for cell in both[0]["cells"]] == [cell["accuracy"] for cell in both[1]["cells"]]
