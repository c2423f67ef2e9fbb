from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from convlens.audit.placing import PLACINGS
from convlens.audit.shifts import Shifts, grid, line
from convlens.audit.sweep import directly
from convlens.errors import SettingsError, ShapeError
from convlens.models.card import Card
from convlens.models.layers import BlurPool, GlobalAveragePool, PolyphaseSampling
from convlens.models.memory_format import lay_out, ordered
from convlens.models.networks import create
from convlens.models.predict import predictor
from convlens.models.sweep import shared_sweep, shift_sweep
from convlens.models.tensors import tensors
from convlens.models.weights import Classifier

KEEPING = tuple(border for border in PLACINGS if border not in ("canvas", "crop"))
ALONE = "everything is computed for each shift alone"


def one_by_one(model, images, shifts, border, fill=0):
    """Give the logits the other way: move the pictures, and ask the network about each."""
    bigger = (model.card.size[0] + 2 * shifts.radius, model.card.size[1] + 2 * shifts.radius)
    card = replace(model.card, size=bigger) if border == "canvas" else model.card
    return directly(predictor(model.module, card))(images, shifts, border, fill)


def gap(model, images, shifts, border, fill=0):
    """Give the largest difference between both ways, relative to the largest logit."""
    shared, direct = shift_sweep(model, images, shifts, border, fill), one_by_one(model, images, shifts, border, fill)
    assert shared.shape == direct.shape == (len(images), len(shifts), len(model.card.class_names))
    return np.abs(shared - direct).max() / np.abs(direct).max()


def classifier(module, size, channels=1, classes=3, head="softmax"):
    names = tuple(f"class {number}" for number in range(classes))
    return Classifier(
        module.eval(), Card("mine:net", names, size, channels, head, (0.3,) * channels, (0.4,) * channels)
    )


@st.composite
def networks(draw):
    """Draw a small network of layers that can be shared, and the size of its pictures."""
    size = draw(st.tuples(st.integers(6, 13), st.integers(6, 13)))
    channels = first = draw(st.sampled_from([1, 3]))
    torch.manual_seed(draw(st.integers(0, 2**31)))
    layers = []
    maps = torch.zeros(1, channels, *size)
    for _ in range(draw(st.integers(1, 4))):
        layer = draw(spatial(maps.shape[1:]))
        layers += [layer, draw(st.sampled_from([nn.ReLU(), nn.ReLU(inplace=True), nn.Tanh(), nn.Dropout()]))]
        maps = nn.Sequential(*layers).eval()(torch.zeros(1, channels, *size))
    count, height, width = maps.shape[1:]
    if draw(st.booleans()):
        norm = nn.BatchNorm2d(count)
        nn.init.normal_(norm.running_mean)
        nn.init.uniform_(norm.running_var, 0.5, 2)
        layers.append(norm)
    pools = [nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d((1, 1)), nn.AdaptiveAvgPool2d((height, 1))]
    pool = draw(st.sampled_from([None, *pools, GlobalAveragePool()]))
    if pool is not None:
        layers.append(pool)
        height, width = 1, 1
        if isinstance(pool, nn.AdaptiveAvgPool2d) and pool.output_size != 1:
            height = maps.shape[2]
    flatten = [] if isinstance(pool, GlobalAveragePool) else [nn.Flatten()]
    cells = count * height * width
    head = draw(st.sampled_from(["linear", "two layers"]))
    dense = [nn.Linear(cells, 3)] if head == "linear" else [nn.Linear(cells, 5), nn.ReLU(), nn.Linear(5, 3)]
    return classifier(nn.Sequential(*layers, *flatten, *dense), size, first)


