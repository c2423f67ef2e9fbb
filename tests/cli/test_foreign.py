"""Models from elsewhere on the command line: evaluated and asked with their options, refused by name without them."""

import json
import sys

import pytest

MODEL = """
from torch import nn
def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 2))
"""


@pytest.fixture
def there(here, monkeypatch):
    """The working folder with a model of the user's own in it."""
    monkeypatch.syspath_prepend(here)
    (here / "from_elsewhere.py").write_text(MODEL)
    yield here
    sys.modules.pop("from_elsewhere", None)


READS = "--mean 0.1 --std 0.3 --size 28 --channels 1"


def test_a_model_from_elsewhere_is_evaluated(there, convlens):
    said = convlens(f"evaluate from_elsewhere:net --data pictures {READS} --class-map same --json")
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["subject"], told["count"], told["class_names"]) == ("from_elsewhere:net", 12, ["o", "x"])
    assert told["low"] <= told["accuracy"] <= told["high"]


def test_a_model_from_elsewhere_says_what_pictures_show(there, convlens):
    said = convlens(f"predict from_elsewhere:net pictures {READS} --top 1 --json")
    assert said.code == 0
    rows = json.loads(said.out)["predictions"]
    assert len(rows) == 12
    assert {row["class1"] for row in rows} <= {"answer 0", "answer 1"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("evaluate from_elsewhere:net --data pictures", "does not say how it reads pictures; give"),
        ("evaluate from_elsewhere:net", "name the pictures for it with --data"),
        (f"evaluate from_elsewhere:net --data pictures {READS}", "(o, x), so only what needs no labels is measured"),
        (f"evaluate from_elsewhere:net --data pictures {READS} --class-map no.json", "could not read the class map"),
        ("evaluate from_elsewhere:net --data pictures --mean 127", "write 127/255"),
        ("evaluate from_elsewhere:net --data pictures --channels 2", "--channels must be 1 (grey) or 3 (colour)"),
        ("evaluate runs/latest --mean 0.5", "knows how it reads its pictures; leave out --mean"),
        ("predict runs/latest pictures --size 28", "knows how it reads its pictures; leave out --size"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(there, convlens, arguments, told):
    said = convlens(arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err
