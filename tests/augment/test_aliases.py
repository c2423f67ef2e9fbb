import inspect

import pytest

from convlens import augment as iaa
from convlens.augment.aliases import ALIASES
from convlens.augment.expressions import parse
from convlens.errors import SettingsError

FRONT, BACK = iaa.EdgeDetect(alpha=(0.5, 1.0)), iaa.Multiply((0.5, 1.5), per_channel=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (lambda: iaa.Alpha(0.3, FRONT, BACK, 0.5), iaa.BlendAlpha(0.3, FRONT, BACK, 0.5)),
        (lambda: iaa.SimplexNoiseAlpha(FRONT), iaa.BlendAlphaSimplexNoise(FRONT)),
        (lambda: iaa.SimplexNoiseAlpha(first=FRONT, second=BACK), iaa.BlendAlphaSimplexNoise(FRONT, BACK)),
        (
            lambda: iaa.SimplexNoiseAlpha(foreground=FRONT, background=BACK, size_px_max=4),
            iaa.BlendAlphaSimplexNoise(FRONT, BACK, size_px_max=4),
        ),
        (
            lambda: iaa.FrequencyNoiseAlpha(exponent=(-4, 0), first=BACK, second=iaa.LinearContrast((0.5, 2.0))),
            iaa.BlendAlphaFrequencyNoise((-4, 0), BACK, iaa.LinearContrast((0.5, 2.0))),
        ),
        (lambda: iaa.FrequencyNoiseAlpha(-2, FRONT, sigmoid=True), iaa.BlendAlphaFrequencyNoise(-2, FRONT, sigmoid=1)),
        (lambda: iaa.ContrastNormalization((0.5, 2.0), 0.5), iaa.LinearContrast((0.5, 2.0), 0.5)),
        (lambda: iaa.ContrastNormalization(), iaa.LinearContrast(1)),
        (lambda: iaa.Noop(name="nothing"), iaa.Identity(name="nothing")),
        (lambda: iaa.HorizontalFlip(0.5, seed=3), iaa.Fliplr(0.5, seed=3)),
        (lambda: iaa.VerticalFlip(), iaa.Flipud()),
        (lambda: iaa.Scale({"height": 32, "width": 0.5}), iaa.Resize({"height": 32, "width": 0.5})),
    ],
)
def test_an_old_name_makes_the_augmenter_of_today(old, new):
    made = old()
    assert type(made) is type(new)
    assert made == new
    assert iaa.parse(repr(made)) == new


@pytest.mark.parametrize("name", ALIASES)
def test_every_old_name_takes_a_seed_and_a_name_and_is_there_to_import(name):
    assert getattr(iaa, name) is ALIASES[name]
    assert ALIASES[name].__name__ == name
    assert {"seed", "name"} <= inspect.signature(ALIASES[name]).parameters.keys()


@pytest.mark.parametrize(
    ("old", "new"),
    [("SimplexNoiseAlpha", "BlendAlphaSimplexNoise"), ("FrequencyNoiseAlpha", "BlendAlphaFrequencyNoise")],
)
def test_an_old_blend_has_the_defaults_of_the_new_one(old, new):
    assert ALIASES[old]() == getattr(iaa, new)()


@pytest.mark.parametrize(("old", "new"), [("first", "foreground"), ("second", "background")])
@pytest.mark.parametrize("make", [iaa.Alpha, iaa.SimplexNoiseAlpha, iaa.FrequencyNoiseAlpha])
def test_a_branch_given_under_both_names_is_refused(make, old, new):
    with pytest.raises(SettingsError, match=f"{old} is the old name of {new}; got both, give one of the two"):
        make(**{old: FRONT, new: BACK})


def test_old_names_are_read_in_an_expression_too():
    old = parse("FrequencyNoiseAlpha(exponent=(-4, 0), first=Multiply((0.5, 1.5)), second=Noop())")
    new = parse("BlendAlphaFrequencyNoise((-4, 0), Multiply((0.5, 1.5)), Identity())")
    assert old == new
    assert parse("ContrastNormalization((0.5, 2), 0.5)") == parse("LinearContrast((0.5, 2), 0.5)")
    with pytest.raises(SettingsError, match="Scale has no setting 'sise'; did you mean 'size'"):
        parse("Scale(sise=3)")
