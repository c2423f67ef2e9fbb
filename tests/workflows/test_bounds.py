import pytest

from convlens.errors import ConvlensError, SettingsError
from convlens.workflows.bounds import bounds, hold


def test_bounds_are_read_for_the_audit_that_is_asked_for():
    assert [str(one) for one in bounds(["clean>=0.9", "median_first_flip_px>=3"])] == [
        "clean>=0.9",
        "median_first_flip_px>=3",
    ]
    assert bounds(["median_amount_to_flip>=10"], ["rotation"])[0].bound == 10
    assert bounds(["worst_of_random>=0.5"], ["spatial"])[0].name == "worst_of_random"


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        ("right_everywere>=0.7", (), "did you mean 'right_everywhere'"),
        ("right_everywhere>=70", (), "70 % is written 0.7"),
        ("median_first_flip_px>=3", ("blur",), "did you mean 'median_amount_to_flip'|has no number 'median_first"),
        ("right_everywhere>=0.7", ("spatial",), "such an audit has no number 'right_everywhere'"),
    ],
)
def test_what_the_audit_will_not_say_is_refused_at_once(text, changes, told):
    with pytest.raises(SettingsError, match=told):
        bounds([text], changes)


def test_one_audit_of_several_that_misses_a_bound_fails():
    kept, missed = ({"clean": value, "intervals": {"clean": [value, value]}} for value in (0.9, 0.7))
    hold([kept], bounds(["clean>=0.8"]))
    with pytest.raises(ConvlensError, match=r"clean is 0\.7"):
        hold([kept, missed], bounds(["clean>=0.8"]))
