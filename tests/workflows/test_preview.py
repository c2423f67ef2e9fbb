import sys

import numpy as np
import pytest
from PIL import Image

from convlens.workflows.foreign import opened
from convlens.workflows.preview import preview
from convlens.workflows.reading import reading
from convlens.workflows.subjects import answers, trained

MODELS = """
import numpy as np
from torch import nn
def net(classes, size):
    return nn.Sequential(nn.Flatten(), nn.Linear(size[0] * size[1], classes))
def asking():
    def ask(images):
        bright = images.mean(axis=(1, 2, 3)) > 20
        return np.stack([bright, ~bright], axis=1).astype(float)
    return ask
"""


@pytest.fixture
def look(tmp_path, monkeypatch):
    """A function that opens a model on drawn letters and looks at it; gives what was opened and the preview."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "looked_at.py").write_text(MODELS, encoding="utf-8")

    def looked(model, margin=0, **said):
        found = opened(model, data="xo", take=60, margin=margin, reading=reading(**said))
        predict = answers(found.subject)
        seen = preview(found.subject, found.dataset, predict, tmp_path / "seen", labelled=found.labelled, margin=margin)
        return found, predict, seen

    yield looked
    sys.modules.pop("looked_at", None)


def test_the_accuracy_is_that_of_the_unmoved_pictures_with_its_interval(look):
    found, predict, seen = look("looked_at:net", mean="0.1", std="0.3", channels=1)
    right = int((predict(found.dataset.images).argmax(axis=1) == found.dataset.labels).sum())
    value, low, high = seen.accuracy
    assert value == right / 60
    assert low < value < high
    assert f"right on {100 * value:.1f} %" in seen.sentence
    assert str(seen.path) in seen.sentence
    assert seen.doubt == ""


def test_the_picture_is_written_beside_the_results_with_five_columns_and_two_rows(look):
    _, _, seen = look("looked_at:net", mean="0.1", std="0.3", channels=1)
    with Image.open(seen.path) as sheet:
        drawn = np.asarray(sheet.convert("L")).astype(int)
    # what is black in the letters (level 0) enters as −1/3: on the scale from −2.5 to 2.5 that is level 111
    assert (drawn == 111).mean() > 0.1
    assert (drawn == 0).mean() > 0.1


def test_a_wrong_deviation_or_mean_is_flat_and_worth_a_word(look):
    _, _, good = look("looked_at:net", mean="0.1", std="0.3", channels=1)
    _, _, small = look("looked_at:net", mean="1", std="1/255", channels=1)
    assert good.doubt == ""
    assert "what enters the network has mean -" in small.doubt
    assert "are --mean and --std right" in small.doubt


def test_without_labels_the_commonest_answers_are_told(look):
    _, _, seen = look("looked_at:asking", size=28, channels=1)
    assert seen.accuracy is None
    assert "answers 'answer " in seen.sentence
    assert "right on" not in seen.sentence
    assert seen.doubt == ""


def test_of_larger_pictures_the_middle_is_looked_at(look):
    found, predict, seen = look("looked_at:net", margin=3, mean="0.1", std="0.3", size=28, channels=1)
    middle = found.dataset.images[:, 3:-3, 3:-3]
    assert seen.accuracy[0] == (predict(middle).argmax(axis=1) == found.dataset.labels).mean()


def test_a_run_can_be_looked_at_too(xo_run, tmp_path):
    found = opened(str(xo_run), take=30)
    seen = preview(found.subject, found.dataset, answers(trained(xo_run)), tmp_path / "seen")
    assert seen.path.exists()
    assert seen.accuracy is not None
