import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.errors import SettingsError
from convlens.models.options import base, chosen, described, spelled

KNOWN = {"pool": ("max", "blur3", "aps+blur3"), "head": ("dense", "pooled")}
DEFAULTS = {"head": "dense", "pool": "max"}


@pytest.mark.parametrize(
    ("text", "options", "one_spelling"),
    [
        ("net", {}, "net"),
        ("net[]", {}, "net"),
        ("net[pool=max]", {}, "net"),
        ("net[pool=blur3]", {"pool": "blur3"}, "net[pool=blur3]"),
        ("net[pool=aps+blur3,head=pooled]", {"pool": "aps+blur3", "head": "pooled"}, "net[head=pooled,pool=aps+blur3]"),
        (" net [ pool = blur3 , head=dense, ] ", {"pool": "blur3"}, "net[pool=blur3]"),
    ],
)
def test_a_name_is_read_and_has_one_spelling(text, options, one_spelling):
    assert base(text) == "net"
    assert chosen(text, KNOWN) == DEFAULTS | options
    assert list(chosen(text, KNOWN)) == ["head", "pool"]
    assert spelled(text, KNOWN) == one_spelling


@pytest.mark.parametrize("text", ["folder:function", "a[b", "runs/a]b", "[", ""])
def test_what_does_not_end_in_brackets_is_a_name_as_it_stands(text):
    assert base(text) == spelled(text, {}) == text


@given(options=st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in KNOWN.items()}))
def test_equal_choices_have_equal_spellings_that_say_the_same(options):
    texts = [
        ",".join(f"{name}={value}" for name, value in order) for order in (options.items(), [*options.items()][::-1])
    ]
    spellings = {spelled(f"net[{text}]", KNOWN) for text in texts}
    assert len(spellings) == 1
    (one,) = spellings
    assert spelled(one, KNOWN) == one
    assert chosen(one, KNOWN) == DEFAULTS | options


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("net[pol=max]", "the network 'net' has no option 'pol'; did you mean 'pool'? (it has head=dense|pooled pool="),
        ("net[pool=blurr3]", "the option 'pool' of the network 'net' cannot be 'blurr3'; did you mean 'blur3'"),
        ("net[pool=cubic]", "(choose one of max, blur3, aps+blur3)"),
        ("net[pool]", "the option 'pool' of the network 'net' cannot be ''"),
        ("net[pool=max=blur3]", "cannot be 'max=blur3'"),
        ("net[head=dense,head=pooled]", "gives the option 'head' twice; keep one"),
    ],
)
def test_a_wrong_option_is_told_with_what_there_is(text, told):
    with pytest.raises(SettingsError, match=re.escape(told)):
        chosen(text, KNOWN)


def test_options_of_a_network_without_any_are_refused_with_its_name():
    with pytest.raises(
        SettingsError, match=re.escape("the network 'net' has no option 'pool': it has none; write 'net'")
    ):
        spelled("net[pool=max]", {})


def test_the_options_are_described_in_one_line_defaults_first():
    assert described(KNOWN) == "head=dense|pooled pool=max|blur3|aps+blur3"
