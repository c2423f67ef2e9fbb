import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.affine import Affine
from convlens.augment.algebra import Constant
from convlens.augment.compose import Identity, Lambda, OneOf, Sequential, SomeOf, Sometimes, WithChannels
from convlens.augment.distributions import (
    Binomial,
    Choice,
    Clip,
    DiscreteUniform,
    Laplace,
    Normal,
    TruncatedNormal,
    Uniform,
)
from convlens.augment.expressions import parse, spelled
from convlens.augment.light import Add, Multiply
from convlens.errors import SettingsError

SHIFT = Affine(translate_px={"x": (-5, 5), "y": (-5, 5)}, mode="constant")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Affine(translate_px={"x": (-5, 5), "y": (-5, 5)}, mode="constant")', SHIFT),
        ("shift", SHIFT),
        (" shift \n", SHIFT),
        ("Affine()", Affine()),
        ("Affine(translate_px=3)", Affine(translate_px=3)),
        ("Multiply(+3, 1, seed=4, name='a')", Multiply(3, per_channel=True, seed=4, name="a")),
        ("Affine(translate_px=[-1, (2, 4)])", Affine(translate_px=Choice((-1, DiscreteUniform(2, 4))))),
        ("Affine(translate_px=Choice([DiscreteUniform(1, 2), 5]))", Affine(translate_px=[(1, 2), 5])),
        ("Sequential([Affine(translate_px=1), shift])", Sequential([Affine(translate_px=1), SHIFT])),
        ("Sequential(children=[])", Sequential([])),
        ("Affine(translate_px=Binomial(0.5) * 4 - 2)", Affine(translate_px=Binomial(0.5) * 4 - 2)),
        ("Affine(translate_px=-2 + 4 * Binomial(0.5))", Affine(translate_px=-2 + 4 * Binomial(0.5))),
        ("Add(Clip(DiscreteUniform(0, 9), 2, 3))", Add(Clip(DiscreteUniform(0, 9), 2, 3))),
        ("SomeOf((1, None), [Identity(), shift])", SomeOf((1, 2), [Identity(), SHIFT])),
        ("SomeOf(None, [shift], True)", SomeOf(1, [SHIFT], random_order=True)),
        ("Sometimes(0.5, shift)", Sometimes(0.5, [SHIFT], None)),
        ("WithChannels(0, shift)", WithChannels([0], [SHIFT])),
    ],
)
def test_an_expression_means_the_augmenter_it_reads_like(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("augmenter", "text"),
    [
        (SHIFT, 'Affine(translate_px={"x": (-5, 5), "y": (-5, 5)}, mode="constant")'),
        (
            Affine(translate_px={"x": 3}, cval=[0, 9], mode="edge", seed=1),
            'Affine(translate_px={"x": 3, "y": 0}, cval=[0, 9], mode="edge", seed=1)',
        ),
        (
            Sequential([Affine(translate_px=1)], name='"'),
            'Sequential([Affine(translate_px=1, mode="constant")], name="\\"")',
        ),
        (Affine(translate_px=[3, 2 * Binomial(0.5)]), 'Affine(translate_px=[3, 2 * Binomial(0.5)], mode="constant")'),
        (
            Affine(translate_px=(Binomial(0.5) + 1) * Choice((1, DiscreteUniform(2, 3)))),
            'Affine(translate_px=(Binomial(0.5) + 1) * Choice([1, DiscreteUniform(2, 3)]), mode="constant")',
        ),
        (Affine(translate_px=Constant(2) + Constant(3)), 'Affine(translate_px=Constant(2) + 3, mode="constant")'),
        (Identity(), "Identity()"),
        (
            Sequential([Identity(), Identity()], random_order=True, seed=1),
            "Sequential([Identity(), Identity()], random_order=True, seed=1)",
        ),
        (SomeOf((0, None), [Identity(), Identity()]), "SomeOf((0, 2), [Identity(), Identity()])"),
        (OneOf([Identity()]), "OneOf([Identity()])"),
        (Sometimes((0, 0.5), Identity(), Identity()), "Sometimes((0, 0.5), [Identity()], else_list=[Identity()])"),
        (WithChannels(children=Identity()), "WithChannels(None, [Identity()])"),
        (WithChannels([2, 0], [Identity()]), "WithChannels([2, 0], [Identity()])"),
    ],
)
def test_an_augmenter_is_spelled_as_a_user_would_write_it(augmenter, text):
    assert spelled(augmenter) == repr(augmenter) == text


WHOLE = st.integers(-300, 300)
RANGES = st.tuples(WHOLE, WHOLE).map(lambda ends: tuple(sorted(ends)))
AMOUNTS = WHOLE | RANGES | st.lists(WHOLE | RANGES, min_size=1, max_size=3)
AFFINES = st.builds(
    Affine,
    translate_px=AMOUNTS | st.fixed_dictionaries({"x": AMOUNTS}, optional={"y": AMOUNTS}),
    cval=st.integers(0, 255),
    mode=st.sampled_from(["constant", "edge", "reflect", "symmetric", "wrap"]),
    seed=st.none() | st.integers(),
    name=st.none() | st.text(),
)


