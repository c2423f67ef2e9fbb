import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.shifts import grid, line
from convlens.audit.sweep import Protocol, directly, require_comparable, shift_audit, sweep
from convlens.errors import ConvlensError, SettingsError, ShapeError

NAMES = ("left", "right")


# For dx from −3 to 3, the answers for the bright pixels in the columns 0, 2, 3 and 5, worked out on paper.
@pytest.mark.parametrize(
    ("border", "answers"),
    [
        ("zeros", ["0000", "0001", "0001", "0011", "0110", "0110", "1100"]),
        ("wrap", ["1100", "1001", "1001", "0011", "0110", "0110", "1100"]),
        ("edge", ["0001", "0001", "0001", "0011", "0110", "0110", "0100"]),
        ("reflect", ["0100", "0001", "0001", "0011", "0110", "0010", "1000"]),
        ("symmetric", ["0000", "0001", "0001", "0011", "0110", "0110", "0000"]),
    ],
)
def test_the_answers_at_every_shift_are_those_worked_out_by_hand(side, dots, sides, border, answers):
    swept = sweep(side, dots, sides, NAMES, line(3), border=border)
    assert ["".join(map(str, cell)) for cell in swept.labels_at.T.tolist()] == answers


def test_dy_moves_down_and_not_sideways(side, sides, dots):
    upright = np.zeros((4, 3, 6, 1), np.uint8)
    upright[:, 2:3] = dots
    shifts = grid(1)
    swept = sweep(side, upright, sides, NAMES, shifts, border="zeros")
    by_row = swept.labels_at.reshape(4, 3, 3)
    assert by_row[:, 2].any() == np.False_  # down by one, the bright row has left
    assert np.array_equal(by_row[:, 0], by_row[:, 1])  # up by one, it is still there


def test_the_fill_comes_in(side, dots, sides):
    shifts = line(1)
    swept = sweep(side, np.zeros_like(dots), sides, NAMES, shifts, border="zeros", fill=9)
    assert swept.labels_at.tolist() == [[1, 0, 0]] * 4  # moved left, grey comes in on the right


@given(batch_size=st.integers(1, 60), count=st.integers(1, 5), radius=st.integers(0, 2))
def test_the_batch_size_makes_no_difference_and_every_batch_but_the_last_is_full(batch_size, count, radius):
    images = np.random.default_rng(count).integers(0, 256, (count, 4, 4, 1), np.uint8)
    labels = np.zeros(count, np.int64)
    sizes: list[int] = []
    told: list[tuple[int, int]] = []

    def corner(batch):
        sizes.append(len(batch))
        return batch[:, 0, :2, 0].astype(np.float32)

    parts = sweep(
        corner,
        images,
        labels,
        NAMES,
        grid(radius),
        border="wrap",
        batch_size=batch_size,
        progress=lambda done, total: told.append((done, total)),
    )
    whole = sweep(corner, images, labels, NAMES, grid(radius), border="wrap", batch_size=10_000)
    total = count * (2 * radius + 1) ** 2
    assert np.array_equal(parts.logits, whole.logits)
    assert sizes[:-2] == [batch_size] * (len(sizes) - 2)
    assert told == [(total, total)]


@given(seed=st.integers(0, 9), dx=st.integers(-2, 2), dy=st.integers(-2, 2))
def test_each_cell_is_what_the_model_says_to_numpys_roll(seed, dx, dy):
    images = np.random.default_rng(seed).integers(0, 256, (3, 5, 4, 2), np.uint8)

    def corner(batch):
        return batch[:, 0, :, 0].astype(np.float32)

    shifts = grid(2)
    swept = sweep(corner, images, np.zeros(3, np.int64), ("a", "b", "c", "d"), shifts, border="wrap")
    cell = int(np.flatnonzero((shifts.dx == dx) & (shifts.dy == dy))[0])
    assert np.array_equal(swept.logits[:, cell], corner(np.roll(images, (dy, dx), (1, 2))))


def test_the_protocol_says_how_the_audit_was_made(side, dots, sides):
    swept = sweep(
        side, dots, sides, NAMES, line(2), border="zeros", fill=7, data="dots", split="test", manifest_hash="ab",
        notes={"precision": "fp32"},
    )  # fmt: skip
    assert swept.protocol == Protocol(2, "line", "zeros", 7, "dots", "test", "ab", 4)
    assert swept.protocol.notes == {"precision": "fp32"}
    assert swept.logits.shape == (4, 5, 2)


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (lambda x: np.zeros((len(x), 1), np.float32), ShapeError, r"one-logit head z must be given as .*\(0, z\)"),
        (lambda x: np.zeros(len(x), np.float32), ShapeError, r"\(N, classes\) of numbers, got float32 \(12,\) for 12"),
        (lambda x: np.zeros((len(x) - 1, 2), np.float32), ShapeError, "one row of logits per image"),
        (lambda x: np.full((len(x), 2), "no"), ShapeError, "of numbers"),
        (lambda x: np.zeros((len(x), 3), np.float32), ShapeError, r"3 classes, but the data have 2 \(left, right\)"),
        (lambda x: np.full((len(x), 2), np.nan, np.float32), ConvlensError, "not finite for 12 of 12 images"),
        (lambda x: np.full((len(x), 2), 1e300), ConvlensError, "not finite"),
    ],
)
def test_answers_that_are_no_logits_are_refused_with_a_sentence(dots, sides, answer, error, sentence):
    with pytest.raises(error, match=sentence):
        sweep(answer, dots, sides, NAMES, line(1), border="wrap")


