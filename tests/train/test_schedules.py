import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convlens.train.schedules import learning_rate


def test_one_cycle_of_fifty_steps_by_hand():
    """Up from 1/25 over steps 0–14 (30 % of 50, less one), half way up at step 7, down to 1/250,000 at step 49."""
    rates = {step: learning_rate("one-cycle", 1.0, step, 50) for step in (0, 7, 14, 49)}
    assert rates == {
        0: pytest.approx(0.04),
        7: pytest.approx((0.04 + 1) / 2),
        14: pytest.approx(1.0),
        49: pytest.approx(4e-6),
    }


def test_the_middle_of_the_fall_by_hand():
    """Of 100 steps the top is step 29 and the end step 99, so step 64 stands half way down."""
    assert learning_rate("one-cycle", 1.0, 64, 100) == pytest.approx((1 + 4e-6) / 2)


def test_a_constant_rate_stays():
    assert {learning_rate("constant", 0.01, step, 9) for step in range(9)} == {0.01}


@pytest.mark.parametrize("total", [7, 10, 11, 100, 1407])
@pytest.mark.parametrize("peak", [1e-3, 0.4])
def test_one_cycle_agrees_with_the_scheduler_of_torch(total, peak):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.1)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=total, cycle_momentum=False)
    expected = []
    for step in range(total):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < total:
            scheduler.step()
    rates = [learning_rate("one-cycle", peak, step, total) for step in range(total)]
    assert rates == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 400), st.floats(1e-6, 10))
def test_one_cycle_rises_then_falls_within_its_bounds(total, peak):
    rates = [learning_rate("one-cycle", peak, step, total) for step in range(total)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert all(peak / 250_001 < rate <= peak * (1 + 1e-12) for rate in rates)