@st.composite
def spatial(draw, shape):
    """Draw a convolution or a pool that fits into maps of a shape."""
    channels, height, width = shape

    def one(side):
        kernel = draw(st.integers(1, min(3, side)))
        dilation = draw(st.integers(1, 2)) if 2 * (kernel - 1) + 1 <= side else 1
        return kernel, draw(st.integers(1, 3)), dilation

    kernel, stride, dilation = zip(one(height), one(width), strict=True)
    match draw(st.sampled_from(["convolution", "max", "average", "blur"])):
        case "max":
            return nn.MaxPool2d(kernel, stride, dilation=dilation)
        case "average":
            return nn.AvgPool2d(kernel, stride, divisor_override=draw(st.sampled_from([None, 3])))
        case "blur" if min(height, width) >= 3:
            return BlurPool(channels, 3, draw(st.integers(1, 3)), "valid")
    groups = draw(st.sampled_from([1, channels]))
    return nn.Conv2d(channels, 4 * groups if channels == 1 else groups * 2, kernel, stride, 0, dilation, groups)


@st.composite
def moves(draw):
    """Draw a grid, a line or a list of shifts."""
    if draw(st.booleans()):
        return draw(st.sampled_from([grid, line]))(draw(st.integers(0, 4)))
    others = draw(st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), max_size=6))
    cells = np.array([(0, 0), *(cell for cell in others if cell != (0, 0))], np.int64)
    return Shifts(cells[:, 0], cells[:, 1], int(np.abs(cells).max()))


@settings(max_examples=80)
@given(networks(), moves(), st.sampled_from([*KEEPING, "crop"]), st.integers(0, 255), st.integers(0, 100))
def test_whatever_the_layers_the_logits_are_those_of_each_shifted_picture(model, shifts, border, fill, seed):
    height, width = (side + 2 * shifts.radius * (border == "crop") for side in model.card.size)
    images = np.random.default_rng(seed).integers(0, 256, (2, height, width, model.card.channels), np.uint8)
    assert gap(model, images, shifts, border, fill) < 1e-5
    assert ALONE not in shared_sweep(model, border)[1] or isinstance(model.module[0], nn.Flatten)


@pytest.mark.parametrize("border", KEEPING)
def test_the_cnn_is_swept_exactly_at_all_121_shifts(noise, border):
    model = classifier(create("cnn", seed=1), (28, 28), classes=10)
    assert gap(model, noise(2, 28, 28, 1), grid(5), border, fill=200) < 1e-5
    assert shared_sweep(model, border)[1] == (
        "conv1 to relu2 computed once for all shifts, flatten to dense2 for each shift alone, "
        "because flatten ties each cell to its place"
    )


def test_a_real_picture_is_swept_by_windows_of_it(noise):
    model = classifier(create("cnn", seed=1), (28, 28), classes=10)
    assert gap(model, noise(2, 36, 36, 1), grid(4), "crop") < 1e-5


def test_the_toy_answers_with_two_columns(noise):
    model = classifier(create("toy", seed=2), (4, 4), classes=2, head="sigmoid")
    logits = shift_sweep(model, noise(5, 4, 4, 1), grid(3), "zeros")
    assert (logits[..., 0] == 0).all()
    assert gap(model, noise(5, 4, 4, 1), grid(3), "zeros") < 1e-6


def test_the_plain_network_shares_nothing_and_says_so(noise):
    model = classifier(create("mlp", size=12, seed=1), (12, 12), classes=10)
    assert gap(model, noise(3, 12, 12, 1), grid(2), "edge") < 1e-6
    assert shared_sweep(model, "edge")[1] == f"{ALONE}, because flatten ties each cell to its place"


def test_six_strided_blocks_leave_single_windows_that_go_on_side_by_side(noise):
    widths = (3, 4, 4, 4)
    blocks = [
        layer
        for before, after in pairwise(widths)
        for layer in (nn.Conv2d(before, after, 3), nn.ReLU(), nn.BatchNorm2d(after), nn.MaxPool2d(2))
    ]
    model = classifier(nn.Sequential(*blocks, nn.Flatten(), nn.Linear(4 * 3 * 3, 3)), (40, 40), channels=3)
    assert gap(model, noise(2, 40, 40, 3), grid(3), "reflect") < 1e-5


POOLED = {
    "cnn[head=averaged]": "to average computed once for all shifts, dense2 for each shift alone",
    "cnn[head=pooled,pool=blur3]": "to pool3 computed once for all shifts, flatten to dense2 for each shift alone",
}
AROUND = [
    "cnn[padding=circular]",
    "cnn[head=pooled,padding=circular]",
    "cnn[head=pooled,padding=circular,pool=aps]",
    "cnn[head=pooled,padding=circular,pool=aps+blur3]",
    "cnn[head=pooled,padding=circular,pool=blur4]",
]


