"""Four questions to a model about one image at one shift: would the answer have flipped without this cause, or by it?

    content lost          the rows and columns that leave are blanked, without moving: does that alone change it?
    aliasing              the phases of the stride are averaged, or restored by a multiple: is the flip gone?
    position-bound head   the last feature map is moved, and not the image: does that alone change it?
    border signal         the border is another one, or further away: is the flip gone?

Two of them add a cause and look for a change, two take one away and look whether the flip is gone. Of an answer that
held, the first two ask the very same; the other two ask the mirror image: does it flip when the cause is taken away? So
each test says of a pair that did not flip how often it is positive without anything to find.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol as Structural
from typing import TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Images, Indices, Logits, Mask, Pixels, Predict, softmax
from convlens.audit.answers import checked_logits
from convlens.audit.flips import Pairs
from convlens.audit.placing import placed
from convlens.audit.stride_phases import Window, around, around_multiple, multiples
from convlens.audit.sweep import Sweep

ByCells: TypeAlias = Callable[[Images, Pixels, Pixels], Logits]
Answers: TypeAlias = Int64[np.ndarray, " n"]


@runtime_checkable
class Probes(Structural):
    """What a network lets one ask it besides its answers; `models.probes` makes these."""

    @property
    def stride(self) -> tuple[int, int] | None:
        """By how many pixels the cells of its last feature map lie apart, down and to the right."""

    @property
    def head_at(self) -> ByCells | None:
        """Answers for that map moved by whole cells (right, down), the images untouched."""

    @property
    def head_without(self) -> ByCells | None:
        """Answers for that map at its place, without what leaves it in such a move."""

    @property
    def variants(self) -> Mapping[str, Predict]:
        """The network with other borders, by what differs."""

    @property
    def no_map(self) -> str:
        """Why there is no stride and no moving of a map."""

    @property
    def no_variant(self) -> str:
        """Why there is no other border."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A model that can be asked about the images of a sweep, moved as they were there, or in other ways."""

    sweep: Sweep
    images: Images
    predict: Predict
    batch_size: int = 1024

    @property
    def most_px(self) -> tuple[int, int]:
        """The largest moves that can be made, down and to the right."""
        if self.sweep.protocol.border == "crop":
            return self.sweep.shifts.radius, self.sweep.shifts.radius
        return self.images.shape[1] - 1, self.images.shape[2] - 1

    def unmoved(self, pairs: Pairs) -> Answers:
        """Give the answer for each unshifted image."""
        answers: Answers = self.sweep.labels_at[pairs.images, self.sweep.origin]
        return answers

    def moved(self, pairs: Pairs) -> Answers:
        """Give the answer for each image at its shift."""
        answers: Answers = self.sweep.labels_at[pairs.images, pairs.cells]
        return answers

    def shift(self, pairs: Pairs) -> tuple[Pixels, Pixels]:
        """Give dx and dy of each pair."""
        return self.sweep.shifts.dx[pairs.cells], self.sweep.shifts.dy[pairs.cells]

    def seen(self, images: Indices, dx: Pixels, dy: Pixels) -> Images:
        """Give what the model sees of these images at these moves."""
        rules = self.sweep.protocol
        moved: Images = placed(self.images[images], dx, dy, radius=rules.radius, border=rules.border, fill=rules.fill)
        return moved

    def answers(self, images: Images) -> Answers:
        """Ask the model about images as it sees them."""
        return _answers(self.predict, images, self.batch_size)

    def flips_at(self, pairs: Pairs, dx: Pixels, dy: Pixels) -> Mask:
        """Say whether the answers for the pairs' images at other moves are others than for the unshifted ones."""
        flips: Mask = self.logits_at(pairs.images, dx, dy).argmax(axis=1) != self.unmoved(pairs)
        return flips

    def logits_at(self, images: Indices, dx: Pixels, dy: Pixels) -> Logits:
        """Give the logits of images at moves: from the sweep where they are there, else the model is asked."""
        shifts = self.sweep.shifts
        cells = {move: cell for cell, move in enumerate(zip(shifts.dx.tolist(), shifts.dy.tolist(), strict=True))}
        where = np.array([cells.get(move, -1) for move in zip(dx.tolist(), dy.tolist(), strict=True)], np.int64)
        logits: Logits = self.sweep.logits[images, where]
        missing = np.flatnonzero(where < 0)
        for start in range(0, len(missing), self.batch_size):
            some = missing[start : start + self.batch_size]
            logits[some] = checked_logits(self.predict, self.seen(images[some], dx[some], dy[some]))
        return logits


