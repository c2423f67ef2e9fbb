import dataclasses
import json

import numpy as np
import pytest

from convlens.audit.intervals import wilson
from convlens.audit.poses import Limits
from convlens.audit.severities import severity_audit
from convlens.audit.spatial import spatial_audit
from convlens.audit.spatial_measures import cells, to_json
from convlens.audit.sweep import require_comparable, shift_audit
from convlens.errors import SettingsError, ShapeError

NAMES = ("left", "right")
SMALL = Limits(move_px=2, moves=3, turn_deg=180, turns=3, tries=4)


@pytest.fixture
def tall(dots):
    """The four dots in pictures with the same number of rows above and below."""
    rows = np.zeros((4, 3, 6, 1), np.uint8)
    rows[:, 1:2] = dots
    return rows


def attacked(predict, images, labels, limits=SMALL, **asked):
    return spatial_audit(predict, images, labels, NAMES, limits=limits, **asked)


# Dots in the columns 0, 2, 3 and 5 of 6. A half turn mirrors them to 5, 3, 2 and 0, then they move by −2, 0 or 2; what
# has left counts as "left", and a move down or up by 2 of 3 rows takes all of them out.
BY_HAND = {(-2, 0): "0001", (-2, 180): "1000", (0, 0): "0011", (0, 180): "1100", (2, 0): "0110", (2, 180): "0110"}


def test_the_answers_in_every_pose_are_those_worked_out_by_hand(side, tall, sides):
    swept = attacked(side, tall, sides)
    assert swept.labels_at.shape == (4, 27)
    for pose in range(27):
        dx, dy, turn = (int(of[pose]) for of in (swept.poses.dx, swept.poses.dy, swept.poses.turn))
        expected = BY_HAND[dx, abs(turn)] if dy == 0 else "0000"
        assert "".join(map(str, swept.labels_at[:, pose].tolist())) == expected


def test_the_whole_numbers_by_hand(side, tall, sides):
    swept = attacked(side, tall, sides)
    told = json.loads(json.dumps(to_json(swept), allow_nan=False))
    assert told["clean"] == 1
    assert told["grid"] == told["unchanged_grid"] == 0  # the right ones leave, the left ones are turned to the right
    per_pose = {"0001": 0.75, "1000": 0.25, "0011": 1, "1100": 0, "0110": 0.5, "0000": 0.5}
    by_hand = [per_pose[answers] for (_, turn), answers in BY_HAND.items() for _ in range(1 if turn == 0 else 2)]
    assert told["mean"] == pytest.approx((sum(by_hand) + 18 * 0.5) / 27)
    assert (told["lowest"], told["lowest_at"]) == (0, {"dx": 0, "dy": 0, "turn": -180})
    drawn = swept.labels_drawn == sides[:, None]
    assert told["random"] == drawn[:, 0].mean()
    assert told["worst_of_random"] == drawn.all(axis=1).mean()
    assert told["intervals"]["clean"] == [float(end) for end in wilson(4, 4)]
    assert told["protocol"]["limits"] == {"move_px": 2, "moves": 3, "turn_deg": 180, "turns": 3, "tries": 4}
    table = cells(swept)
    assert (len(table), table["accuracy"][13], table["unchanged"][13]) == (27, 1, 1)


def test_without_labels_nothing_is_said_that_needs_them(side, tall, sides):
    told = to_json(attacked(side, tall, sides), labelled=False)
    assert told["label_free"] is True
    assert set(told["intervals"]) == {"unchanged_random", "unchanged_worst_of_random", "unchanged_grid"}
    assert not {"clean", "grid", "lowest_at"} & set(told)
    assert "accuracy" not in told["cells"][0]


def test_more_tries_can_only_be_worse_and_the_first_is_the_random_one(side, sides):
    images = np.random.default_rng(0).integers(0, 256, (4, 6, 6, 1), np.uint8)
    shares = []
    for tries in (1, 4, 16):
        limits = dataclasses.replace(SMALL, tries=tries)
        told = to_json(attacked(side, images, sides, limits))
        shares.append(told["worst_of_random"])
        assert told["worst_of_random"] <= told["random"] == shares[0]
    assert shares == sorted(shares, reverse=True)


