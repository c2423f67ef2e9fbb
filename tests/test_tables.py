import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.errors import DataError
from convlens.tables import Table


def spelled_like_a_value(word: str) -> bool:
    """Words that a CSV file cannot tell from a number, a truth value or an empty cell."""
    if word in {"", "True", "False"}:
        return True
    for kind in (int, float):
        try:
            if str(kind(word)) == word:
                return True
        except ValueError:
            pass
    return False


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    words.filter(lambda word: not spelled_like_a_value(word)),
)


@st.composite
def tables(draw):
    names = draw(st.lists(words.filter(bool), unique=True, max_size=4))
    count = draw(st.integers(0, 4))
    return Table({name: draw(st.lists(values, min_size=count, max_size=count)) for name in names})


def kinds(table: Table) -> list[list[type]]:
    return [[type(value) for value in table[name]] for name in table.columns]


def test_csv_by_hand():
    table = Table({"epoch": [1, 2], "loss": [0.5, None], "name": ["a, b", "c"]})
    assert table.to_csv() == 'epoch,loss,name\n1,0.5,"a, b"\n2,,c\n'


@given(table=tables())
def test_a_table_comes_back_from_csv_as_it_was(table):
    back = Table.from_csv(table.to_csv())
    assert back == table
    assert kinds(back) == kinds(table)


@given(number=st.floats(allow_nan=False))
def test_a_decimal_keeps_every_bit(number):
    (back,) = Table.from_csv(Table({"x": [number]}).to_csv())["x"]
    assert isinstance(back, float)
    assert back.hex() == number.hex()


def test_not_a_number_and_infinities_come_back():
    back = Table.from_csv(Table({"x": [math.nan, math.inf, -math.inf]}).to_csv())["x"]
    assert math.isnan(back[0])
    assert list(back[1:]) == [math.inf, -math.inf]


@pytest.mark.parametrize("word", ["007", "1_000", " 5", "+3", "0x10", "Infinity", "NaN", "true", "1e5", "٣", "a\rb"])
def test_a_word_that_only_resembles_a_number_stays_a_word(word):
    assert Table.from_csv(Table({"name": [word]}).to_csv())["name"] == [word]


def test_a_table_without_rows_keeps_its_column_names():
    assert list(Table.from_csv("epoch,loss\n").columns) == ["epoch", "loss"]


def test_a_row_that_was_not_written_whole_is_refused_by_its_number():
    with pytest.raises(DataError, match=r"^row 2 of a table has 1 cells and its header 2; "):
        Table.from_csv("epoch,loss\n1,0.5\n2")


def test_rows_and_columns_hold_the_same():
    table = Table({"a": [1, 2], "b": ["x", None]})
    assert table.rows() == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert Table.from_rows(table.rows()) == table
    assert len(table) == 2


@given(table=tables())
def test_rows_are_ready_for_json(table):
    assert json.loads(json.dumps(table.rows())) == table.rows()


def test_no_columns_and_no_rows_is_a_table_of_length_zero():
    assert len(Table({})) == 0
    assert Table.from_rows([]) == Table({})


def test_columns_of_unequal_length_are_no_table():
    with pytest.raises(AssertionError, match="unequal length"):
        Table({"a": [1], "b": [1, 2]})
