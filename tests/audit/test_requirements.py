import pytest

from convlens.audit.requirements import Requirement, require, requirement
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
