from convlens.explain.words import sides, some_of


def test_a_shape_in_words():
    assert sides((1, 28, 30)) == "1×28×30"
    assert sides((3200,)) == "3,200"


def test_a_long_list_of_names_ends_with_how_many_more_there_are():
    names = [f"conv{number}" for number in range(1, 15)]
    assert some_of(names[:12]) == ", ".join(names[:12])
    assert some_of(names) == ", ".join(names[:12]) + " and 2 more"