@pytest.mark.parametrize("name", POOLED)
@pytest.mark.parametrize("border", ["zeros", "canvas"])
def test_a_pooled_head_is_shared_too_and_reads_a_canvas(noise, name, border):
    model = classifier(create(name, size=28, seed=3), (28, 28), classes=10)
    assert gap(model, noise(2, 28, 28, 1), grid(2), border, fill=90) < 1e-5
    assert shared_sweep(model, border)[1].endswith(POOLED[name])


@pytest.mark.parametrize("name", AROUND)
def test_pictures_that_go_on_at_their_other_side_have_only_phases(noise, name):
    model = classifier(create(name, size=12, seed=4), (12, 12), classes=10)
    assert gap(model, noise(3, 12, 12, 1), grid(6), "wrap") < 1e-5
    assert ALONE not in shared_sweep(model, "wrap")[1]
    assert shared_sweep(model, "zeros")[1].startswith(f"{ALONE}, because conv1 pads its input with its other side")
    assert gap(model, noise(3, 12, 12, 1), grid(1), "zeros") < 1e-5


def test_adaptive_sampling_with_a_pooled_head_answers_alike_wherever_the_picture_lies(noise):
    model = classifier(create("cnn[head=pooled,padding=circular,pool=aps]", size=12, seed=5), (12, 12), classes=10)
    logits = shift_sweep(model, noise(4, 12, 12, 1), grid(6), "wrap")
    assert np.allclose(logits, logits[:, :1], atol=1e-6)
    assert (logits.argmax(axis=2) == logits[:, :1].argmax(axis=2)).all()


def test_where_a_stride_does_not_divide_a_circle_the_rest_is_computed_alone(noise):
    layers = nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"), nn.MaxPool2d(2)
    again = nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular")
    model = classifier(nn.Sequential(*layers, again, nn.Flatten(), nn.Linear(2 * 3 * 4, 3)), (7, 8))
    assert gap(model, noise(3, 7, 8, 1), grid(3), "wrap") < 1e-5
    assert "0 to 1 computed once" in shared_sweep(model, "wrap")[1]
    assert "because 2 pads its input with its other side" in shared_sweep(model, "wrap")[1]


class Textbook(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 6, 3), nn.MaxPool2d(2, 2)
        self.dropout, self.dense1, self.dense2 = nn.Dropout(), nn.Linear(6 * 2 * 3, 8), nn.Linear(8, 3)

    def forward(self, x):
        x = self.pool(functional.relu(self.conv1(x)))
        x = functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = functional.dropout(x.reshape(x.size(0), -1), training=self.training)
        return self.dense2(self.dropout(functional.relu(self.dense1(x))))


def test_a_forward_as_in_textbooks_is_shared(noise):
    model = classifier(Textbook(), (14, 18), channels=3)
    assert gap(model, noise(2, 14, 18, 3), grid(3), "symmetric") < 1e-5
    assert "conv1 to max_pool2d computed once for all shifts, reshape to dense2" in shared_sweep(model, "zeros")[1]


