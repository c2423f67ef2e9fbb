import numpy as np
import pytest

from convlens.audit import measures, severity_audit, severity_measures, shift_audit, spatial_audit, spatial_measures
from convlens.audit.poses import Limits
from convlens.audit.requirements import (
    CHANGE_NUMBERS,
    NO_SHARES,
    SHIFT_NUMBERS,
    SPATIAL_NUMBERS,
    Requirement,
    require,
    require_possible,
    requirement,
)
from convlens.errors import ConvlensError, SettingsError

RESULT = {
    "right_everywhere": 0.72,
    "flip_probability": 0.1,
    "median_first_flip_px": None,
    "intervals": {
        "right_everywhere": [0.69, 0.75],
        "flip_probability": [0.08, 0.12],
        "median_first_flip_px": [4.0, None],
    },
}


def test_a_requirement_is_read_with_and_without_spaces():
    wanted = Requirement("right_everywhere", ">=", 0.7)
    assert requirement("right_everywhere>=0.7") == requirement(" right_everywhere >= .7 ") == wanted
    assert requirement("flip_probability<=1e-1") == Requirement("flip_probability", "<=", 0.1)


@pytest.mark.parametrize("text", ["right_everywhere", "right_everywhere>0.7", "a>=b", "a>=1.2.3", ">=1", "a=1", ""])
def test_what_is_no_requirement_is_answered_with_an_example(text):
    with pytest.raises(SettingsError, match=r"written like 'right_everywhere>=0\.7'"):
        requirement(text)


@pytest.mark.parametrize(
    "text",
    [
        "right_everywhere>=0.69",
        "right_everywhere<=0.75",
        "flip_probability<=0.12",
        "median_first_flip_px>=4",
    ],
)
def test_a_bound_outside_the_interval_is_kept(text):
    require(RESULT, [requirement(text)])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("right_everywhere>=0.7", "right_everywhere is 0.72, and its interval's lower end 0.69"),
        ("flip_probability<=0.1", "flip_probability is 0.1, and its interval's upper end 0.12"),
    ],
)
def test_a_bound_inside_the_interval_is_not_shown_to_be_kept(text, told):
    with pytest.raises(ConvlensError, match=told) as raised:
        require(RESULT, [requirement(text)])
    assert type(raised.value) is ConvlensError  # exit code 1: the audit failed, the command was right


def test_every_missed_requirement_is_named():
    with pytest.raises(ConvlensError, match=r"right_everywhere>=0\.9.*; flip_probability<=0\.01 "):
        require(RESULT, map(requirement, ("right_everywhere>=0.9", "flip_probability<=0.01")))


def test_a_censored_median_is_above_the_grid_and_so_not_below_anything():
    with pytest.raises(ConvlensError, match="median_first_flip_px is more than the audit's range"):
        require(RESULT, [requirement("median_first_flip_px<=9")])


def test_an_unknown_number_is_answered_with_near_ones():
    with pytest.raises(SettingsError, match="no number 'right_everwhere'; did you mean 'right_everywhere'"):
        require(RESULT, [requirement("right_everwhere>=0.5")])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("right_everywere>=0.7", "such an audit has no number 'right_everywere'; did you mean 'right_everywhere'"),
        ("median_amount_to_flip>=3", "has no number 'median_amount_to_flip'"),
        ("right_everywhere>=70", "right_everywhere is a share from 0 to 1, got 70; 70 % is written 0.7"),
        ("flip_probability<=-0.1", "is a share from 0 to 1, got -0.1$"),
        ("median_first_flip_px>=-1", "is a size from 0 up, got -1"),
    ],
)
def test_what_no_audit_could_answer_is_refused_before_it_runs(text, told):
    with pytest.raises(SettingsError, match=told):
        require_possible([requirement("clean>=0.5"), requirement(text)], SHIFT_NUMBERS)


def test_bounds_at_the_ends_of_a_range_and_many_pixels_are_possible():
    texts = ("clean>=1", "lowest>=0", "median_first_flip_px>=9")
    require_possible(map(requirement, texts), SHIFT_NUMBERS)


def test_the_names_that_may_be_required_are_those_of_the_audits(side, dots, sides):
    names = ("left", "right")
    tall = np.repeat(dots, 6, axis=1)
    shifts = measures.to_json(shift_audit(side, tall, sides, radius=1))["intervals"]
    change = severity_measures.to_json(severity_audit(side, tall, sides, names, "brightness"))["intervals"]
    spatial = spatial_measures.to_json(spatial_audit(side, tall, sides, names, limits=Limits(1, 3, 10, 3, 2)))
    assert sorted(shifts) == sorted(SHIFT_NUMBERS)
    assert sorted(change) == sorted(CHANGE_NUMBERS)
    assert sorted(spatial["intervals"]) == sorted(SPATIAL_NUMBERS)
    assert {name for name in (*shifts, *change) if "median" in name} == set(NO_SHARES)
