import pytest

from convlens.augment.algebra import Constant
from convlens.augment.amounts import Amount, as_edges, as_position, as_size, place_of
from convlens.augment.distributions import Choice, DiscreteUniform, Normal, Uniform
from convlens.augment.expressions import parse
from convlens.errors import SettingsError


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        (20, "px"),
        (2.0, "factor"),
        ((8, 16), "px"),
        ((8, 16.0), "factor"),
        ([8, 16, (20, 24)], "px"),
        ([1, 1.5], "factor"),
        (DiscreteUniform(8, 16), "px"),
        (Uniform(0.5, 2), "factor"),
        (Constant(2), "px"),
        (1 + 0.5 * DiscreteUniform(0, 2), "factor"),
    ],
)
def test_whole_numbers_are_pixels_and_a_point_makes_factors(written, unit):
    amount = as_size(written)
    assert isinstance(amount, Amount)
    assert amount.unit == unit
    again = parse(f"Resize({amount!r})")
    assert again.size == amount


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        (2.0, "2.0"),
        ((1.0, 2), "(1.0, 2.0)"),
        ([1, 1.5, (2, 3)], "[1.0, 1.5, (2.0, 3.0)]"),
        ([1.5, DiscreteUniform(1, 2), Choice([2, 3])], "[1.5, DiscreteUniform(1, 2), [2.0, 3.0]]"),
        ((5, 9), "(5, 9)"),
        ({"height": 5, "width": "keep-aspect-ratio"}, '{"height": 5, "width": "keep-aspect-ratio"}'),
        ({"longer-side": (0.5, 1.0)}, '{"longer-side": (0.5, 1.0)}'),
    ],
)
def test_a_size_is_spelled_as_it_is_read(written, spelled):
    assert repr(as_size(written)) == spelled


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (0, "size wants values from 1 to inf, got 0"),
        (0.0, "size wants values from 0.001"),
        ("keep", "size wants a number"),
        ({}, "size by side wants"),
        ({"height": 3, "longer-side": 4}, "size by side wants"),
        ({"height": "same"}, r"size\['height'\] wants a number, 'keep' or 'keep-aspect-ratio', got 'same'"),
        ({"height": "keep-aspect-ratio", "width": "keep-aspect-ratio"}, "a new length for one of the sides"),
        ({"height": "keep"}, "a new length for one of the sides"),
        (True, "size wants a number"),
        (Normal(2, 1), r"Clip\(…, low, high\)"),
    ],
)
def test_a_size_that_is_none_is_refused(written, sentence):
    with pytest.raises(SettingsError, match=sentence):
        as_size(written)


def test_one_amount_is_for_all_edges_and_four_are_apart():
    assert as_edges((1, 3), "px", 0, 9) == Amount(DiscreteUniform(1, 3), "px")
    four = as_edges((1, (0, 2), [3, 4], 0), "px", 0, 9)
    assert repr(four) == "(1, (0, 2), [3, 4], 0)"
    assert as_edges(four, "px", 0, 9) == four
    assert repr(as_edges((0.5, 0, (0, 0.25), 1), "percent", 0, 1)) == "(0.5, 0, (0, 0.25), 1)"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ((1, 2, 3), r"four amounts \(top, right, bottom, left\), got \(1, 2, 3\)"),
        ((1, 2, 3, -1), "px at the left wants values from 0"),
        ((1, 2, 3, 1.5), "px at the left wants whole numbers"),
        (1.5, "px wants whole numbers"),
        ("all", "px wants a number"),
    ],
)
def test_amounts_that_mean_nothing_are_refused(written, sentence):
    with pytest.raises(SettingsError, match=sentence):
        as_edges(written, "px", 0, 9)


def test_words_are_positions():
    for word, x, y in (("center", 0.5, 0.5), ("left-bottom", 0, 1), ("center-top", 0.5, 0), ("right-center", 1, 0.5)):
        place = place_of(as_position(word))
        assert (place.x, place.y) == (Constant(x), Constant(y))
    assert as_position((0.25, (0.5, 1))) == place_of(as_position((0.25, (0.5, 1))))
    assert as_position(Uniform(0, 0.5)) == as_position((Uniform(0, 0.5), (0, 0.5)))


@pytest.mark.parametrize("written", ["top-left", "left", "middle", (0.5, 1.5), (0.1, 0.2, 0.3), [0.1, 0.2], 0.5, None])
def test_positions_that_are_none_are_refused(written):
    with pytest.raises(SettingsError, match="position"):
        as_position(written)
