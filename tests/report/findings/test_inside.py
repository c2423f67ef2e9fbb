"""The inside of a network in words: what is said can be counted in the numbers."""

import numpy as np

from convlens.report.findings import inside as said


def maps() -> np.ndarray:
    values = np.full((3, 2, 2), -1, np.float32)
    values[1] = [[0, 4], [2, 0]]
    return values


def test_the_strongest_filter_and_its_place_are_told() -> None:
    assert said.strongest(maps()) == (1, 0, 1, 4.0)
    told = said.maps_in_words(maps(), 2, 3, False, None, False)
    assert told == (
        "3 maps of 2×2, 2 to a row, numbered from the top left. Filter 1 (framed) answers strongest: 4 at row 0, "
        "column 1. 2 are nowhere above 0, so that a ReLU leaves nothing of them."
    )


def test_another_framed_filter_is_told_apart() -> None:
    assert "Filter 1 answers strongest: 4 at row 0, column 1. Filter 2 (framed) reaches −1." in said.maps_in_words(
        maps(), 2, 3, False, 2, False
    )
    assert "Filter 1 (framed) answers strongest" in said.maps_in_words(maps(), 2, 3, False, 1, False)


def test_maps_behind_a_relu_that_say_nothing_are_0_everywhere() -> None:
    silent = np.maximum(maps()[:2], 0)
    assert said.maps_in_words(silent, 2, 2, False, None, True).endswith(" 1 is 0 everywhere.")
    assert "everywhere" not in said.maps_in_words(silent[1:], 1, 1, False, None, True)


def test_what_is_no_number_is_not_the_strongest() -> None:
    values = maps()
    values[0, 0, 0] = np.nan
    assert said.strongest(values) == (1, 0, 1, 4.0)


def test_the_units_of_a_class_are_counted() -> None:
    values = np.array([[0, 1, 0], [0, 3, 2]], np.float32)
    told = said.units_in_words(values, "pictures of cat", True)
    assert told == "2 pictures of cat down, 3 units across. Unit 1 is largest on average (2); 1 is 0 for all of them."
    assert "for all" not in said.units_in_words(values, "pictures of cat", False)


def test_of_one_map_one_filter_and_one_unit_nothing_is_compared() -> None:
    one = maps()[1:2]
    told = "1 map of 2×2. Its largest number is 4, at row 0, column 1."
    assert said.maps_in_words(one, 1, 1, False, 0, True) == told
    told = "1 filter of 2×2; a filter's 2 channels stand side by side. Its weights have the norm 5."
    assert said.filters_in_words(np.array([[[[3, 0], [0, 0]], [[0, 0], [0, 4]]]], np.float32), 1, 64, "filter") == told
    values = np.array([[1], [2]], np.float32)
    assert (
        said.units_in_words(values, "pictures of cat", True)
        == "2 pictures of cat down, 1 unit across. Its mean is 1.5."
    )
    assert said.folded_in_words((1, 5, 4)) == " Unit 4·r + q is row r and column q of the map."


def test_the_classes_whose_means_are_most_alike_are_named() -> None:
    means = np.array([[1, 0, 0], [0, 1, 0], [0.9, 0, 0.1]], np.float32)
    told = said.means_in_words(means, ["a", "b", "c"], 50, 60)
    assert "Most alike are a and c (correlation " in told
    assert "Most alike" not in said.means_in_words(means[:2], ["a", "b"], 50, 50)


def test_flattened_units_are_counted_map_by_map() -> None:
    assert said.folded_in_words((128, 5, 4)) == (
        " Unit 20·c + 4·r + q is row r and column q of map c: each 20 columns belong to one of the 128 maps."
    )


def test_the_classes_of_the_strongest_answers_are_counted() -> None:
    told = said.tops_in_words(["a", "b", "b"], 2000, True, True)
    assert told.startswith("The 3 strongest of 2,000 pictures, with their answers; by class b 2, a 1. The frame")
    unknown = said.tops_in_words([None, None], 2000, True, True)
    assert unknown.startswith("The 2 strongest of 2,000 pictures, with their answers. The frame")
    assert said.tops_in_words(["a"], 9, True, False).endswith("a step before cannot be followed.")
    assert said.tops_in_words(["a"], 9, False, True).endswith("looks at the whole picture.")


def test_how_often_a_filter_rises_above_0_is_counted() -> None:
    told = said.rows_in_words(maps(), "cat", "conv1", 7)
    assert "rises above 0 in 1 of them; its largest answer lies between −1 and 4." in told


def test_the_climb_is_told_with_its_start_and_its_end() -> None:
    told = said.maximised_in_words("conv1", "relu1", (3, 4), -0.5, 2.25, True, True)
    assert told.startswith(
        "Climbed from a grey picture (−0.5) to 2.25 for the unit at row 3, column 4 (conv1, before the ReLU), within"
    )
    assert "outside the frame" in told
    assert "outside" not in said.maximised_in_words("dense", "dense", None, 0, 1, True, False)
    assert "no way up" in said.maximised_in_words("dense", "dense", None, 0, 0, False, False)


def test_rows_that_hold_several_pictures_say_how_many() -> None:
    assert said.together_in_words(1, 40, 40) == ""
    assert said.together_in_words(4, 10, 40) == (
        " All are in it: each of the 10 rows is the mean of 4 pictures that follow one another."
    )
    assert said.together_in_words(4, 10, 38).endswith("follow one another (the last of 2).")


def test_pictures_that_were_not_asked_about_are_told() -> None:
    assert said.left_in_words(70, 70) == ""
    assert said.left_in_words(70, 1300) == " These are the first 70 of 1,300: the network is large."
    two = np.eye(2, dtype=np.float32)
    assert said.means_in_words(two, ["a", "b"], 50, 1300).startswith("Means over 50 of 1,300 pictures")
    assert said.means_in_words(two, ["a", "b"], 1300, 1300).startswith("Means over all 1,300 pictures")