def content_lost(asked: Asked, pairs: Pairs) -> Mask:
    """Say for which pairs the answer changes when what leaves is blanked and nothing moves.

    The image is moved and moved back under its border rule, which puts in the place of what left what the rule brings:
    the blank under "zeros", repeated or mirrored pixels under the others; under "crop" the window's outermost pixels
    are repeated. Where nothing but blank leaves, there is no change to be found.
    """
    dx, dy = asked.shift(pairs)
    none = np.zeros_like(dx)
    rules = asked.sweep.protocol
    border = "edge" if rules.border == "crop" else rules.border
    before = asked.seen(pairs.images, none, none)
    gone = placed(before, dx, dy, radius=rules.radius, border=border, fill=rules.fill)
    blanked = placed(gone, -dx, -dy, radius=rules.radius, border=border, fill=rules.fill)
    differs = (blanked != before).any(axis=(1, 2, 3))
    positive = np.zeros(len(pairs), bool)
    positive[differs] = asked.answers(blanked[differs]) != asked.unmoved(pairs[differs])
    return positive


def aliasing(asked: Asked, pairs: Pairs, stride: tuple[int, int]) -> Mask:
    """Say for which pairs the answer, flipped or not, is the other way round when no phase of the stride decides.

    Either the mean of the probabilities over moves around the shift, in which every phase weighs the same, says so; or
    a move by a surrounding multiple of the stride does while the mean around that multiple does not. The second half is
    needed: without it, a flip that is gone nearer to the unmoved image, or one that first comes further out, would pass
    for aliasing. The unmoved image itself is never among the moves.

    Args:
        stride: down and to the right.
    """
    down_s, right_s = stride
    most_down, most_right = asked.most_px
    flips = asked.moved(pairs) != asked.unmoved(pairs)
    shifts = [move.tolist() for move in asked.shift(pairs)]
    windows = [(around(x, right_s, most_right), around(y, down_s, most_down)) for x, y in zip(*shifts, strict=True)]
    positive: Mask = _mean_flips(asked, pairs, windows, otherwise=flips) != flips
    nearby = [multiples(x, y, stride, asked.most_px) for x, y in zip(*shifts, strict=True)]
    rows = np.array([row for row, moves in enumerate(nearby) for _ in moves if not positive[row]], np.int64)
    moves = [move for row, found in enumerate(nearby) for move in found if not positive[row]]
    if len(rows) == 0:
        return positive
    right, down = np.array(moves, np.int64).T
    changes = asked.flips_at(pairs[rows], right, down) != flips[rows]
    rows, right, down = rows[changes], right[changes].tolist(), down[changes].tolist()
    windows = [
        (
            around_multiple(x, shifts[0][row], right_s, most_right),
            around_multiple(y, shifts[1][row], down_s, most_down),
        )
        for row, x, y in zip(rows, right, down, strict=True)
    ]
    stays = _mean_flips(asked, pairs[rows], windows, otherwise=~flips[rows]) == flips[rows]
    positive[rows[stays]] = True
    return positive