def test_logits_of_another_number_type_become_float32(dots, sides):
    swept = sweep(lambda x: np.eye(2)[[1] * len(x)], dots, sides, NAMES, line(1), border="wrap")
    assert swept.logits.dtype == np.float32
    assert (swept.labels_at == 1).all()


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("images", "labels", "settings", "error", "sentence"),
    [
        (0, [], {"border": "wrap"}, ShapeError, "got 0 images and 0 labels"),
        (2, [0], {"border": "wrap"}, ShapeError, "got 2 images and 1 labels"),
        (2, [0, 2], {"border": "wrap"}, ShapeError, "labels from 0 to 1, got 0 to 2"),
        (2, [-1, 0], {"border": "wrap"}, ShapeError, "labels from 0 to 1, got -1 to 0"),
        (2, [0, 1], {"border": "blank"}, SettingsError, "no border rule is named 'blank'"),
        (2, [0, 1], {"border": "zeros", "fill": 256}, SettingsError, "0 to 255, got 256"),
        (2, [0, 1], {"border": "zeros", "batch_size": 0}, SettingsError, "batch of at least one"),
    ],
)
def test_what_cannot_be_audited_is_refused_with_a_sentence(side, images, labels, settings, error, sentence):
    with pytest.raises(error, match=sentence):
        sweep(side, np.zeros((images, 4, 4, 1), np.uint8), np.array(labels, np.int64), NAMES, line(1), **settings)


def test_audits_with_other_rules_are_not_compared_and_notes_do_not_matter():
    one = Protocol(5, "grid", "zeros", 0, "fashion-mnist", "test", "ab", 1000, {"precision": "bf16"})
    require_comparable({})
    require_comparable({"mlp": one, "cnn": dataclasses.replace(one, notes={})})
    other = dataclasses.replace(one, border="wrap", count=10)
    with pytest.raises(SettingsError, match=r"'mlp' and 'roll' .* border 'zeros' and 'wrap', count 1000 and 10"):
        require_comparable({"mlp": one, "cnn": one, "roll": other})


class Kept(dict):
    """Parts in memory."""

    def get(self, start, stop):
        return super().get((start, stop))

    def put(self, start, stop, logits):
        self[start, stop] = logits


def test_a_sweep_that_was_interrupted_goes_on_after_the_parts_that_were_kept(monkeypatch, side, dots, sides):
    monkeypatch.setattr("convlens.audit.in_parts.PART_PIXELS", 2 * 7 * 6)  # two dots at a time
    whole = sweep(side, dots, sides, NAMES, line(3), border="zeros").logits
    kept, asked, told = Kept(), [], []

    def stops_at_the_second_part(images):
        if asked:
            raise KeyboardInterrupt
        asked.append(len(images))
        return side(images)

    with pytest.raises(KeyboardInterrupt):
        sweep(stops_at_the_second_part, dots, sides, NAMES, line(3), border="zeros", parts=kept)
    assert set(kept) == {(0, 2)}

    def goes_on(images):
        asked.append(len(images))
        return side(images)

    again = sweep(
        goes_on, dots, sides, NAMES, line(3), border="zeros", parts=kept, progress=lambda *it: told.append(it)
    )
    assert asked == [14, 14]
    assert told == [(14, 28), (28, 28)]
    assert np.array_equal(again.logits, whole)


@pytest.mark.usefixtures("as_installed")
def test_a_faster_sweep_takes_the_place_of_the_model_and_is_checked_like_it(side, dots, sides):
    slow = directly(side)
    fast = sweep(nobody, dots, sides, NAMES, line(3), border="wrap", by_shift=slow)
    assert np.array_equal(fast.logits, sweep(side, dots, sides, NAMES, line(3), border="wrap").logits)
    with pytest.raises(ShapeError, match=r"\(4, 7, 2\), got float32 \(4, 6, 2\)"):
        sweep(nobody, dots, sides, NAMES, line(3), border="wrap", by_shift=lambda *given: slow(*given)[:, :6])


def nobody(images):
    raise AssertionError("the faster sweep is there")


def test_shift_audit_numbers_the_classes_and_moves_both_ways(side, dots, sides):
    tall = np.repeat(dots, 6, axis=1)
    swept = shift_audit(side, tall, sides, radius=2)
    assert swept.class_names == ("0", "1")
    assert len(swept.shifts) == 25
    assert swept.protocol.border == "zeros"
    with pytest.raises(SettingsError, match="6 px leaves nothing of pictures of 6×6 pixels; choose one below 6"):
        shift_audit(side, tall, sides, radius=6)
