import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.directions import directions, mirrored, parity_weights, phases
from convlens.audit.shifts import Shifts, grid, line
from convlens.audit.significance import even_odds


def rights(answered, hits, shifts):
    """Answers that are right (class 0) where `hits` says so."""
    return answered(1 - np.array(hits, int), [0] * len(hits), shifts, classes=2)


def test_left_and_right_by_hand(answered):
    # right in both, one and none of the two cells at −2, −1; in none, one and none at 1, 2
    found = directions(rights(answered, [[1, 1, 1, 0, 0], [1, 0, 1, 1, 0], [0, 0, 1, 0, 0]], line(2)))
    assert [one.pair for one in found] == ["left – right", "odd – even dx"]
    assert found[0].difference.value == pytest.approx((1 + 0 + 0) / 3)
    assert found[0].p == even_odds(1, 0) == 1.0
    assert (found[0].test, found[1].test) == ("sign", "mean")


def test_up_and_down_on_a_grid(answered):
    shifts = grid(2)
    found = directions(rights(answered, np.tile(shifts.dy <= 0, (30, 1)), shifts))
    by_pair = {one.pair: one for one in found}
    assert list(by_pair) == ["left – right", "up – down", "odd – even dx", "odd – even dy"]
    assert by_pair["up – down"].difference.value == 1.0
    assert by_pair["up – down"].p == even_odds(30, 0)
    assert by_pair["left – right"].difference.value == 0.0
    assert by_pair["left – right"].p == 1.0
    # the smallest of four
    assert by_pair["up – down"].p_holm == pytest.approx(4 * even_odds(30, 0))


@pytest.mark.parametrize("radius", [2, 3, 5, 6])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_distance_alone_is_no_parity(radius, degree):
    shifts = grid(radius)
    weights = parity_weights(shifts.dx, shifts.dy)
    if degree < radius:
        assert abs(weights @ (np.abs(shifts.dx) ** degree)) < 1e-9
    assert weights @ (shifts.dx % 2 == 1) == pytest.approx(1)
    assert weights @ (shifts.dx % 2 == 0) == pytest.approx(-1)


def test_a_stride_is_found_in_the_direction_in_which_it_lies(answered):
    generator = np.random.default_rng(0)
    shifts = grid(5)
    chance = 0.9 - 0.03 * np.abs(shifts.dx) - 0.02 * np.abs(shifts.dy) - 0.1 * (shifts.dx % 2)
    found = directions(rights(answered, generator.random((500, 121)) < chance, shifts))
    by_pair = {one.pair: one for one in found}
    one = by_pair["odd – even dx"]
    assert one.difference.low <= -0.1 <= one.difference.high
    assert one.p_holm < 0.001
    assert by_pair["odd – even dy"].p > 0.01


def test_a_model_that_is_only_worse_far_away_has_no_phase(answered):
    """Each image is right up to a distance of its own; a plain difference finds odd steps worse."""
    generator = np.random.default_rng(1)
    shifts = line(5)
    alarms, plain = 0, []
    for _ in range(300):
        reach = generator.choice(7, 400, p=np.array([1, 2, 3, 4, 5, 6, 10]) / 31)
        hits = np.abs(shifts.dx) <= reach[:, None] - 1
        found = {one.pair: one for one in directions(rights(answered, hits, shifts))}
        alarms += found["odd – even dx"].p <= 0.05
        odd = shifts.dx % 2 == 1
        plain.append(hits[:, odd].mean() - hits[:, ~odd].mean())
    assert alarms <= 0.08 * 300
    assert np.mean(plain) < -0.05


def test_short_lines_cannot_tell_parity_from_distance(answered):
    for shifts in (grid(1), line(1)):
        assert not parity_weights(shifts.dx, shifts.dy).any()
    pairs = [one.pair for one in directions(rights(answered, np.ones((3, 9)), grid(1)))]
    assert pairs == ["left – right", "up – down"]


def test_a_list_of_shifts_has_the_comparisons_that_it_allows(answered):
    lopsided = Shifts(np.array([0, 1, 2]), np.array([0, 0, 3]), 3)
    assert directions(rights(answered, np.ones((2, 3)), lopsided)) == []
    corners = Shifts(np.array([0, -2, 2, 2]), np.array([0, 1, 1, 3]), 3)
    (found,) = directions(rights(answered, [[1, 1, 0, 1]], corners))
    assert (found.pair, found.difference.value) == ("left – right", 1.0)
    assert directions(rights(answered, [[1]], line(0))) == []


@given(st.integers(0, 4))
def test_every_cell_off_the_axis_has_its_mirror_image(radius):
    shifts = grid(radius)
    one, other = mirrored(shifts.dx, shifts.dy)
    assert len(one) == radius * (2 * radius + 1)
    assert (shifts.dx[one] == -shifts.dx[other]).all()
    assert (shifts.dx[one] < 0).all()
    assert (shifts.dy[one] == shifts.dy[other]).all()


def test_phases_by_hand(answered):
    # the cells −2 … 2: even ones (without 0) are right half of the time, odd ones a quarter
    found = phases(rights(answered, [[1, 0, 1, 1, 0], [1, 0, 0, 0, 0]], line(2)))
    assert [(one.dx_odd, one.dy_odd, one.accuracy.value) for one in found] == [(False, False, 0.5), (True, False, 0.25)]
    assert found[0].to_json().keys() == {"dx_odd", "dy_odd", "accuracy", "low", "high"}


def test_phases_of_a_grid_are_four(answered):
    shifts = grid(2)
    hits = np.tile((shifts.dx % 2 == 1) & (shifts.dy % 2 == 0), (4, 1))
    found = {(one.dx_odd, one.dy_odd): one.accuracy.value for one in phases(rights(answered, hits, shifts))}
    assert found == {(False, False): 0.0, (True, False): 1.0, (False, True): 0.0, (True, True): 0.0}


def test_without_shifts_there_are_no_phases(answered):
    assert phases(rights(answered, [[1]], line(0))) == []
