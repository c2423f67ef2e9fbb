import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlens.audit.changes import SEVERITIES
from convlens.audit.levelled import Levelled
from convlens.audit.severities import Severities, severities_of, severity_audit
from convlens.audit.sweep import require_comparable
from convlens.errors import ConvlensError, SettingsError, ShapeError, UnknownNameError

NAMES = ("dark", "bright")
# Plain pictures of these grey levels: the darker two are "dark".
GREYS = np.array([60, 90, 110, 240], np.uint8)
AMOUNTS = (-60, -50, -10, 0, 20, 50, 70)


def bright(images):
    """A classifier of brightness: 1 above grey level 100, else 0."""
    return np.stack([np.full(len(images), 100.5), images.mean(axis=(1, 2, 3))], axis=1).astype(np.float32)


@pytest.fixture
def plain():
    return np.repeat(GREYS, 4).reshape(4, 2, 2, 1)


@pytest.fixture
def labels():
    return np.array([0, 0, 1, 1], np.int64)


def audited(predict, images, labels, change="brightness", **asked):
    return severity_audit(predict, images, labels, NAMES, change, **asked)


# grey levels times 0.4, 0.5, 0.9, 1, 1.2, 1.5 and 1.7: on paper, which are above 100
BY_HAND = ["0000", "0001", "0001", "0011", "0111", "0111", "1111"]


def test_the_answers_at_every_amount_are_those_worked_out_by_hand(plain, labels):
    swept = audited(bright, plain, labels, amounts=AMOUNTS)
    assert ["".join(map(str, cell)) for cell in swept.labels_at.T.tolist()] == BY_HAND
    assert (swept.origin, swept.levels.tolist()) == (3, [4, 3, 1, 0, 2, 3, 5])
    assert swept.severities.sizes.tolist() == [0, 10, 20, 50, 60, 70]
    assert isinstance(swept, Levelled)


def test_amounts_may_be_given_in_any_order(plain, labels):
    found = audited(bright, plain, labels, amounts=AMOUNTS[::-1])
    assert np.array_equal(found.logits, audited(bright, plain, labels, amounts=AMOUNTS).logits)


@settings(max_examples=20)
@given(change=st.sampled_from(list(SEVERITIES)), batch_size=st.integers(1, 50), seed=st.integers(0, 3))
def test_the_batch_size_makes_no_difference_and_each_cell_is_what_the_model_says_to_the_changed_picture(
    change, batch_size, seed
):
    images = np.random.default_rng(seed).integers(0, 256, (3, 6, 5, 1), np.uint8)

    def rows(batch):
        return batch[:, :, 2, 0].astype(np.float32)

    names, zeros = tuple("abcdef"), np.zeros(3, np.int64)
    parts = severity_audit(rows, images, zeros, names, change, batch_size=batch_size, seed=seed)
    whole = severity_audit(rows, images, zeros, names, change, batch_size=10_000, seed=seed)
    assert np.array_equal(parts.logits, whole.logits)
    assert np.array_equal(parts.logits[:, parts.origin], rows(images))
    first = severity_audit(rows, images[:1], zeros[:1], names, change, seed=seed)
    assert np.array_equal(first.logits, whole.logits[:1])  # whoever stands beside it


def test_equal_pictures_get_noise_of_their_own(plain, labels):
    same = np.full((4, 28, 28, 1), 127, np.uint8)

    def corner(batch):
        return batch[:, 0, :2, 0].astype(np.float32)

    swept = audited(corner, same, labels, "noise", amounts=(0, 30))
    assert len(np.unique(swept.logits[:, 1], axis=0)) == 4
    assert len(np.unique(swept.logits[:, 0], axis=0)) == 1


def test_the_protocol_says_what_matters_to_the_change(plain, labels):
    asked = {"border": "edge", "fill": 9, "seed": 3, "data": "plain", "split": "test", "manifest_hash": "ab"}
    turned = audited(bright, plain, labels, "rotation", notes={"precision": "fp32"}, **asked).protocol
    assert (turned.border, turned.fill, turned.seed) == ("edge", 9, None)
    assert (turned.change, turned.unit, turned.count, turned.notes) == ("rotation", "°", 4, {"precision": "fp32"})
    assert turned.amounts == tuple(range(-30, 31, 2))
    noisy = audited(bright, plain, labels, "noise", **asked).protocol
    assert (noisy.border, noisy.fill, noisy.seed) == (None, None, 3)
    light = audited(bright, plain, labels, "brightness", **asked).protocol
    assert (light.border, light.fill, light.seed) == (None, None, None)


