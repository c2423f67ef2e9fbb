import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.errors import ConvlensError, SettingsError, UnknownNameError
from convlens.registry import Registry, near_names, one_of


def drinks() -> Registry[int]:
    registry = Registry[int]("drink", "convlens drinks")
    for price, name in enumerate(["water", "Coffee", "tea", "cider"]):
        registry.add(name)(price)
    return registry


def test_a_registered_thing_is_found_by_its_name():
    assert drinks()["tea"] == 2


def test_the_decorator_gives_the_thing_back_unchanged():
    registry = Registry[object]("drink", "convlens drinks")
    thing = object()
    assert registry.add("tea")(thing) is thing


def test_names_are_listed_in_order_of_spelling_not_of_arrival():
    assert list(drinks()) == ["Coffee", "cider", "tea", "water"]
    assert len(drinks()) == 4


def test_a_wrong_name_gets_the_nearest_ones_and_the_command_that_lists_all():
    with pytest.raises(UnknownNameError) as caught:
        drinks()["coffe"]
    assert str(caught.value) == "no drink is named 'coffe'; did you mean 'Coffee'? (`convlens drinks` shows all)"


def test_a_name_near_nothing_gets_no_guess():
    with pytest.raises(UnknownNameError) as caught:
        drinks()["zzz"]
    assert str(caught.value) == "no drink is named 'zzz' (`convlens drinks` shows all)"


def test_an_unknown_name_is_a_mistake_of_the_user():
    assert issubclass(UnknownNameError, ConvlensError)


def test_asking_whether_a_name_is_known_never_raises():
    assert "tea" in drinks()
    assert "te" not in drinks()
    assert 7 not in drinks()


def test_two_things_cannot_have_one_name():
    registry = drinks()
    with pytest.raises(AssertionError, match="two drinks are named 'tea'"):
        registry.add("tea")(9)
    assert registry["tea"] == 2


def test_near_names_ignore_upper_and_lower_case_but_keep_the_spelling():
    assert near_names("CNN", ["Cnn", "mlp"]) == "; did you mean 'Cnn'?"


def test_two_near_names_are_joined_by_or():
    assert near_names("ton", ["tone", "tons", "water"]) in {
        "; did you mean 'tone' or 'tons'?",
        "; did you mean 'tons' or 'tone'?",
    }


@given(known=st.lists(st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=12), unique=True))
def test_every_known_name_is_near_itself(known):
    for name in known:
        assert repr(name) in near_names(name, known)


def test_a_word_of_a_short_list_is_given_back_and_any_other_is_answered_with_the_list():
    drinks = ("juice", "tea")
    assert one_of("drink", "tea", drinks) == "tea"
    with pytest.raises(
        SettingsError, match=r"no drink is named 'tee'; did you mean 'tea'\? \(choose one of juice, tea\)"
    ):
        one_of("drink", "tee", drinks)