class Branching(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.dense = nn.Conv2d(1, 3, 3), nn.Linear(3, 3)

    def forward(self, x):
        x = self.conv(x)
        return self.dense((x + torch.tanh(x)).mean((2, 3)))


class Choosing(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(64, 3)

    def forward(self, x):
        return self.dense(x.flatten(1) if x.mean() > 0 else -x.flatten(1))


class Counting(nn.Module):
    """Gives something else at its third call than a trace of it, which is one call, would make one think."""

    def __init__(self):
        super().__init__()
        self.dense, self.calls = nn.Linear(64, 3), 0

    def forward(self, x):
        self.calls += 1
        return self.dense(x.flatten(1)) * (0.5 if self.calls == 2 else 1.0)


def same(*after):
    return nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), *after, nn.Flatten(), nn.Linear(2 * 64, 3))


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (same(), "0 pads its input (zeros), and each shifted picture has that padding at a border of its own"),
        (nn.Sequential(nn.MaxPool2d(3, 2, 1), nn.Flatten(), nn.Linear(16, 3)), "0 pads its input (zeros)"),
        (
            nn.Sequential(nn.GroupNorm(1, 1), nn.Flatten(), nn.Linear(64, 3)),
            "0 takes statistics over the whole picture",
        ),
        (nn.Sequential(nn.Upsample(scale_factor=2), nn.Flatten(), nn.Linear(256, 3)), "Upsample is no layer of which"),
        (nn.Sequential(nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(9, 3)), "0 divides 8×8 cells into 3×3 uneven"),
        (nn.Sequential(nn.MaxPool2d(3, 3, ceil_mode=True), nn.Flatten(), nn.Linear(9, 3)), "over the picture's edge"),
        (
            nn.Sequential(PolyphaseSampling(1, padding="reflect"), nn.Flatten(), nn.Linear(16, 3)),
            "pads its input (refl",
        ),
        (Branching(), "Branching has layers that do not follow one another in a single line"),
        (Choosing(), "Choosing has a forward that cannot be traced (TraceError)"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_shared_is_computed_alone_and_named(noise, module, why):
    model = classifier(module, (8, 8))
    reason = shared_sweep(model, "zeros")[1]
    assert reason.startswith(ALONE)
    assert why in reason
    assert gap(model, noise(3, 8, 8, 1), grid(2), "zeros") < 1e-5


def test_a_network_that_does_not_give_logits_is_refused():
    with pytest.raises(ShapeError, match="must give 3 logits for each picture, but gave a tensor of shape"):
        shared_sweep(classifier(nn.Conv2d(1, 3, 7), (8, 8)), "zeros")


class Viewing(nn.Module):
    def __init__(self, branches, channels):
        super().__init__()
        self.conv, self.dense, self.branches = nn.Conv2d(channels, 4, 3), nn.Linear(4 * 6 * 6, 3), branches

    def forward(self, x):
        x = self.conv(x)
        return self.dense((x + torch.tanh(x) if self.branches else x).view(x.size(0), -1))


@pytest.mark.parametrize("branches", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("loaded", [False, True])
def test_a_view_finds_tensors_in_the_order_it_needs(noise, branches, channels, loaded):
    model, images = classifier(Viewing(branches, channels), (8, 8), channels), noise(2, 8, 8, channels)
    if loaded:
        lay_out(model.module, (channels, 8, 8))
    shared = shift_sweep(model, images, grid(1), "wrap")
    assert gap(model, images, grid(1), "zeros") < 1e-5
    assert shared_sweep(model, "wrap")[1].startswith(
        ALONE if branches else "conv computed once for all shifts, view to"
    )
    moved = tensors(np.roll(images, (1, -1), (1, 2)), model.card.mean, model.card.std)
    pixels = ordered(moved, channels_last=False)
    with torch.inference_mode():
        assert np.allclose(shared[:, 6], model.module(pixels), atol=1e-5)  # dx −1, dy 1


def test_layers_before_the_first_that_cannot_be_shared_still_are(noise):
    module = nn.Sequential(nn.Conv2d(1, 1, 3), nn.AvgPool2d(2), same()[0], nn.ReLU(), nn.Flatten(), nn.Linear(2 * 9, 3))
    model = classifier(module, (8, 8))
    assert gap(model, noise(3, 8, 8, 1), grid(2), "zeros") < 1e-5
    assert shared_sweep(model, "zeros")[1].startswith(
        "0 to 1 computed once for all shifts, 2 to 5 for each shift alone"
    )


def test_a_network_that_is_not_what_it_seems_is_found_out():
    reason = shared_sweep(classifier(Counting(), (8, 8)), "zeros")[1]
    assert reason.startswith(f"{ALONE}, because dividing the network was tried, and its logits were off by ")


def test_a_network_that_cannot_be_run_on_a_canvas_is_run_on_windows(noise):
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 36, 3))

    def insist(_, tensors):
        if tensors[0].shape[2:] != (8, 8):
            raise ValueError("only 8×8")

    module[0].register_forward_pre_hook(insist)
    model = classifier(module, (8, 8))
    reason = shared_sweep(model, "edge")[1]
    assert reason == f"{ALONE}, because dividing the network was tried and failed (only 8×8)"
    assert gap(model, noise(3, 8, 8, 1), grid(2), "edge") < 1e-5