def test_only_audits_of_the_same_change_and_amounts_are_compared(plain, labels):
    own = audited(bright, plain, labels).protocol
    require_comparable({"a": own, "b": dataclasses.replace(own, notes={"precision": "bf16"})})
    with pytest.raises(SettingsError, match="'a' and 'b' cannot be compared: they differ in change 'brightness' and"):
        require_comparable({"a": own, "b": audited(bright, plain, labels, "contrast").protocol})
    with pytest.raises(SettingsError, match=r"amounts \("):
        require_comparable({"a": own, "b": audited(bright, plain, labels, amounts=(0, 50)).protocol})


class Kept(dict):
    """Parts in memory."""

    def get(self, start, stop):
        return super().get((start, stop))

    def put(self, start, stop, logits):
        self[start, stop] = logits


def test_an_audit_that_was_interrupted_goes_on_after_the_parts_that_were_kept(monkeypatch, plain, labels):
    monkeypatch.setattr("convlens.audit.in_parts.PART_PIXELS", 2 * 7 * 4)  # two pictures at a time
    whole = audited(bright, plain, labels, amounts=AMOUNTS).logits
    kept, asked, told = Kept(), [], []

    def stops_at_the_second_part(images):
        if asked:
            raise KeyboardInterrupt
        asked.append(len(images))
        return bright(images)

    with pytest.raises(KeyboardInterrupt):
        audited(stops_at_the_second_part, plain, labels, amounts=AMOUNTS, parts=kept, tried=True)
    assert set(kept) == {(0, 2)}

    def goes_on(images):
        asked.append(len(images))
        return bright(images)

    again = audited(
        goes_on, plain, labels, amounts=AMOUNTS, parts=kept, tried=True, progress=lambda *both: told.append(both)
    )
    assert asked == [14, 14]
    assert told == [(14, 28), (28, 28)]
    assert np.array_equal(again.logits, whole)


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("change", "asked", "error", "sentence"),
    [
        ("turn", {}, UnknownNameError, "no change is named 'turn'"),
        ("rotation", {"border": "blank"}, SettingsError, "no border rule is named 'blank'"),
        ("rotation", {"border": "canvas"}, SettingsError, "no border rule is named 'canvas'"),
        ("rotation", {"fill": 256}, SettingsError, "0 to 255, got 256"),
        ("noise", {"batch_size": 0}, SettingsError, "batch of at least one"),
        ("noise", {"amounts": (0, -1)}, SettingsError, r"noise are numbers from 0 to inf \(grey levels\), got -1"),
        ("dropout", {"amounts": (0, 51)}, SettingsError, r"dropout are numbers from 0 to 50 \(%\), got 51"),
        ("jpeg", {"amounts": (0, 2.5)}, SettingsError, "jpeg are whole numbers from 0 to 100"),
        ("rotation", {"amounts": (0, float("nan"))}, SettingsError, "got nan"),
        ("rotation", {"amounts": (1, 2)}, SettingsError, "0, the unchanged picture, among them; got 1, 2"),
        ("rotation", {"amounts": (0, 1, 1)}, SettingsError, "each once"),
        ("rotation", {"amounts": (0, float("inf"))}, SettingsError, "finite amounts"),
        ("rotation", {"amounts": ()}, SettingsError, "severities want finite amounts"),
    ],
)
def test_what_cannot_be_audited_is_refused_with_a_sentence(plain, labels, change, asked, error, sentence):
    with pytest.raises(error, match=sentence):
        audited(bright, plain, labels, change, **asked)


@pytest.mark.usefixtures("as_installed")
def test_pictures_labels_and_answers_are_checked_as_in_a_shift_audit(plain, labels):
    with pytest.raises(ShapeError, match="labels from 0 to 1, got 0 to 2"):
        audited(bright, plain, labels + np.array([0, 0, 0, 1]))
    with pytest.raises(ShapeError, match="got 0 images"):
        audited(bright, plain[:0], labels[:0])
    with pytest.raises(ShapeError, match=r"gives 3 columns of logits, but there are 2 class names \(dark, bright\)"):
        audited(lambda images: np.zeros((len(images), 3), np.float32), plain, labels)
    with pytest.raises(ConvlensError, match="not finite"):
        audited(lambda images: np.full((len(images), 2), np.nan, np.float32), plain, labels)


def test_levels_are_the_ranks_of_the_sizes():
    tried = Severities(np.array([0.0, -3, 7, 3]), "px")
    assert (tried.levels.tolist(), tried.sizes.tolist(), tried.origin, len(tried)) == ([0, 1, 2, 1], [0, 3, 7], 0, 4)
    assert severities_of("blur", (224, 224)).amounts[1] == 2
