"""An error in the user's own code is a sentence with the function's name, and the end of its traceback."""

import sys

import pytest

from convlens.cli.own_code import blamed
from convlens.cli.show.narrow import natural_width

CODE = """
import numpy as np
from torch import nn

def breaks():
    raise KeyError("boom")

def answers():
    def ask(images):
        return images.nothing
    return ask

class Net(nn.Module):
    def forward(self, x):
        return {}["missing"]
"""


@pytest.fixture
def mine(here, monkeypatch):
    """The working folder with code that breaks."""
    monkeypatch.syspath_prepend(here)
    (here / "breaking.py").write_text(CODE)
    (here / "no_python.py").write_text("def net(:\n")
    (here / "unfinished.py").write_text("net = nothing_yet\n")
    yield here
    for name in ("breaking", "no_python", "unfinished"):
        sys.modules.pop(name, None)


READS = "--data pictures --size 28 --channels 1"


@pytest.mark.parametrize(
    ("arguments", "told", "line"),
    [
        (f"audit breaking:breaks {READS}", "the function 'breaks' of your own code (breaking.py, line 6)", "KeyError"),
        ("train xo --model breaking:breaks", "the function 'breaks' of your own code", "KeyError: 'boom'"),
        ("summary breaking:breaks", "the function 'breaks' of your own code", "KeyError: 'boom'"),
        (f"audit breaking:answers {READS}", "the function 'ask' of your own code", "has no attribute 'nothing'"),
        (f"audit breaking:Net {READS} --mean 0 --std 1", "the function 'forward' of your own code", "'missing'"),
        (f"audit unfinished:net {READS}", "a module of your own code (unfinished.py, line 1)", "nothing_yet"),
        (f"audit no_python:net {READS}", "no_python.py is no Python: ", "def net(:"),
    ],
)
def test_the_function_is_named_with_its_error_and_the_last_lines(mine, convlens, arguments, told, line):
    said = convlens(arguments)
    assert (said.code, said.out) == (1, "")
    assert told in said.err
    assert line in said.err
    assert "Traceback" not in said.err
    assert "cli/app.py" not in said.err, "only the lines from their own code on"


def test_a_mistake_of_ours_is_not_blamed_on_who_called_us():
    with pytest.raises(ValueError, match="zip") as raised:
        natural_width((), [("one cell",)])
    assert blamed(raised.value) is None


def test_where_nothing_ran_nobody_is_blamed():
    assert blamed(ValueError("never raised")) is None
