"""A whole pass as a program."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from convlens.blocks.activations import ACTIVATIONS
from convlens.errors import SettingsError
from convlens.explain import trace
from convlens.explain.expressions import expression
from convlens.explain.program import program, variables
from convlens.models import create

from .drawn import drawn


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("seed", range(40))
def test_the_program_of_a_random_network_gives_every_step_again(seed):
    module, image = drawn(seed)
    followed = trace(nn.Sequential(module, nn.Softmax(1)), image)
    require_every_step(followed)


def require_every_step(followed):
    """Run a trace's program and hold every variable against the trace."""
    left = {}
    exec(compile(program(followed), "<program>", "exec"), left)
    names = variables([step.name for step in followed.steps])
    for name, step in zip(names, followed.steps, strict=True):
        assert left[name] == pytest.approx(step.value, rel=1e-9), step.name


class Odd(nn.Module):
    """What the random networks have not: names that Python keeps for itself, a product, a cut, single numbers."""

    def __init__(self):
        super().__init__()
        self.weight_ = nn.Conv2d(1, 2, 3)
        self.window = nn.Sigmoid()
        self.lambda_ = nn.Linear(2, 2, bias=False)
        self.norm = nn.BatchNorm1d(2, affine=False)
        setattr(self, "class", nn.GELU(approximate="tanh"))

    def forward(self, x):
        maps = functional.pad(self.weight_(x), (-1, 0, 0, -2), value=3.0)
        maps = functional.pad(maps, (1, -2, 0, 0), mode="replicate")
        maps = self.window(maps) * maps
        return self.norm(getattr(self, "class")(self.lambda_(maps.mean((2, 3)))))


def test_the_program_of_an_odd_network_gives_every_step_again():
    followed = trace(Odd().double(), torch.rand(1, 9, 8, generator=torch.Generator().manual_seed(0)))
    assert followed.difference < 1e-12
    require_every_step(followed)


def test_variables_are_named_like_their_steps_as_far_as_python_allows():
    names = ["conv1", "layer1.0.conv1", "layer1.0_conv1", "0", "class", "window", "of the answer", "q"]
    assert variables(names) == [
        "conv1", "layer1_0_conv1", "layer1_0_conv1_", "step_0", "step_class", "step_window", "of_the_answer", "step_q",
    ]  # fmt: skip


def test_the_program_of_toy_runs_alone_and_prints_the_answer():
    followed = trace(create("toy"), torch.rand(1, 4, 4, generator=torch.Generator().manual_seed(0)))
    code = program(followed)
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    printed = float(done.stdout.strip().strip("[]"))
    assert printed == pytest.approx(followed.steps[-1].value[0], rel=1e-7)
    assert "convlens" not in code


def test_a_large_network_is_not_written_out():
    # 784 pixels, 784·1000 + 1000 and 1000·10 + 10 weights
    with pytest.raises(SettingsError, match="networks of up to 50,000 numbers, and this one has 795,794"):
        program(trace(create("mlp"), torch.zeros(1, 28, 28)))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_function_of_blocks_is_written_as_python_too(name):
    parameters = {"scale": [("by", -2.0)], "shift": [("by", 0.5)]}.get(name, [])
    z = np.linspace(-25.0, 25.0, 101)
    given = eval(expression(name, parameters, "z"), {"np": np, "math": __import__("math"), "z": z})
    assert given == pytest.approx(ACTIVATIONS[name](z, **dict(parameters)), rel=1e-12, abs=1e-15)


def test_the_other_gelu_is_written_as_python_too():
    z = torch.linspace(-4, 4, 33, dtype=torch.float64)
    given = eval(expression("gelu_tanh", [], "z"), {"np": np, "z": z.numpy()})
    assert given == pytest.approx(nn.functional.gelu(z, approximate="tanh").numpy(), rel=1e-12)
