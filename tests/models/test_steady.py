"""The network for content that moves: its parameters, how far it sees, and that moves round a torus are nothing."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convlens.audit.shifts import Shifts
from convlens.augment.geometry import translate
from convlens.errors import SettingsError
from convlens.models.card import Card
from convlens.models.networks import MODELS, create
from convlens.models.predict import predictor
from convlens.models.sweep import shift_sweep
from convlens.models.tensors import tensors
from convlens.models.weights import Classifier

SAMPLING = MODELS["steady"].options["pool"]


def test_its_parameters_by_hand():
    """Each 3×3 convolution a → b has (9·a + 1)·b, each BatchNorm 2·b, the linear layer 256·10 + 10."""
    widths = (1, 32, 64, 128, 256)
    convolutions = sum((9 * a + 1) * b + 2 * b for a, b in pairwise(widths))
    assert sum(one.numel() for one in create("steady").parameters()) == convolutions + 2_570 == 391_370


def test_a_cell_of_the_last_map_sees_26_pixels():
    module = create("steady").eval()
    features = nn.Sequential(*list(module)[:-3])
    seen = torch.zeros(1, 1, 60, 60, requires_grad=True)
    features(seen)[0, :, 7, 7].sum().backward()
    rows = seen.grad.abs().sum(dim=(0, 1, 3)).nonzero()
    assert int(rows.max() - rows.min()) + 1 <= 26
    seen = torch.rand(1, 1, 60, 60, requires_grad=True)
    features(seen)[0, :, 7, 7].sum().backward()
    rows = seen.grad.abs().sum(dim=(0, 1, 3)).nonzero()
    assert 22 <= int(rows.max() - rows.min()) + 1 <= 26


@given(st.integers(0, 27), st.integers(0, 27), st.integers(0, 9))
@settings(max_examples=25)
def test_round_the_torus_with_aps_no_move_changes_a_bit(dx, dy, seed):
    module = create("steady[padding=circular,pool=aps]", seed=seed).eval()
    picture = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        assert torch.equal(module(picture), module(torch.roll(picture, (dy, dx), (2, 3))))


TORUS = "steady[padding=circular,pool=aps]"


def settled(seed, size):
    """Give that network, its BatchNorms and last bias set by random pictures so that its answers differ, and these."""
    module = create(TORUS, size=size, seed=seed)
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (24, size[0] // 4, size[1] // 4, 1)).repeat(4, axis=1).repeat(4, axis=2)
    images = (coarse // 2 + random.integers(0, 128, coarse.shape)).astype(np.uint8)
    card = Card(TORUS, tuple("abcdefghij"), size, 1, "softmax", (0.5,), (0.3,))
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0
    pictures = tensors(images, card.mean, card.std)
    with torch.no_grad():
        module.train()(pictures)
        module.dense1.bias -= module.eval()(pictures).mean(dim=0)
    return Classifier(module, card), images


@pytest.mark.parametrize(
    ("size", "seed"), [((28, 28), 0), ((28, 28), 1), ((16, 24), 0), ((16, 24), 2), ((12, 8), 1), ((12, 8), 3)]
)
def test_round_the_torus_every_one_of_all_moves_gives_the_same_label(size, seed):
    """All 784 of 28×28: moved one by one no bit of a logit differs; shared, sums are rounded otherwise (2e-6)."""
    model, images = settled(seed, size)
    predict = predictor(model.module, model.card)
    labels = predict(images).argmax(axis=1)
    assert len(set(labels.tolist())) > 2, "labels that are all the same could not differ"
    few = images[np.unique(labels, return_index=True)[1][:2]]
    down, right = (np.arange(side) - (side - 1) // 2 for side in size)
    dx, dy = np.tile(right, len(down)), np.repeat(down, len(right))
    moves = Shifts(dx, dy, int(max(np.abs(dx).max(), np.abs(dy).max())))
    assert len(moves) == size[0] * size[1]
    direct = np.stack([predict(translate(one[None].repeat(len(dx), 0), dx, dy, border="wrap")) for one in few])
    assert np.array_equal(direct, direct[:, :1].repeat(len(dx), axis=1))
    shared = shift_sweep(model, few, moves, "wrap")
    assert (shared.argmax(axis=2) == direct.argmax(axis=2)).all()
    assert np.abs(shared - direct).max() < 5e-6


def test_moved_by_whole_cells_on_an_empty_canvas_the_answer_is_nearly_the_same():
    """A move by the total stride of 4, with blank all round, takes the last map along; only its rim differs."""
    module = create("steady").eval()
    canvas = torch.zeros(1, 1, 92, 92)
    canvas[..., 40:52, 40:52] = torch.rand(12, 12, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        gap = (module(canvas) - module(torch.roll(canvas, (4, -8), (2, 3)))).abs().max()
    assert gap < 1e-5


@pytest.mark.parametrize("pool", SAMPLING)
@pytest.mark.parametrize("padding", ["same", "circular", "reflect"])
def test_every_way_of_sampling_has_the_same_parameters_and_reads_any_size(pool, padding):
    module = create(f"steady[padding={padding},pool={pool}]", 3, 2, (9, 14))
    module.load_state_dict(create("steady", 3, 2, 28).state_dict())
    with torch.inference_mode():
        assert module.eval()(torch.zeros(2, 2, 9, 14)).shape == (2, 3)


def test_pictures_that_leave_no_cell_are_refused():
    assert create("steady", size=8).eval()(torch.zeros(1, 1, 8, 8)).shape == (1, 10)
    with pytest.raises(SettingsError, match="needs pictures of at least 8×8 pixels"):
        create("steady", size=7)
