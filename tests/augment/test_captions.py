"""What was drawn, in words."""

import numpy as np
import pytest

from convlens.augment.captions import described
from convlens.augment.expressions import parse
from convlens.augment.policies import OPERATIONS
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 1, np.arange(400))


def said(text, row=0):
    """Say what an augmenter drew for one image, with plain blanks."""
    augmenter = parse(text)
    return [phrase.replace("\u00a0", " ") for phrase in described(augmenter, augmenter.sample(KEYS), row)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('Affine(translate_px={"x": 3, "y": -2})', ["Affine: 3 px right, 2 px up"]),
        ('Affine(translate_percent={"x": -0.1, "y": 0.05})', ["Affine: 10 % left, 5 % down"]),
        ("Affine(rotate=-12.34)", ["Affine: turned −12°"]),
        ("Affine(scale=1.5)", ["Affine: ×1.5"]),
        ('Affine(scale={"x": 1.5, "y": 0.5})', ["Affine: ×1.5 wide, ×0.5 high"]),
        ('Affine(scale={"y": 2})', ["Affine: ×2 high"]),
        ('Affine(shear={"x": 5, "y": -7})', ["Affine: leaning 5°, hanging −7°"]),
        ("Affine(rotate=0, translate_px=0)", []),
        ("TranslateX(px=4)", ["TranslateX: 4 px right"]),
        ("ScaleY(2)", ["ScaleY: ×2 high"]),
        ("Rot90(3)", ["Rot90: turned 270°"]),
        ("Rot90(0)", []),
        ("Multiply(1.23456)", ["Multiply 1.23"]),
        ("Multiply(1.23456, per_channel=1)", ["Multiply, each channel apart"]),
        ("Add(-123)", ["Add −123"]),
        ("SigmoidContrast(5, 0.5)", ["SigmoidContrast gain 5, cutoff 0.5"]),
        ("Fliplr(1)", ["Fliplr"]),
        ("Fliplr(0)", []),
        ("Invert(0)", []),
        ("ChannelShuffle(0)", []),
        ("Identity()", []),
        ("HistogramEqualization()", ["HistogramEqualization"]),
        ("Dropout(0.25)", ["Dropout 0.25"]),
        ("Sequential([Fliplr(1), Identity(), Multiply(2)])", ["Fliplr", "Multiply 2"]),
        ("Sometimes(1, Fliplr(1), Flipud(1))", ["Fliplr"]),
        ("Sometimes(0, Fliplr(1), Flipud(1))", ["Flipud"]),
        ("SomeOf(0, [Fliplr(1)])", []),
        ("WithChannels([2, 0], [Multiply(2), Add(1)])", ["channel 2 and 0 (Multiply 2; Add 1)"]),
        ("WithChannels(None, Multiply(2))", ["all channels (Multiply 2)"]),
        ("WithChannels(0, Fliplr(0))", []),
    ],
)
def test_each_change_is_a_phrase_and_what_does_nothing_none(text, phrases):
    assert said(text) == phrases


def test_what_is_always_the_same_is_told_only_where_nothing_else_is_drawn():
    assert all(phrase.startswith("Affine: turned ") for phrase in said("Affine(rotate=(5, 6), scale=2)"))
    assert not any("×" in phrase for phrase in said("Affine(rotate=(5, 6), scale=2)"))


def test_the_order_of_the_phrases_is_the_order_of_the_changes():
    text = "Sequential([Fliplr(1), Flipud(1), Multiply(2)], random_order=True)"
    orders = parse(text).sample(KEYS)["order"]
    names = np.array(["Fliplr", "Flipud", "Multiply 2"])
    assert [said(text, row) for row in range(50)] == [names[order].tolist() for order in orders[:50]]


def test_of_several_the_chosen_ones_are_told():
    augmenter = parse("OneOf([Fliplr(1), Flipud(1)])")
    parameters = augmenter.sample(KEYS)
    told = [described(augmenter, parameters, row) for row in range(400)]
    assert told == [[["Fliplr", "Flipud"][chosen]] for chosen in parameters["chosen"]]


def test_a_policy_names_its_operations_in_turn():
    augmenter = parse("RandAugment(2, 15)")
    parameters = augmenter.sample(KEYS)
    names = np.array(list(OPERATIONS))
    for row in range(50):
        first, second = names[parameters["chosen"][row, 0]]
        assert said("RandAugment(2, 15)", row) == [f"RandAugment 15 ({first}, {second})"]
    assert said("RandAugment(0)") == []
    assert said("AugMix(width=2, depth=1)")[0].count(" | ") == 1


def test_an_event_is_told_for_the_images_it_happens_to():
    augmenter = parse("Fliplr(0.5)")
    parameters = augmenter.sample(KEYS)
    told = [len(described(augmenter, parameters, row)) for row in range(400)]
    assert told == parameters["flipped"].tolist()
