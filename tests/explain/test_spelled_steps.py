import numpy as np
import torch

from convlens.explain import trace
from convlens.explain.spelled_steps import is_small, steps_text
from convlens.models import Card, Classifier, create

from .test_tracing import toy_by_hand

CARD = Card("toy", ("o", "x"), (4, 4), 1, "sigmoid", (0.0,), (1.0,))


def test_the_whole_pass_of_toy_with_every_number():
    network, image = toy_by_hand()
    lines = [line.strip() for line in steps_text(trace(Classifier(network, CARD), image)).splitlines()]
    wanted = [
        "the picture as it enters the network, 1×4×4",
        "conv1 (Conv2d): 1×2×2",
        "filter 0, channel 0",
        "bias  2",
        "a matrix of zeros, to be filled number by number",
        "[0, 0, 0] = 1·1 + 2·0 + 3·0 + 5·0 + 6·1 + 7·0 + 9·0 + 10·0 + 11·(-1) + 2 = -2",
        "[0, 0, 1] = 2·1 + 3·0 + 4·0 + 6·0 + 7·1 + 8·0 + 10·0 + 11·0 + 12·(-1) + 2 = -1",
        "channel 0 by hand     torch",
        "pool1 (MaxPool2d): 1×1×1",
        "[0, 0, 0] = max(-2, -1, 2, 3) = 3",
        "relu1 (ReLU): 1×1×1",
        "[0, 0, 0] = max(0, 3) = 3",
        "flatten (Flatten): 1",
        "dense1 (Linear): 1",
        "weights of output 0  -0.5",
        "[0] = 3·(-0.5) + 1.5 = 0",
        "sigmoid (sigmoid): 1",
        "[0] = 1 / (1 + e^0) = 0.5",
        "torch: the same",
    ]
    places = [lines.index(line) for line in wanted]
    assert places[:-1] == sorted(places[:-1])


def test_of_toy_on_letters_of_28_pixels_every_number_is_shown_too():
    network = create("toy", size=(28, 28))
    followed = trace(network, torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(0)))
    lines = steps_text(followed).splitlines()
    assert max(map(len, lines)) <= 28 * 7
    by_hand = lines.index("channel 0 by hand", lines.index("conv1 (Conv2d): 1×26×26"))
    shown = [[float(cell) for cell in line.split()] for line in lines[by_hand + 1 : by_hand + 27]]
    assert np.allclose(shown, followed.steps[0].value[0], atol=0.00501)
    assert lines[by_hand + 27] == "torch"
    zeros = lines.index("a matrix of zeros, to be filled number by number")
    assert lines[zeros + 2].split() == ["0"] * 26
    rows = lines[lines.index("dense1 (Linear): 1") + 1 :]
    weights = " ".join(rows[: next(place for place, line in enumerate(rows) if line.startswith("bias"))])
    assert len(weights.removeprefix("weights of output 0").split()) == 169


def test_a_large_network_has_a_line_for_each_step():
    followed = trace(create("cnn"), torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(0)))
    assert not is_small(followed)
    lines = steps_text(followed).splitlines()
    assert lines[0].split() == ["step", "kind", "output", "largest", "differs", "from", "torch", "by", "at", "most"]
    assert lines[1].split()[:3] == ["conv1", "Conv2d", "64×26×26"]
    assert [line.split()[0] for line in lines[1:11]] == [step.name for step in followed.steps]
    assert lines[12].startswith("dense2 by hand  ")
    assert lines[13].strip().startswith("torch  ")


def test_batch_norm_shows_its_numbers():
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(1)).eval()
    text = steps_text(trace(network, torch.ones(1, 2, 2)))
    assert "mean  0" in text
    assert "var  1" in text


def test_of_a_step_with_many_sums_the_first_are_written_out():
    text = steps_text(trace(torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1)), torch.ones(1, 5, 5)))
    assert "… and 9 more in the same way" in text


def test_normalisation_and_transposed_filters_show_their_numbers():
    network = torch.nn.Sequential(torch.nn.ConvTranspose2d(1, 2, 2), torch.nn.LayerNorm((2, 3, 3)))
    lines = steps_text(trace(network, torch.ones(1, 2, 2))).splitlines()
    heading = lines[lines.index("layer '0' (ConvTranspose2d): 2×3×3") + 1]
    assert heading.split() == ["channel", "0,", "filter", "0", "channel", "0,", "filter", "1"]
    assert any(line.startswith("[0, 0, 0] = 1·") for line in lines)
    weight = lines.index("weight")
    assert lines[weight + 2].split() == ["1"] * 6