def test_logits_that_are_no_numbers_are_given_as_they_are(noise):
    module = create("cnn", size=12, seed=1)
    with torch.no_grad():
        module[0].weight.fill_(torch.nan)
    logits = shift_sweep(classifier(module, (12, 12), classes=10), noise(2, 12, 12, 1), grid(1), "zeros")
    assert np.isnan(logits).all()


def test_batch_statistics_are_not_shared():
    norm = nn.BatchNorm2d(1, track_running_stats=False)
    module = nn.Sequential(norm, nn.Flatten(), nn.Linear(64, 3))
    assert "0 takes its statistics from the batch" in shared_sweep(classifier(module, (8, 8)), "zeros")[1]


def test_a_network_that_goes_on_training_is_swept_with_the_weights_it_has(noise):
    model = classifier(create("cnn", size=12, seed=1), (12, 12), classes=10)
    model.module.train()
    by_shift, _ = shared_sweep(model, "zeros")
    first = by_shift(noise(2, 12, 12, 1), grid(1), "zeros", 0)
    with torch.no_grad():
        for weights in model.module.parameters():
            weights.mul_(1.5)
    then = by_shift(noise(2, 12, 12, 1), grid(1), "zeros", 0)
    assert model.module.training
    assert np.allclose(then, one_by_one(model, noise(2, 12, 12, 1), grid(1), "zeros"), atol=1e-5)
    assert not np.allclose(first, then, atol=1e-3)


def test_a_function_made_for_one_rule_serves_the_others(noise):
    model, images = classifier(create("cnn", size=12, seed=1), (12, 12), classes=10), noise(2, 12, 12, 1)
    by_shift, _ = shared_sweep(model, "zeros")
    for border in ("wrap", "reflect"):
        assert np.array_equal(by_shift(images, grid(2), border, 0), shift_sweep(model, images, grid(2), border))


def test_bf16_answers_are_float32_near_those_of_fp32(noise):
    model, images = classifier(create("cnn", size=12, seed=3), (12, 12), classes=10), noise(5, 12, 12, 1)
    exact = shift_sweep(model, images, grid(2), "zeros")
    rounded = shift_sweep(model, images, grid(2), "zeros", precision="bf16")
    assert rounded.dtype == np.float32
    assert 0 < np.abs(rounded - exact).max() < 0.05 * np.abs(exact).max()


def test_an_image_stands_alone_whatever_the_number_of_images_and_threads(noise):
    model, images = classifier(create("cnn", size=12, seed=3), (12, 12), classes=10), noise(70, 12, 12, 1)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        whole = shift_sweep(model, images, grid(1), "zeros")
    finally:
        torch.set_num_threads(before)
    assert np.allclose(whole[3:5], shift_sweep(model, images[3:5], grid(1), "zeros"), atol=1e-6)


def test_no_image_gives_no_logits(noise):
    model = classifier(create("cnn", size=12), (12, 12), classes=10)
    assert shift_sweep(model, noise(0, 12, 12, 1), grid(1), "zeros").shape == (0, 9, 10)