def position_bound_head(asked: Asked, pairs: Pairs, probes: Probes) -> Mask:
    """Say for which pairs the answer changes when the last feature map moves and the image does not.

    The map moves by the whole number of cells nearest to the shift, halves away from 0; a shift of less than half a
    cell moves nothing and changes nothing. The answer must also be another one than for the map without what has left
    it, at its old place: a head that does not care for places may still miss what is gone.
    """
    assert probes.stride is not None
    assert probes.head_at is not None
    assert probes.head_without is not None
    dx, dy = asked.shift(pairs)
    right, down = nearest_cells(dx, probes.stride[1]), nearest_cells(dy, probes.stride[0])
    positive = np.zeros(len(pairs), bool)
    rows = np.flatnonzero((right != 0) | (down != 0))
    images = asked.seen(pairs.images, np.zeros_like(dx), np.zeros_like(dy))
    answers = _by_cells(probes.head_at, images[rows], right[rows], down[rows])
    changed = answers != asked.unmoved(pairs[rows])
    rows, answers = rows[changed], answers[changed]
    positive[rows] = answers != _by_cells(probes.head_without, images[rows], right[rows], down[rows])
    return positive


def border_signal(asked: Asked, pairs: Pairs, probes: Probes) -> Mask:
    """Say for which pairs the answer, flipped or not, is the other way round when the network's border is another.

    A variant with another border must first agree with the network about the unmoved image; then it is asked about the
    moved one, as the network saw it, so that what was lost stays lost.
    """
    dx, dy = asked.shift(pairs)
    before = asked.seen(pairs.images, np.zeros_like(dx), np.zeros_like(dy))
    after = asked.seen(pairs.images, dx, dy)
    unmoved, flips = asked.unmoved(pairs), asked.moved(pairs) != asked.unmoved(pairs)
    positive = np.zeros(len(pairs), bool)
    for variant in probes.variants.values():
        rows = np.flatnonzero(~positive)
        rows = rows[_answers(variant, before[rows], asked.batch_size) == unmoved[rows]]
        positive[rows] = (_answers(variant, after[rows], asked.batch_size) != unmoved[rows]) != flips[rows]
    return positive


def nearest_cells(shift_px: Pixels, stride: int) -> Pixels:
    """Give the number of cells nearest to a shift, halves away from 0."""
    cells: Pixels = np.sign(shift_px) * ((2 * np.abs(shift_px) + stride) // (2 * stride))
    return cells


def _mean_flips(
    asked: Asked, pairs: Pairs, windows: Sequence[tuple[Window | None, Window | None]], *, otherwise: Mask
) -> Mask:
    """Say whether the mean probabilities over moves answer otherwise than the unmoved image.

    Args:
        windows: the moves to the right and down, and their weights, for each pair.
        otherwise: what is said where these cannot be had.
    """
    result = otherwise.copy()
    rows: list[int] = []
    weights: list[float] = []
    moves: list[tuple[int, int]] = []
    for row, (right, down) in enumerate(windows):
        if right is not None and down is not None:
            moves += itertools.product(right.moves.tolist(), down.moves.tolist())
            weights += np.outer(right.weights, down.weights).ravel().tolist()
            rows += [row] * (len(right.moves) * len(down.moves))
    if not rows:
        return result
    which = np.array(rows, np.int64)
    dx, dy = np.array(moves, np.int64).T
    probabilities = softmax(asked.logits_at(pairs.images[which], dx, dy)) * np.array(weights)[:, None]
    total = np.zeros((len(pairs), probabilities.shape[1]))
    np.add.at(total, which, probabilities)
    there = np.unique(which)
    result[there] = total[there].argmax(axis=1) != asked.unmoved(pairs[there])
    return result


def _answers(predict: Predict, images: Images, batch_size: int) -> Answers:
    starts = range(0, len(images), batch_size)
    parts = [checked_logits(predict, images[start : start + batch_size]).argmax(axis=1) for start in starts]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _by_cells(head: ByCells, images: Images, right: Pixels, down: Pixels) -> Answers:
    if len(images) == 0:
        return np.zeros(0, np.int64)
    answers: Answers = checked_logits(lambda these: head(these, right, down), images).argmax(axis=1).astype(np.int64)
    return answers
