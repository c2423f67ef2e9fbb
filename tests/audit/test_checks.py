import numpy as np
import pytest

from convlens.audit.checks import checked_predictor
from convlens.errors import ConvlensError, ShapeError


@pytest.fixture
def greys():
    """Forty images of one grey level each, from 0 to 39."""
    return np.broadcast_to(np.arange(40, dtype=np.uint8)[:, None, None, None], (40, 3, 3, 1)).copy()


def by_level(images):
    level = images[:, 0, 0, 0].astype(np.float32)
    return np.stack([level, 20 - level, np.ones_like(level)], axis=1)


@pytest.mark.parametrize("classes", [3, ("a", "b", "c")])
def test_a_function_of_each_picture_alone_comes_back_as_it_is(greys, classes):
    assert checked_predictor(by_level, greys, classes) is by_level
    assert checked_predictor(by_level, greys[:1], classes) is by_level


def test_what_is_not_finite_is_refused_with_the_picture_and_the_answer(greys):
    def predict(images):
        logits = by_level(images)
        logits[images[:, 0, 0, 0] == 39, 1] = np.nan
        return logits

    with pytest.raises(ConvlensError, match=r"answer to picture 39 is not finite: \[39, nan, 1\]; check its weights"):
        checked_predictor(predict, greys, 3)


def test_what_overflows_single_precision_is_not_finite(greys):
    with pytest.raises(ConvlensError, match=r"answer to picture 0 is not finite: \[1e\+300, "):
        checked_predictor(lambda images: by_level(images).astype(np.float64) + 1e300, greys, 3)


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (4, "answers with 3 classes, but 4 are wanted; tell with a class map"),
        (("cats", "dogs"), r"answers with 3 classes, but 2 are wanted \(cats, dogs\)"),
    ],
)
def test_a_wrong_number_of_classes_is_refused(greys, classes, told):
    with pytest.raises(ShapeError, match=told):
        checked_predictor(by_level, greys, classes)


def test_chance_is_refused_with_both_answers(greys):
    calls = []

    def predict(images):
        calls.append(len(images))
        logits = by_level(images)
        logits[images[:, 0, 0, 0] == 0, 2] += len(calls) - 1
        return logits

    told = r"gives picture 0 two answers, asked the same twice: \[0, 20, 1\] and then \[0, 20, 2\], a gap of 0.026"
    with pytest.raises(ConvlensError, match=told):
        checked_predictor(predict, greys, 3)


def test_the_last_digits_may_differ(greys):
    calls = []

    def predict(images):
        calls.append(len(images))
        return by_level(images) * np.float32(1 + 1e-6 * len(calls))

    assert checked_predictor(predict, greys, 3) is predict


def test_bf16_may_round_more_than_single_precision(greys):
    calls = []

    def predict(images):
        calls.append(len(images))
        return by_level(images) * np.float32(1 + 1e-2 * (len(calls) == 2))

    assert checked_predictor(predict, greys, 3, precision="bf16") is predict
    calls.clear()
    with pytest.raises(ConvlensError, match="asked the same twice"):
        checked_predictor(predict, greys, 3)


def test_an_answer_that_depends_on_the_order_of_the_batch_is_refused(greys):
    def predict(images):
        return by_level(images) + np.float32(images[0, 0, 0, 0])

    with pytest.raises(ConvlensError, match="with the other pictures of its batch in another order"):
        checked_predictor(predict, greys, 3)


def test_a_batch_that_is_normalised_by_its_own_mean_is_refused(greys):
    def predict(images):
        level = images[:, 0, 0, 0].astype(np.float32)
        return np.stack([level - level.mean(), np.zeros_like(level)], axis=1)

    told = r"gives picture 0 two answers, among 16 pictures and then alone: \[-19.\d+, 0\] and then \[0, 0\]"
    with pytest.raises(ConvlensError, match=told):
        checked_predictor(predict, greys, 2)


def test_a_model_that_fails_on_a_single_picture_is_refused_with_its_own_words(greys):
    def predict(images):
        if len(images) == 1:
            raise ValueError("Expected more than 1 value per channel")
        return by_level(images)

    with pytest.raises(
        ConvlensError, match="answers 16 pictures at once, but picture 0 alone it cannot: Expected more"
    ):
        checked_predictor(predict, greys, 3)


def test_a_model_may_write_into_what_it_is_given(greys):
    def predict(images):
        logits = by_level(images)
        images[...] = 7
        return logits

    before = greys.copy()
    assert checked_predictor(predict, greys, 3) is predict
    assert np.array_equal(greys, before)


def test_what_gives_no_rows_and_no_images_at_all_are_refused(greys, as_installed):
    with pytest.raises(ShapeError, match="one row of logits per image"):
        checked_predictor(lambda images: by_level(images)[:1], greys, 3)
    with pytest.raises(ShapeError, match="wants images, got none"):
        checked_predictor(by_level, greys[:0], 3)
