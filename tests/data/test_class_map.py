import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.data.class_map import ClassMap, in_order, read_class_map, require_all
from convlens.errors import DataError


@pytest.fixture
def written(tmp_path):
    """A function that writes a class map and gives its path."""

    def write(content, name="map.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


def test_columns_are_numbers_and_ranges_with_both_ends(written):
    read = read_class_map(written({"cats": ["3-5", 9], "dogs": 0}))
    assert read.for_columns(10) == (("cats", "dogs"), ((3, 4, 5, 9), (0,)))


def test_the_columns_that_no_class_claims_are_left_out_or_a_class_of_their_own(written):
    assert read_class_map(written({"a": [1], "b": [2]})).for_columns(5)[1] == ((1,), (2,))
    rest = read_class_map(written({"a": [1], "b": [2], "*": "other"}))
    assert rest.for_columns(5) == (("a", "b", "other"), ((1,), (2,), (0, 3, 4)))
    assert rest.for_columns(3) == (("a", "b", "other"), ((1,), (2,), (0,)))


def test_one_class_against_all_the_rest_are_two(written):
    assert read_class_map(written({"cats": [1], "*": "no cat"})).for_columns(3) == (("cats", "no cat"), ((1,), (0, 2)))


def test_a_text_names_a_column_on_each_line_and_equal_names_make_one_class(written):
    read = read_class_map(written("cat\n dog \ncat\n\n", "names.txt"))
    assert read.for_columns(3) == (("cat", "dog"), ((0, 2), (1,)))


@given(names=st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=2, max_size=30))
def test_every_column_of_a_text_is_in_exactly_one_class_of_its_name(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("map") / "names.txt"
    path.write_text("\n".join(names))
    if len(set(names)) < 2:
        with pytest.raises(DataError, match="has one class only"):
            read_class_map(path)
        return
    found, groups = read_class_map(path).for_columns(len(names))
    assert {column: name for name, group in zip(found, groups, strict=True) for column in group} == dict(
        enumerate(names)
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"a": [1, 2], "b": [2]}, "gives column 2 to 'a' and 'b'; it can mean one thing only"),
        ({"a": ["1-3", 2], "b": [4]}, "gives column 2 to 'a' twice"),
        ('{"a": [1], "b": [2], "a": [3]}', "names 'a' twice"),
        ({"a": [], "b": [1]}, "gives no column to 'a'"),
        ({"a": [-1], "b": [1]}, 'as numbers from 0 or as "first-last"; got -1'),
        ({"a": ["5-3"], "b": [1]}, "got '5-3'"),
        ({"a": [True], "b": [1]}, "got True"),
        ({"a": [1.0], "b": [1]}, "got 1.0"),
        ({"a": {"b": 1}, "b": [1]}, "must list the columns of 'a'"),
        ({"a": [1]}, "has one class only, 'a'"),
        ({"a": [1], "*": ["other"]}, r'such as "\*": "other"; got'),
        ({"a": [1], "*": "a"}, "needs classes, and a name of its own for"),
        ({"*": "other"}, "needs classes"),
        (["a", "b"], "must be a JSON object from class to columns"),
        ({}, "must be a JSON object"),
        ("{", "is no JSON"),
    ],
)
def test_a_wrong_json_is_a_sentence(written, content, told):
    with pytest.raises(DataError, match=told):
        read_class_map(written(content))


@pytest.mark.parametrize(
    ("text", "told"), [("a\n\nb\n", "line 2 is empty"), ("\n", "it is empty"), ("a", "one class only")]
)
def test_a_wrong_text_is_a_sentence(written, text, told):
    with pytest.raises(DataError, match=told):
        read_class_map(written(text, "names.txt"))


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path):
    with pytest.raises(DataError, match=r"could not read the class map '.*none.json': No such file"):
        read_class_map(tmp_path / "none.json")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DataError, match="it is no text in UTF-8"):
        read_class_map(tmp_path / "bytes.txt")


def test_a_column_that_the_model_does_not_have_is_named(written):
    with pytest.raises(DataError, match=r"speaks of column 7, but the model gives 5 answers: the columns 0 to 4"):
        read_class_map(written({"a": [0], "b": [7]})).for_columns(5)
    with pytest.raises(DataError, match="names 2 answers, one a line, but the model gives 3"):
        read_class_map(written("a\nb", "names.txt")).for_columns(3)


def test_a_class_of_the_pictures_that_is_missing_is_named_with_the_near_one(written):
    with pytest.raises(DataError, match="does not say which answers mean 'cats'; did you mean 'cat'"):
        require_all(read_class_map(written({"cat": [0], "dogs": [1]})), ("cats", "dogs"))


def test_a_class_that_the_pictures_do_not_have_is_refused_in_json_and_an_answer_in_a_text(written):
    with pytest.raises(DataError, match=r"names 'birds', but .*; for answers of no class write \"\*\": \"birds\""):
        require_all(read_class_map(written({"cats": [0], "dogs": [1], "birds": [2]})), ("cats", "dogs"))
    require_all(read_class_map(written("cats\ndogs\nbirds", "names.txt")), ("cats", "dogs"))


def test_in_order_the_columns_are_the_classes():
    assert in_order(["x", "y"]) == ClassMap(("x", "y"), ((0,), (1,)), "same", length=2)
    with pytest.raises(DataError, match="names 2 answers"):
        in_order(["x", "y"]).for_columns(3)
