"""Shares and times as people write them."""

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers

from convlens.audit.changes import SEVERITIES
from convlens.cli.options import seconds, share
from convlens.errors import SettingsError


@pytest.mark.parametrize(("text", "value"), [("1%", 0.01), ("0.01", 0.01), ("0", 0), ("100%", 1), ("2.5%", 0.025)])
def test_shares_by_hand(text, value):
    assert share(text) == pytest.approx(value)


@given(value=floats(0, 1))
def test_a_plain_share_is_itself(value):
    assert share(repr(value)) == value


@pytest.mark.parametrize("text", ["", "%", "101%", "-1", "1.5", "nan", "one"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(SettingsError, match=r"a share is written like 1% or 0\.01"):
        share(text)


@pytest.mark.parametrize(("text", "value"), [("5m", 300), ("90s", 90), ("90", 90), ("1h30m", 5400), ("0.5s", 0.5)])
def test_times_by_hand(text, value):
    assert seconds(text) == value


@given(hours=integers(0, 99), minutes=integers(0, 59), rest=integers(1, 59))
def test_hours_minutes_and_seconds_add_up(hours, minutes, rest):
    assert seconds(f"{hours}h{minutes}m{rest}s") == 3600 * hours + 60 * minutes + rest


@pytest.mark.parametrize("text", ["", "0", "-5m", "m", "5x", "nan", "inf", "1h 30m x"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(SettingsError, match="a time is written like 5m, 90s or 1h30m"):
        seconds(text)


def test_the_help_of_change_names_every_change(convlens):
    told = convlens("audit --help").out
    assert all(name in " ".join(told.split()).replace("- ", "-") for name in (*SEVERITIES, "all", "spatial"))