def test_moves_alone_are_those_of_a_shift_audit_and_turns_alone_those_of_the_change_rotation(side):
    images, labels = np.random.default_rng(0).integers(0, 256, (5, 10, 12, 3), np.uint8), np.zeros(5, np.int64)
    swept = attacked(side, images, labels, Limits(move_px=2, moves=5, turn_deg=30, turns=7))
    shifted = shift_audit(side, images, labels, radius=2)
    turned = severity_audit(side, images, labels, NAMES, "rotation", amounts=range(-30, 31, 10))
    grid = swept.poses
    assert np.array_equal(swept.labels_at[:, grid.turn == 0], shifted.labels_at)
    assert np.array_equal(swept.labels_at[:, (grid.dx == 0) & (grid.dy == 0)], turned.labels_at)
    assert len(np.unique(shifted.labels_at)) == len(np.unique(turned.labels_at)) == 2


@pytest.mark.parametrize("batch_size", [1, 7, 10_000])
def test_neither_the_batch_nor_whoever_stands_beside_it_makes_a_difference(side, tall, sides, batch_size):
    whole = attacked(side, tall, sides)
    parts = attacked(side, tall[:2], sides[:2], batch_size=batch_size)
    assert np.array_equal(parts.labels_at, whole.labels_at[:2])
    assert np.array_equal(parts.labels_drawn, whole.labels_drawn[:2])


def test_another_seed_draws_other_poses_and_may_not_be_compared(side, sides):
    images = np.random.default_rng(0).integers(0, 256, (4, 6, 6, 1), np.uint8)
    seeds = [attacked(side, images, sides, dataclasses.replace(SMALL, tries=50), seed=seed) for seed in (0, 1)]
    assert not np.array_equal(seeds[0].labels_drawn, seeds[1].labels_drawn)
    assert np.array_equal(seeds[0].labels_at, seeds[1].labels_at)
    with pytest.raises(SettingsError, match="they differ in seed 0 and 1"):
        require_comparable({"a": seeds[0].protocol, "b": seeds[1].protocol})


def test_the_papers_attack_is_the_default(side):
    images = np.random.default_rng(0).integers(0, 256, (1, 28, 28, 1), np.uint8)
    swept = spatial_audit(side, images, np.zeros(1, np.int64), NAMES, data="dots", notes={"precision": "fp32"})
    assert (swept.labels_at.shape, swept.labels_drawn.shape) == ((1, 775), (1, 10))
    assert (swept.protocol.limits, swept.protocol.border, swept.protocol.fill) == (Limits(), "zeros", 0)
    assert swept.protocol.notes == {"precision": "fp32"}


class Kept(dict):
    """Parts in memory."""

    def get(self, start, stop):
        return super().get((start, stop))

    def put(self, start, stop, logits):
        self[start, stop] = logits


def test_an_attack_that_was_interrupted_goes_on_after_the_parts_that_were_kept(monkeypatch, side, tall, sides):
    monkeypatch.setattr("convlens.audit.in_parts.PART_PIXELS", 2 * 31 * 18)  # two pictures at a time
    whole, kept, asked, told = attacked(side, tall, sides), Kept(), [], []

    def counting(images):
        if len(asked) == 1:
            asked.append(0)
            raise KeyboardInterrupt
        asked.append(len(images))
        return side(images)

    with pytest.raises(KeyboardInterrupt):
        attacked(counting, tall, sides, parts=kept, tried=True)
    assert set(kept) == {(0, 2)}
    again = attacked(counting, tall, sides, parts=kept, tried=True, progress=lambda *both: told.append(both))
    assert asked == [62, 0, 62]
    assert told == [(62, 124), (124, 124)]
    assert np.array_equal(again.labels_at, whole.labels_at)
    assert np.array_equal(again.labels_drawn, whole.labels_drawn)


@pytest.mark.usefixtures("as_installed")
def test_what_cannot_be_attacked_is_refused_with_a_sentence(side, tall, sides):
    with pytest.raises(SettingsError, match="no border rule is named 'crop'"):
        attacked(side, tall, sides, border="crop")
    with pytest.raises(SettingsError, match="0 to 255, got -1"):
        attacked(side, tall, sides, fill=-1)
    with pytest.raises(ShapeError, match="got 4 images and 3 labels"):
        attacked(side, tall, sides[:3])
    with pytest.raises(ShapeError, match=r"gives 3 columns of logits, but there are 2 class names \(left, right\)"):
        attacked(lambda images: np.zeros((len(images), 3), np.float32), tall, sides)