def test_pictures_and_rules_that_do_not_fit_are_refused(noise):
    model = classifier(create("cnn", size=12), (12, 12), classes=10)
    with pytest.raises(
        ShapeError, match=r"reads pictures of 12×12 pixels with 1 channel\(s\), but under 'zeros' it wo"
    ):
        shift_sweep(model, noise(1, 13, 12, 1), grid(1), "zeros")
    with pytest.raises(ShapeError, match="under 'crop' it would see 10×10 with 1; load others"):
        shift_sweep(model, noise(1, 12, 12, 1), grid(1), "crop")
    with pytest.raises(ShapeError, match="it would see 12×12 with 3"):
        shift_sweep(model, noise(1, 12, 12, 3), grid(1), "zeros")
    with pytest.raises(ShapeError, match=r"cannot read pictures of 14×14 pixels .* tied to its size"):
        shift_sweep(model, noise(1, 12, 12, 1), grid(1), "canvas")
    with pytest.raises(SettingsError, match="no border rule is named 'zero'; did you mean 'zeros'"):
        shift_sweep(model, noise(1, 12, 12, 1), grid(1), "zero")
    with pytest.raises(SettingsError, match="grey level from 0 to 255, got 256"):
        shift_sweep(model, noise(1, 12, 12, 1), grid(1), "zeros", 256)
    with pytest.raises(SettingsError, match="windows that move by 6 px each way need pictures larger than 12 px"):
        shift_sweep(model, noise(1, 12, 12, 1), grid(6), "crop")


def test_a_bare_network_is_swept_like_one_with_a_card_that_says_the_same(noise):
    module, images = create("cnn", size=12, seed=3), noise(3, 12, 12, 1)
    known = classifier(module, (12, 12), classes=10)
    for border in ("zeros", "crop"):
        larger = noise(3, 16, 16, 1) if border == "crop" else images
        bare = shift_sweep(module, larger, grid(2), border, mean=0.3, std=[0.4])
        assert np.array_equal(bare, shift_sweep(known, larger, grid(2), border))
    plain = shift_sweep(module, images, grid(1), "wrap")
    with torch.inference_mode():
        moved = tensors(np.roll(images, (1, -1), (1, 2)), (0,), (1,))
        assert np.allclose(plain[:, 6], module.eval()(moved), atol=1e-5)  # dx −1, dy 1


def test_a_bare_network_with_one_logit_gives_two_columns(noise):
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 1))
    logits = shift_sweep(module, noise(2, 8, 8, 1), grid(1), "zeros")
    assert logits.shape == (2, 9, 2)
    assert (logits[..., 0] == 0).all()


@pytest.mark.parametrize("border", ["zeros", "wrap", "reflect"])
def test_pairs_are_cells_of_the_grid_in_any_order_and_without_the_origin(noise, border):
    model, images = classifier(create("cnn", size=12, seed=3), (12, 12), classes=10), noise(2, 12, 12, 1)
    whole = shift_sweep(model, images, grid(2), border)
    for pairs in ([(2, 0), (0, 0), (-1, 2)], [(1, 1)], np.array([[2, -2], [2, -2]])):
        cells = [12 + 5 * dy + dx for dx, dy in pairs]
        assert np.allclose(shift_sweep(model, images, pairs, border), whole[:, cells], atol=1e-5)


@pytest.mark.parametrize("border", ["zeros", "wrap", "canvas"])
def test_shifts_as_large_as_the_picture_are_refused(noise, border):
    module = nn.Sequential(nn.Conv2d(1, 3, 3), GlobalAveragePool())
    with pytest.raises(SettingsError, match="28 px leaves nothing of pictures of 28×28 pixels; choose one below 28"):
        shift_sweep(classifier(module, (28, 28)), noise(1, 28, 28, 1), grid(28), border)


@pytest.mark.usefixtures("as_installed")
def test_what_a_sweep_cannot_take_is_refused_with_a_sentence(noise):
    model = create("cnn", size=12)
    with pytest.raises(ShapeError, match="grey pictures are"):
        shift_sweep(model, noise(3, 12, 12, 1)[..., 0], grid(1), "zeros")
    with pytest.raises(ShapeError, match="looks like N×C×H×W"):
        shift_sweep(model, noise(3, 12, 12, 1).transpose(0, 3, 1, 2), grid(1), "zeros")
    with pytest.raises(SettingsError, match=r"pairs of whole pixels like \[\(0, 0\), \(1, 0\)\], got 3"):
        shift_sweep(model, noise(3, 12, 12, 1), 3, "zeros")
    with pytest.raises(SettingsError, match="wants a torch network or a Classifier, got a function"):
        shift_sweep(lambda images: images, noise(3, 12, 12, 1), grid(1), "zeros")
    with pytest.raises(SettingsError, match="wants a Classifier"):
        shared_sweep(model, "zeros")
