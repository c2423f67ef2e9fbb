"""The choice of adaptive polyphase sampling, and that nothing but the picture's content decides it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from convlens.models.layers import GlobalAveragePool, PolyphaseSampling
from convlens.models.networks import create
from convlens.models.polyphase import strongest, taken


def maps(seed, side, channels=3, count=2):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(count, channels, side, side)).astype(np.float32))


def same_up_to_a_move(one, other):
    """Say whether two maps (C, H, W) are equal after one of all moves round the torus."""
    height, width = one.shape[1:]
    return any(torch.equal(one.roll((down, right), (1, 2)), other) for down in range(height) for right in range(width))


def every_move(picture):
    """Give a picture (C, H, W) at all its moves round the torus."""
    height, width = picture.shape[1:]
    return torch.stack([picture.roll((y, x), (1, 2)) for y in range(height) for x in range(width)])


def test_the_choice_by_hand():
    """Four grids of four equal values 0, 1, 2, 3; then one of the ones becomes a 6."""
    picture = torch.tensor([[0.0, 1, 0, 1], [2, 3, 2, 3], [0, 1, 0, 1], [2, 3, 2, 3]]).view(1, 1, 4, 4)
    assert strongest(picture, 2).tolist() == [3]
    picture[0, 0, 0, 1] = 6
    assert strongest(picture, 2).tolist() == [1]  # 36 + 3 against 4 · 9
    assert strongest(picture, 2, norm=1).tolist() == [3]  # 6 + 3 against 4 · 3
    assert taken(picture, torch.tensor([1]), 2)[0, 0].tolist() == [[6, 1], [1, 1]]
    assert taken(picture, torch.tensor([2]), 2)[0, 0].tolist() == [[2, 2], [2, 2]]


def test_each_image_has_a_choice_of_its_own_and_all_its_channels_count():
    pictures = torch.zeros(3, 2, 4, 6)
    pictures[0, 0, 1, 0], pictures[0, 1, 0, 1] = 2, 3
    pictures[1, 1, 3, 3] = -1
    pictures[2, :, 0, 0] = 1
    assert strongest(pictures, 2).tolist() == [1, 3, 0]


@given(seed=st.integers(0, 99), stride=st.integers(1, 4), channels=st.integers(1, 5), cells=st.integers(1, 4))
def test_the_chosen_grid_has_the_largest_norm(seed, stride, channels, cells):
    pictures = maps(seed, stride * cells, channels)
    grids = [
        pictures[:, :, y::stride, x::stride].double().square().sum((1, 2, 3))
        for y in range(stride)
        for x in range(stride)
    ]
    assert strongest(pictures, stride).tolist() == torch.stack(grids, 1).argmax(1).tolist()


@given(
    seed=st.integers(0, 99),
    stride=st.integers(1, 4),
    taps=st.sampled_from([1, 2, 3, 6]),
    norm=st.sampled_from([1, 2]),
    down=st.integers(-9, 9),
    right=st.integers(-9, 9),
)
def test_a_move_round_the_torus_moves_the_sampled_map_and_changes_nothing_else(seed, stride, taps, norm, down, right):
    pictures = maps(seed, 3 * stride)
    sample = PolyphaseSampling(3, taps, stride, "circular", norm)
    before, after = sample(pictures), sample(pictures.roll((down, right), (2, 3)))
    assert all(same_up_to_a_move(one, other) for one, other in zip(before, after, strict=True))


def periodic():
    """Pictures whose grids have equal norms, by what makes them so; the grids differ in all but the first two."""
    row = torch.tensor([3.0, 0, 0, 0, 1, 1, 0, 2])
    mirrored = torch.zeros(1, 8, 8)
    mirrored[0, 0] = torch.tensor([3.0, 2, 1, 0, 0, 1, 2, 3])
    mirrored[0, 3] = torch.tensor([0.0, 5, 1, 4, 4, 1, 5, 0])
    colours = torch.zeros(2, 8, 8)
    colours[0, :, ::2] = colours[1, :, 1::2] = 1
    stripes = torch.ones(1, 8, 8)
    stripes[:, :, 1::2] = -1
    distances = torch.zeros(1, 12, 12)
    distances[0, 0, [0, 4]] = distances[0, 0, [1, 7]] = 1
    transposed = torch.zeros(1, 8, 8)
    transposed[0, 0, [0, 2]] = 1
    transposed[0, [1, 3], 1] = 1
    return {
        "blank": torch.zeros(2, 8, 8),
        "rows that are all the same": row.expand(1, 8, 8),
        "a mirrored picture": mirrored,
        "colours by turns": colours,
        "black and white stripes, less their mean": stripes,
        "two dots at different distances": distances,
        "lying and standing": transposed,
    }


@pytest.mark.parametrize("picture", periodic().values(), ids=periodic())
def test_equal_norms_are_told_apart_by_content_alone(picture):
    """The sampled maps of all moves are one map, moved about: the choice between equals is not by place."""
    sampled = PolyphaseSampling(None)(every_move(picture))
    assert all(same_up_to_a_move(sampled[0], other) for other in sampled)


def test_equal_norms_of_different_grids_do_occur_in_these_pictures():
    for name, picture in periodic().items():
        grids = [picture[:, y::2, x::2] for y in range(2) for x in range(2)]
        norms = torch.stack([grid.square().sum() for grid in grids])
        best = [grid for grid, norm in zip(grids, norms, strict=True) if norm == norms.max()]
        assert len(best) > 1, name
        differ = not all(same_up_to_a_move(best[0], other) for other in best)
        assert differ == (name not in ("blank", "rows that are all the same")), name


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_norms_are_equal_wherever_in_memory_the_cells_lie(layout):
    """Values of very different size, whose float32 sum is another one in nearly every order."""
    picture = maps(1, 24, channels=37, count=1)[0] * torch.logspace(-4, 4, 37).view(-1, 1, 1)
    moved = every_move(picture).contiguous(memory_format=layout)
    phases = strongest(moved, 2)
    start = torch.arange(24)
    origin = int(phases[0])
    rows, columns = (origin // 2 + start) % 2, (origin % 2 + start) % 2
    assert phases.view(24, 24).tolist() == (2 * rows[:, None] + columns).tolist()


@given(side=st.integers(1, 9), stride=st.integers(2, 4))
def test_sides_that_the_stride_does_not_divide_are_cut_or_filled_up(side, stride):
    pictures = torch.ones(1, 1, side, side + 1)
    filled, whole = (-(-side // stride), -(-(side + 1) // stride)), (side // stride, (side + 1) // stride)
    for rim in ("zeros", "reflect", "circular"):
        assert PolyphaseSampling(1, stride=stride, padding=rim)(pictures).shape[2:] == filled
    if min(whole) > 0:
        assert PolyphaseSampling(1, stride=stride, padding="valid")(pictures).shape[2:] == whole


def test_values_that_are_not_finite_or_tiny_or_huge_are_passed_on():
    pictures = maps(3, 4, count=1)
    for factor in (1e-30, 1e25, float("nan"), float("inf")):
        assert PolyphaseSampling(3)(pictures * factor).shape == (1, 3, 2, 2)


@pytest.mark.parametrize("pool", ["aps", "aps+blur3"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_logits_of_a_network_round_the_torus_are_bit_for_bit_the_same(pool, seed):
    """Convolutions, sampling and average are circular: nothing in the network knows where the picture lies."""
    module = create(f"cnn[head=pooled,padding=circular,pool={pool}]", size=8, seed=seed).eval()
    with torch.inference_mode():
        for picture in maps(seed, 8, channels=1):
            logits = module(every_move(picture))
            assert torch.equal(logits, logits[:1].expand_as(logits))


def test_a_network_with_other_samplings_does_see_where_the_picture_lies():
    module = create("cnn[head=pooled,padding=circular]", size=8).eval()
    with torch.inference_mode():
        logits = module(every_move(maps(0, 8, channels=1)[0]))
    assert not torch.allclose(logits, logits[:1].expand_as(logits), atol=1e-3)


def test_the_way_back_goes_through_the_chosen_values_alone():
    pictures = maps(2, 6).requires_grad_()
    nn.Sequential(PolyphaseSampling(3), GlobalAveragePool())(pictures).sum().backward()
    chosen = strongest(pictures, 2)
    for image, phase in enumerate(chosen.tolist()):
        grids = pictures.grad[image].view(3, 3, 2, 3, 2).permute(2, 4, 0, 1, 3).flatten(0, 1)
        assert torch.allclose(grids[phase], torch.tensor(1 / 9))
        assert all((grids[other] == 0).all() for other in range(4) if other != phase)
