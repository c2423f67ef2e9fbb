"""Recipe files: what is written by hand is read as it reads, and what is wrong is named with its place."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.affine import Affine, Rotate
from convlens.augment.blur import GaussianBlur
from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.compose import Identity, Lambda, OneOf, Sequential, SomeOf, Sometimes, WithChannels
from convlens.augment.distributions import Choice, Normal, Uniform
from convlens.augment.flips import Fliplr
from convlens.augment.light import Multiply
from convlens.augment.toml import KIND, from_table, from_toml, to_table, to_toml
from convlens.errors import SettingsError

BY_HAND = """
# for photographs of my cats
random_order = true
seed = 4

[[augment]]
kind = "Affine"
translate_px = { x = "(-5, 5)", y = [0, "(2, 3)"] }
rotate = "(-15, 15)"
order = [0, 1]
mode = "edge"

[[augment]]
kind = "Sometimes"
p = 0.5

    [[augment.then_list]]
    kind = "GaussianBlur"
    sigma = "(0, 1)"

    [[augment.else_list]]
    kind = "OneOf"
    children = ["Fliplr(1)", { kind = "Multiply", mul = "1 + Normal(0, 0.1) * 0.5 + Uniform(0, 1)" }, "shift"]

[[augment]]
kind = "light"
"""


def test_a_file_written_by_hand_means_what_it_reads_like():
    with pytest.raises(SettingsError, match=r"augment 2 .*, else_list 1 .*, children 2 \(Multiply\): mul wants values"):
        from_toml(BY_HAND)  # the normal distribution has no lower end
    assert from_toml(BY_HAND.replace("Normal(0, 0.1)", "Uniform(0, 0.1)")) == Sequential(
        [
            Affine(translate_px={"x": (-5, 5), "y": [0, (2, 3)]}, rotate=(-15, 15), order=[0, 1], mode="edge"),
            Sometimes(
                0.5,
                [GaussianBlur((0, 1))],
                [
                    OneOf(
                        [
                            Fliplr(1),
                            Multiply(1 + Uniform(0, 0.1) * 0.5 + Uniform(0, 1)),
                            RECIPES["shift"](),
                        ]
                    )
                ],
            ),
            RECIPES["light"](),
        ],
        random_order=True,
        seed=4,
    )


def test_an_augmenter_is_written_as_one_would_write_it():
    augmenter = Sequential(
        [
            Affine(translate_px={"x": (-5, 5)}, rotate=[90, Uniform(0, 1)]),
            Sometimes(0.5, [Rotate((-9, 9), mode="wrap"), Sequential([])], Identity(name='a "b" (c)')),
        ],
        seed=7,
    )
    assert to_toml(augmenter) == (
        "seed = 7\n"
        "\n"
        "[[augment]]\n"
        'kind = "Affine"\n'
        'translate_px = { x = "(-5, 5)", y = 0 }\n'
        'rotate = [90, "(0, 1)"]\n'
        'mode = "constant"\n'
        "\n"
        "[[augment]]\n"
        'kind = "Sometimes"\n'
        "p = 0.5\n"
        "\n"
        "    [[augment.then_list]]\n"
        '    kind = "Rotate"\n'
        '    rotate = "(-9, 9)"\n'
        '    mode = "wrap"\n'
        "\n"
        "    [[augment.then_list]]\n"
        '    kind = "Sequential"\n'
        "    children = []\n"
        "\n"
        "    [[augment.else_list]]\n"
        '    kind = "Identity"\n'
        '    name = "a \\"b\\" (c)"\n'
    )


@pytest.mark.parametrize(
    ("text", "augmenter"),
    [
        ("augment = []", Sequential([])),
        ('augment = ["shift"]', Sequential([RECIPES["shift"]()])),
        ('augment = ["Fliplr(0.5)", { kind = "Identity" }]', Sequential([Fliplr(0.5), Identity()])),
        ('[augment]\nkind = "shift"', RECIPES["shift"]()),
        ('[augment]\nkind = "Fliplr"\np = 0.5', Fliplr(0.5)),
        ('[augment]\nkind = "Sometimes"\nthen_list = "shift"', Sometimes(0.5, RECIPES["shift"]())),
        ('[augment]\nkind = "Sometimes"\n[augment.then_list]\nkind = "Fliplr"', Sometimes(0.5, Fliplr())),
        (
            '[augment]\nkind = "WithChannels"\nchannels = [2, 0]\nchildren = "shift"',
            WithChannels([2, 0], [RECIPES["shift"]()]),
        ),
        ('[augment]\nkind = "SomeOf"\nn = "(0, None)"\nchildren = ["shift"]', SomeOf((0, None), [RECIPES["shift"]()])),
        ('[augment]\nkind = "Affine"\nmode = "ALL"\nscale = "None"', Affine(mode="ALL")),
        ('[augment]\nkind = "Affine"\nrotate = "[5, (1, 2)]"', Affine(rotate=Choice((5, Uniform(1, 2))))),
        ('[augment]\nkind = "Affine"\nrotate = "2 * Normal(0, 1)"', Affine(rotate=2 * Normal(0, 1))),
        ('[augment]\nkind = "Identity"\nname = "None"', Identity(name="None")),
        ('[augment]\nkind = "Identity"\nname = "shift"', Identity(name="shift")),
        ('[augment]\nkind = "Identity"\nname = "__import__(0)"', Identity(name="__import__(0)")),
    ],
)
def test_short_forms_mean_the_same(text, augmenter):
    assert from_toml(text) == augmenter
    assert from_toml(to_toml(augmenter)) == augmenter


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("augment = [", r"this is no TOML: .*document"),
        ("[" * 3000, "this is no TOML"),
        ("", r"holds a table \[\[augment\]\] for each step.*this one holds nothing"),
        ("[[augmnt]]\nkind = 'shift'", "this one holds 'augmnt'"),
        ("augment = 3", "this one holds nothing and 3"),
        ("augment = [3]", "augment 1 wants a table, or an expression in quotes, got 3"),
        ("augment = ['shfit']", "augment 1: no augmenter or recipe is named 'shfit'; did you mean 'shift'"),
        ("[[augment]]\np = 1", "augment 1 wants kind = .*, got None"),
        ("[[augment]]\nkind = 3", "augment 1 wants kind = .*, got 3"),
        ("randm_order = true\n[[augment]]\nkind = 'shift'", "got 'randm_order'; did you mean 'random_order'"),
        ("children = []\n[[augment]]\nkind = 'shift'", "random_order, seed, name may stand .*, got 'children'"),
        ("seed = 3\n[augment]\nkind = 'shift'", "nothing may stand .*, got 'seed'"),
        ("random_order = 3\n[[augment]]\nkind = 'shift'", "random_order wants True or False, got 3"),
        (
            "[augment]\nkind = 'Afine'",
            r"augment \(Afine\): no augmenter or recipe is named 'Afine'; did you mean 'Affine",
        ),
        (
            "[augment]\nkind = 'Affine'\nrotat = 3",
            r"augment \(Affine\): Affine has no setting 'rotat'; did you mean 'rot",
        ),
        ("[augment]\nkind = 'Affine'\nrotate = 'far'", r"augment \(Affine\): rotate wants a number, a range"),
        (
            "[augment]\nkind = 'Affine'\nrotate = '(1, 2'",
            r"augment \(Affine\), rotate: '\(1, 2' could not be read as a se",
        ),
        ("[augment]\nkind = 'Affine'\nrotate = 'Norml(0, 1)'", r"\(Affine\), rotate: .*'Norml'; did you mean 'Normal'"),
        ("[augment]\nkind = 'Affine'\nrotate = 2020-01-01", r"augment \(Affine\): rotate wants a number"),
        ("[augment]\nkind = 'Affine'\nmode = 'mirror'", r"augment \(Affine\): no mode is named 'mirror'"),
        ("[augment]\nkind = 'OneOf'", r"augment \(OneOf\): OneOf wants children as well"),
        (
            "[augment]\nkind = 'Uniform'\nlow = 1\nhigh = 2",
            r"augment \(Uniform\): Uniform is a distribution, no augmen",
        ),
        (
            "[augment]\nkind = 'shift'\nseed = 2",
            r"augment \(shift\): shift is a recipe and takes no settings, got 'seed'",
        ),
        ("[augment]\nkind = 'Lambda'\nfunction = 'f'", r"augment \(Lambda\): a Lambda holds a function"),
        ("[augment]\nkind = 'OneOf'\nchildren = ['Lambda(f)']", r"\(OneOf\), children: a Lambda holds a function"),
        ("[augment]\nkind = 'Affine'\nrotate = '__import__(\"os\")'", "no augmenter or recipe is named '__import__'"),
        (
            "augment = ['shift', {kind = 'Sometimes', then_list = ['shift', {kind = 'Multiply', mul = -1}]}]",
            r"augment 2 \(Sometimes\), then_list 2 \(Multiply\): mul wants values from 0",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text, sentence):
    with pytest.raises(SettingsError, match=sentence):
        from_toml(text)


def test_a_lambda_is_refused_as_in_an_expression():
    with pytest.raises(SettingsError, match=r"cannot be written down as text.* build that augmenter in Python"):
        to_toml(Sequential([Lambda(lambda images, _: images)]))


def test_no_augmenter_has_a_setting_of_the_name_that_its_class_stands_under():
    assert [name for name, kind in AUGMENTERS.items() if KIND in kind.__dataclass_fields__] == []


def test_a_table_is_plain_values_which_toml_and_json_have():
    table = to_table(OneOf([Affine(rotate=(-5, 5)), Fliplr(0.5)]))
    assert table == {
        "kind": "OneOf",
        "children": [{"kind": "Affine", "rotate": "(-5, 5)", "mode": "constant"}, {"kind": "Fliplr", "p": 0.5}],
    }
    assert from_table(table) == OneOf([Affine(rotate=(-5, 5)), Fliplr(0.5)])


NAMES = st.none() | st.text(st.characters(exclude_categories=("Cs",)), max_size=9)
NUMBERS = st.integers(-300, 300) | st.floats(-1e9, 1e9)
LEAVES = st.builds(
    Affine, rotate=NUMBERS | st.lists(NUMBERS, min_size=1, max_size=3), seed=st.none() | st.integers(), name=NAMES
)


@given(
    st.recursive(
        LEAVES,
        lambda inner: (
            st.builds(Sequential, st.lists(inner, max_size=3), st.booleans(), name=NAMES)
            | st.builds(Sometimes, st.floats(0, 1), st.lists(inner, max_size=2), st.lists(inner, max_size=2))
        ),
        max_leaves=5,
    )
)
def test_whatever_is_written_is_toml_that_gives_it_back(augmenter):
    text = to_toml(augmenter)
    assert tomllib.loads(text)
    assert from_toml(text) == augmenter
