"""Models from elsewhere on the command line: evaluated and asked with their options, refused by name without them."""

import json
import sys

import pytest

MODEL = """
from torch import nn
def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 2))
def three():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 3))
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


def test_a_model_from_elsewhere_is_looked_at_and_then_audited(there, convlens):
    said = convlens(f"audit from_elsewhere:net --data pictures {READS} --class-map same --shift 1 --json")
    assert said.code == 0
    assert len(json.loads(said.out)["cells"]) == 9
    assert "from_elsewhere:net, nothing moved: right on" in said.err
    assert "as-the-model-sees.png" in said.err


def test_without_labels_an_audit_prints_what_stays_the_same(there, convlens):
    said = convlens(f"audit from_elsewhere:net --data pictures {READS} --shift 1")
    assert said.code == 0
    assert "same answer at every shift" in said.out
    assert "same answer as not moved, in %" in said.out
    assert "right at" not in said.out
    turned = convlens(f"audit from_elsewhere:net --data pictures {READS} --change contrast")
    assert (turned.code, "right" in turned.out) == (0, False)
    bound = convlens(f"audit from_elsewhere:net --data pictures {READS} --shift 1 --require right_everywhere>=0.1")
    assert bound.code == 2
    assert "this audit has no number 'right_everywhere'" in bound.err


def test_one_picture_of_a_model_from_elsewhere(there, convlens):
    said = convlens(f"audit from_elsewhere:net --data pictures {READS} --class-map same --shift 1 --image 2")
    assert said.code == 0
    assert "sets no test pictures apart, so all of its pictures are used" in said.err
    assert "picture 2, truly" in said.out
    assert "the winning class, moved right (→) and down (↓)" in said.out


def test_a_model_from_elsewhere_is_looked_into(there, convlens):
    asked = f"explain from_elsewhere:net 2 --data pictures {READS}"
    said = convlens(f"{asked} --unit 1:1")
    assert said.code == 0
    assert "torch's own number" in said.out
    assert json.loads(convlens(f"{asked} --saliency gradient --to looked --json").out)
    assert (there / "looked" / "saliency").is_dir()
    seen = convlens(asked)
    assert (seen.code, "files to audits/from_elsewhere-net/seen" in seen.out) == (0, True)
    assert "note: what is shown class by class is left out" in seen.err
    assert convlens(f"{asked} --class-map same").err == ""


def test_pictures_without_classes_are_not_called_the_all_split(there, convlens):
    (there / "bare").mkdir()
    for path in (there / "pictures" / "o").iterdir():
        path.rename(there / "bare" / path.name)
    said = convlens(f"audit from_elsewhere:net --data bare {READS} --shift 1")
    assert " pictures of bare, moved by up to 1 px" in said.out
    assert "all split" not in said.out


def test_the_doctor_asks_how_a_model_from_elsewhere_reads_pictures(there, convlens):
    said = convlens("doctor from_elsewhere:net --data pictures")
    assert (said.code, said.out) == (2, "")
    assert "does not say how it reads pictures; give what it was trained with: --mean" in said.err
    assert convlens("doctor from_elsewhere:net --data pictures --mean 0.1 --std 0.3").code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("evaluate from_elsewhere:net --data pictures", "does not say how it reads pictures; give"),
        ("audit nope.onnx", "there is no file 'nope.onnx'; give the path of an ONNX file"),
        ("audit from_elsewhere:nothing", "has no function or class 'nothing'"),
        (
            "evaluate from_elsewhere:three --data pictures --size 28 --channels 1 --mean 0 --std 1 --class-map same",
            "are the 2 classes of the pictures, in their order, but it gives 3; name the class of each with",
        ),
        ("evaluate from_elsewhere:net", "name the pictures for it with --data"),
        (
            f"evaluate from_elsewhere:net --data pictures {READS}",
            "(o, x); tell it with --class-map FILE, or",
        ),
        (f"evaluate from_elsewhere:net --data pictures {READS} --class-map no.json", "could not read the class map"),
        ("evaluate from_elsewhere:net --data pictures --mean 127", "write 127/255"),
        ("evaluate from_elsewhere:net --data pictures --channels 2", "--channels must be 1 (grey) or 3 (colour)"),
        ("evaluate runs/latest --mean 0.5", "knows how it reads its pictures; leave out --mean"),
        ("audit from_elsewhere:net --data pictures", "does not say how it reads pictures; give"),
        ("audit runs/latest --std 0.5", "knows how it reads its pictures; leave out --std"),
        ("audit runs/latest --image 2 --causes", "--image and --causes ask for different things; give one of them"),
        ("audit runs/latest --change blur --causes", "--change and --causes ask for different things"),
        ("audit runs/latest --image 2 --require clean>=0", "--image and --require ask for different things"),
        ("predict runs/latest pictures --size 28", "knows how it reads its pictures; leave out --size"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(there, convlens, arguments, told):
    said = convlens(arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err