FRACTIONS = st.floats(-9, 9)
DISTRIBUTIONS = st.recursive(
    st.builds(Normal, FRACTIONS, st.floats(0, 9))
    | st.builds(Laplace, FRACTIONS, st.floats(0, 9))
    | st.builds(TruncatedNormal, FRACTIONS, st.floats(0.1, 9), st.floats(-9, 0), st.floats(0, 9))
    | st.builds(Binomial, st.floats(0, 1))
    | st.builds(Constant, FRACTIONS)
    | st.builds(Uniform, st.floats(-9, 0), st.floats(0, 9))
    | st.builds(DiscreteUniform, st.integers(-9, 0), st.integers(0, 9)),
    lambda inner: (
        st.builds(Clip, inner, st.floats(-9, 0), st.floats(0, 9))
        | st.builds(Choice, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda one, other: one + other, inner, inner | FRACTIONS)
        | st.builds(lambda one, other: other - one, inner, inner | FRACTIONS)
        | st.builds(lambda one, other: one * other, inner, inner | FRACTIONS)
        | st.builds(lambda one, other: one / other, inner, st.floats(1, 9))
    ),
    max_leaves=5,
)


@given(DISTRIBUTIONS)
def test_every_distribution_is_read_back_from_its_spelling(distribution):
    augmenter = Sometimes(Clip(distribution, 0, 1))
    assert parse(spelled(augmenter)) == augmenter
    # the sentence of an error shows the other form, which can be read too
    assert parse(f"Sometimes({augmenter.p!r})") == augmenter


def test_a_lambda_is_refused_as_text_in_both_directions():
    augmenter = Sequential([Sometimes(0.5, None, [Lambda(lambda images, _: images)])])
    with pytest.raises(
        SettingsError, match=r"Lambda.* cannot be written down as text.* build that augmenter in Python"
    ):
        spelled(augmenter)
    assert "Lambda(function=<function" in repr(augmenter)


CHILDREN = st.lists(AFFINES, min_size=1, max_size=3)
COMPOSED = (
    st.builds(SomeOf, st.none() | st.integers(0, 1) | st.just((0, None)), CHILDREN, st.booleans())
    | st.builds(OneOf, CHILDREN)
    | st.builds(Sometimes, st.floats(0, 1), CHILDREN | AFFINES, st.none() | CHILDREN)
    | st.builds(WithChannels, st.none() | st.integers(0, 3) | st.just([1, 0]), CHILDREN)
    | st.builds(Identity)
)


@given(
    st.recursive(
        AFFINES | COMPOSED,
        lambda inner: st.builds(Sequential, st.lists(inner, max_size=3), st.booleans()),
        max_leaves=4,
    )
)
def test_every_augmenter_is_read_back_from_its_spelling(augmenter):
    assert parse(spelled(augmenter)) == augmenter


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("shfit", "named 'shfit'; did you mean 'shift'"),
        ("Afine(3)", "named 'Afine'; did you mean 'Affine'"),
        ("Affine", r"write Affine\(…\)"),
        ("shift()", "shift is a recipe and takes no settings"),
        ("Affine(translate=3)", "no setting 'translate'; did you mean 'translate_percent'"),
        ("Multiply(1, 0, 3, 4)", "Multiply takes 2 settings without a name, got 4"),
        ("Affine(translate_px=1, translate_px=2)", "got 'translate_px' twice"),
        ("Affine(translate_px=Uniform(1))", "Uniform wants high as well"),
        ("Affine(translate_px='far')", "translate_px wants a number"),
        ("Affine(mode='mirror')", "no mode is named 'mirror'"),
        ("Affine(*[1])", "may not stand"),
        ("Affine(**{'mode': 'wrap'})", "may not stand"),
        ("Affine(translate_px={'x': 1, **{'y': 2}})", "may not stand"),
        ("Affine(translate_px={1: 2})", "wants words as keys"),
        ("Lambda", "build that augmenter in Python"),
        ("Lambda(shift)", "build that augmenter in Python"),
        ("Affine(translate_px=Normal(0, 1) ** 2)", "may not stand"),
        ("Affine(translate_px=Normal(0, 1) + 'a')", "want numbers or distributions, got 'a'"),
        ("Affine(translate_px=Normal(0, 1) * True)", "want numbers or distributions, got True"),
        ("Affine(translate_px=1 / Uniform(0, 1))", "a divisor that can be 0"),
        ("Affine(translate_px=Normal(0, 1))", "translate_px wants whole numbers"),
        ("Affine(translate_px=Normal(0))", "Normal wants scale as well"),
        ("OneOf()", "OneOf wants children as well"),
        ("SomeOf(3, [shift])", "SomeOf's n, of 1 children, wants values from 0 to 1, got 3"),
        ("Affine(translate_px=2 + 3)", "'2 \\+ 3' may not stand"),
        ("Affine(seed=1e3)", "seed wants a whole number"),
        ("__import__('os').system('true')", "may not stand"),
        ("__import__('os')", "no augmenter or recipe is named '__import__'"),
        ("Affine.apply(3)", "may not stand"),
        ("(lambda: 3)()", "may not stand"),
        ("[Affine()]", "is no augmenter"),
        ("5", "is no augmenter"),
        ("Uniform(1, 2)", "is no augmenter"),
        ("Affine(b'x')", "may not stand"),
        ("Affine(", "could not be read"),
        ("Affine() Affine()", "could not be read"),
        ("", "could not be read"),
        ("\0", "could not be read"),
        ("(" * 5000, "could not be read"),
    ],
)
def test_a_wrong_text_gets_one_sentence_that_says_what_to_write(text, sentence):
    with pytest.raises(SettingsError, match=sentence):
        parse(text)


@given(st.text(max_size=30))
def test_no_text_at_all_makes_anything_but_an_augmenter_or_a_sentence(text):
    with contextlib.suppress(SettingsError):
        assert parse(spelled(parse(text))) == parse(text)
