import numpy as np

from convlens.explain.operations import Softmax
from convlens.explain.short_steps import ANSWERS, steps_in_short
from convlens.explain.traced import TracedStep


def step(name: str, by_hand: np.ndarray, torch: np.ndarray) -> TracedStep:
    return TracedStep(name, "", "softmax", Softmax(), (), by_hand, torch)


def test_a_step_is_told_with_its_shape_its_largest_number_and_how_far_torch_is():
    steps = [
        step("conv", np.zeros((2, 3, 4)), np.zeros((2, 3, 4))),
        step("end", np.array([1.0, 2.0]), np.array([1.0, -2.5])),
    ]
    head, conv, end, gap, by_hand, torch = steps_in_short(steps, 1)
    assert head.split("  ")[0] == "step"
    assert conv.split() == ["conv", "softmax", "2×3×4", "0", "0"]
    assert end.split() == ["end", "softmax", "2", "2.5", "4.5"]
    assert (gap, by_hand, torch.strip()) == ("", "end by hand  1  2", "torch  1  -2.5")


def test_a_long_answer_is_left_out():
    many = np.zeros(ANSWERS + 1)
    assert len(list(steps_in_short([step("end", many, many)], 0))) == 2
