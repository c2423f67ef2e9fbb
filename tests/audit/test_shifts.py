import numpy as np
import pytest

from convlens.audit.shifts import Shifts, grid, line
from convlens.errors import SettingsError


def test_the_grid_of_radius_one_is_the_nine_cells_row_by_row():
    shifts = grid(1)
    assert list(zip(shifts.dx.tolist(), shifts.dy.tolist(), strict=True)) == [
        (-1, -1), (0, -1), (1, -1),
        (-1, 0), (0, 0), (1, 0),
        (-1, 1), (0, 1), (1, 1),
    ]  # fmt: skip
    assert (shifts.radius, shifts.pattern, shifts.origin, len(shifts)) == (1, "grid", 4, 9)


@pytest.mark.parametrize("radius", [0, 1, 5])
def test_the_grid_holds_every_cell_once_with_both_ends_and_both_axes(radius):
    shifts = grid(radius)
    cells = set(zip(shifts.dx.tolist(), shifts.dy.tolist(), strict=True))
    assert len(cells) == len(shifts) == (2 * radius + 1) ** 2
    assert {x for x, _ in cells} == {y for _, y in cells} == set(range(-radius, radius + 1))


def test_the_line_moves_sideways_only():
    shifts = line(5)
    assert shifts.dx.tolist() == list(range(-5, 6))
    assert set(shifts.dy.tolist()) == {0}
    assert shifts.origin == 5


def test_a_list_of_ones_own_may_be_tried():
    assert Shifts(np.array([0, 3]), np.array([0, -4]), 4).pattern == "list"


@pytest.mark.parametrize(
    ("dx", "dy", "radius", "sentence"),
    [
        ([1, 2], [0, 0], 2, "unshifted cell"),
        ([0, 0], [0, 0], 0, "unshifted cell"),
        ([0, 3], [0, 0], 2, "radius"),
    ],
)
def test_shifts_without_one_origin_or_of_another_radius_are_refused(dx, dy, radius, sentence):
    with pytest.raises(SettingsError, match=sentence):
        Shifts(np.array(dx), np.array(dy), radius)


@pytest.mark.parametrize("pattern", [grid, line])
def test_a_negative_radius_is_refused(pattern):
    with pytest.raises(SettingsError, match="got -1"):
        pattern(-1)
