from pathlib import Path

import pytest
import torch
from torch import nn

from convlens.models.weights import pack_tensors, unpack_tensors
from convlens.train.optimizers import make_optimizer, optimizer_tensors, restore_optimizer
from convlens.train.settings import Settings


def network(memory_format):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(4, 6, 3), nn.Flatten(), nn.Linear(6, 1)).to(memory_format=memory_format)


def learn(module, optimizer, steps):
    for step in range(steps):
        batch = torch.linspace(-1, 1, 2 * 36).reshape(2, 4, 3, 3) * (step + 1)
        optimizer.zero_grad()
        module(batch).square().mean().backward()
        optimizer.step()


def test_the_first_step_of_adam_by_hand():
    """Both moments are corrected for their start at zero, so the first step is the rate times the gradient's sign."""
    weight = nn.Parameter(torch.tensor([1.0, 2.0]))
    optimizer = make_optimizer([weight], Settings(learning_rate=0.25))
    weight.grad = torch.tensor([3.0, -0.5])
    optimizer.step()
    assert weight.tolist() == pytest.approx([0.75, 2.25], abs=1e-6)


def test_the_first_two_steps_of_sgd_by_hand():
    """Nesterov's momentum 0.9: v = 0.9·v + g, the step is rate·(g + 0.9·v)."""
    weight = nn.Parameter(torch.tensor([1.0]))
    optimizer = make_optimizer([weight], Settings(learning_rate=0.1, optimizer="sgd"))
    weight.grad = torch.tensor([1.0])
    optimizer.step()
    assert weight.item() == pytest.approx(1 - 0.1 * 1.9)
    optimizer.step()
    assert weight.item() == pytest.approx(1 - 0.1 * 1.9 - 0.1 * (1 + 0.9 * 1.9))


@pytest.mark.parametrize(
    ("name", "quantities"), [("adam", {"step", "exp_avg", "exp_avg_sq"}), ("sgd", {"momentum_buffer"})]
)
def test_the_memory_has_one_tensor_per_parameter_and_quantity(name, quantities):
    module = network(torch.contiguous_format)
    optimizer = make_optimizer(module.parameters(), Settings(optimizer=name))
    assert optimizer_tensors(optimizer) == {}
    learn(module, optimizer, 1)
    assert set(optimizer_tensors(optimizer)) == {f"{place}.{one}" for place in range(4) for one in quantities}


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_an_optimizer_goes_on_bit_for_bit_from_a_file_of_its_memory(name, memory_format):
    module, settings = network(memory_format), Settings(optimizer=name, learning_rate=0.01)
    optimizer = make_optimizer(module.parameters(), settings)
    learn(module, optimizer, 3)

    again = network(memory_format)
    again.load_state_dict(module.state_dict())
    restored = make_optimizer(again.parameters(), settings)
    content = pack_tensors(optimizer_tensors(optimizer), "optimizer")
    restore_optimizer(restored, unpack_tensors(content, Path("memory"))[0])

    learn(module, optimizer, 2)
    learn(again, restored, 2)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), again.parameters(), strict=True))
    memory = optimizer_tensors(restored)
    assert all(torch.equal(value, memory[key]) for key, value in optimizer_tensors(optimizer).items())


def test_moments_lie_in_memory_like_their_weights():
    module = network(torch.channels_last)
    optimizer = make_optimizer(module.parameters(), Settings())
    learn(module, optimizer, 1)
    plain = {name: value.contiguous() for name, value in optimizer_tensors(optimizer).items()}
    restore_optimizer(optimizer, plain)
    assert optimizer_tensors(optimizer)["0.exp_avg"].stride() == module[0].weight.stride() != (36, 9, 3, 1)


def test_restoring_takes_copies():
    module = network(torch.contiguous_format)
    optimizer = make_optimizer(module.parameters(), Settings())
    learn(module, optimizer, 1)
    kept = {name: value.clone() for name, value in optimizer_tensors(optimizer).items()}
    given = {name: value.clone() for name, value in kept.items()}
    restore_optimizer(optimizer, given)
    learn(module, optimizer, 2)
    assert all(torch.equal(given[name], kept[name]) for name in kept)


def test_a_weight_that_never_learns_needs_no_memory():
    module = network(torch.contiguous_format)
    module[0].requires_grad_(False)
    optimizer = make_optimizer(module.parameters(), Settings())
    learn(module, optimizer, 1)
    memory = optimizer_tensors(optimizer)
    assert {name.partition(".")[0] for name in memory} == {"2", "3"}
    again = make_optimizer(module.parameters(), Settings())
    restore_optimizer(again, memory)
    learn(module, again, 1)
    assert optimizer_tensors(again)["2.step"].item() == 2
