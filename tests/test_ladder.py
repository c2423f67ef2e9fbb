"""The benchmark behind docs/results.md: what is kept of an audit comes back, and its tables say what they should."""

import importlib
import json
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convlens.audit.answered import Answered
from convlens.audit.intervals import Estimate
from convlens.audit.numbers import numbers
from convlens.audit.shifts import grid
from convlens.audit.sweep import Protocol

IMAGES = 60


@pytest.fixture(scope="module")
def ladder(repo_root):
    """The modules `ladder_cells` and `ladder_page` of the folder benchmarks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repo_root / "benchmarks"))
        yield importlib.import_module("ladder_cells"), importlib.import_module("ladder_page")
        for name in ("ladder_cells", "ladder_page"):
            sys.modules.pop(name, None)


def answered(seed, share=0.9):
    """A made-up audit of 60 images at 121 shifts, answered rightly in about so many cells."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, IMAGES)
    wrong = random.random((IMAGES, 121)) > share
    answers = (labels[:, None] + wrong * random.integers(1, 3, (IMAGES, 121))) % 3
    protocol = Protocol(5, "grid", "zeros", 0, "made", "test", "", IMAGES)
    return Answered(protocol, grid(5), labels.astype(np.int64), answers.astype(np.int64), ("a", "b", "c"))


def result(ladder, seed, share=0.9):
    """What the benchmark keeps of it, through JSON."""
    found = {"seed": seed, "count": IMAGES} | ladder[0].measured(answered(seed, share))
    return json.loads(json.dumps(found))


@given(arrays(bool, st.integers(1, 70)) | arrays(np.int64, st.integers(1, 70), elements=st.integers(0, 20_000)))
def test_what_is_packed_comes_back(ladder, values):
    text = ladder[0].packed(values)
    again = ladder[0].unpacked(text)
    assert np.array_equal(again, values)
    assert again.dtype == values.dtype


def test_the_columns_are_the_numbers_of_the_audit(ladder):
    found, expected = result(ladder, 1), numbers(answered(1))
    for name, values in ladder[1].of_images(found).items():
        assert values.mean() == pytest.approx(expected[name].value)
    one_seed = ladder[1].estimates([found])
    assert one_seed["mean"].low == pytest.approx(expected["mean"].low, abs=1e-6)


def test_several_seeds_give_their_mean_and_a_wider_interval(ladder):
    results = [result(ladder, seed, share) for seed, share in ((1, 0.80), (2, 0.85), (3, 0.90))]
    found = ladder[1].estimates(results)["mean"]
    assert found.value == pytest.approx(np.mean([one["numbers"]["mean"][0] for one in results]), abs=1e-5)
    alone = ladder[1].estimates(results[:1])["mean"]
    assert found.high - found.low > alone.high - alone.low


def test_a_gain_pairs_the_seeds_that_both_rows_have(ladder):
    page = ladder[1]
    upper, lower = [result(ladder, seed, 0.8) for seed in (0, 1, 2)], [result(ladder, seed, 0.95) for seed in (1, 2)]
    found = page.gain(upper, lower, "mean")
    means = [lower[place]["numbers"]["mean"][0] - upper[place + 1]["numbers"]["mean"][0] for place in range(2)]
    assert found.value == pytest.approx(np.mean(means), abs=1e-5)
    assert page.gain(upper[:1], lower[:1], "mean") is None
    assert page.gain(upper[:2], upper[:2], "mean").value == 0


def test_the_accuracy_at_a_shift_is_that_of_its_cell(ladder):
    found, audit = result(ladder, 4), answered(4)
    for cell in (0, 7, 60, 120):
        dx, dy = int(audit.shifts.dx[cell]), int(audit.shifts.dy[cell])
        assert ladder[1].at_cell(found, dx, dy) == (audit.answers[:, cell] == audit.labels).mean()


def test_half_of_the_answers_hold_beyond_the_last_ring_or_up_to_one(ladder):
    assert ladder[1].first_flip([result(ladder, 1, 1.0)]) == "> 5 px"
    assert ladder[1].first_flip([result(ladder, 1, 0.5)]) == "1 px"


def test_missing_rungs_are_shown_as_missing(ladder):
    cells, page = ladder
    rungs = cells.RUNGS[:3]
    text = page.table(rungs, {rung.name: [] for rung in rungs} | {"cnn": [result(ladder, 0)]}, {"cnn": 1.0})
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    assert len({len(row) for row in rows}) == 1
    assert rows[2][:4] == ["1", "`mlp`", "0 of 5", "—, not run yet"]
    assert rows[3][2] == "1 of 5"
    assert rows[3][-2:] == ["1: —", "1.0 ×"]


def test_a_rung_is_compared_with_the_one_that_it_is_one_step_away_from(ladder):
    cells, page = ladder
    worse, better = ([result(ladder, seed, share) for seed in (0, 1)] for share in (0.9, 1.0))
    rungs = [rung for rung in cells.RUNGS if rung.border == "zeros"]
    filled = {rung.name: worse if rung.name == "worst" else better for rung in rungs}
    rows = page.table(rungs, filled, {}).splitlines()[2:]
    against = {rung.name: row.split("|")[-3].strip() for rung, row in zip(rungs, rows, strict=True)}
    gain = page.points(page.gain(worse, better, "right_everywhere"))
    assert against["vote"] == f"4: {gain}", "the vote is one of the networks in row 4"
    assert against["steady-worst"] == "9: +0.0 (+0.0 to +0.0)"
    assert all(rungs.index(rung) > [one.name for one in rungs].index(rung.base) for rung in rungs if rung.base)


def test_targets_are_met_from_the_bound_on_and_open_without_results(ladder):
    cells, page = ladder
    nothing = {rung.name: [] for rung in cells.RUNGS}
    assert {one.met for one in page.targets(nothing)} == {None}
    perfect = [result(ladder, seed, 1.0) for seed in (0, 1)]
    found = page.targets(nothing | {cells.SHIPPED: perfect, "cnn": perfect, "torus": perfect})
    by_words = {one.words: one.met for one in found}
    assert by_words["zeros: right at every shift ≥ 75 %"] is True
    assert by_words["zeros: unmoved loss ≤ 1 point against the plain `cnn` trained as long"] is True
    assert by_words["wrap: unmoved ≥ 90 %"] is True
    assert by_words["wrap: 10,000 of 10,000 unchanged at all 784 moves"] is False, "only 60 pictures were shown"
    worse = [result(ladder, seed, 0.7) for seed in (0, 1)]
    assert {one.met for one in page.targets(nothing | {cells.SHIPPED: worse, "cnn": perfect})} == {False, None}


def test_every_cell_has_a_name_and_a_digest_of_its_own(ladder):
    cells = ladder[0].cells()
    assert len({cell.name for cell in cells}) == len({cell.asked for cell in cells}) == len(cells)
    asked = sum(rung.seeds for rung in ladder[0].RUNGS) + len(ladder[0].CEILINGS)
    assert len(cells) == asked


def test_the_results_that_are_committed_can_be_read(ladder):
    cells, page = ladder
    for cell in cells.cells():
        found = cell.result()
        if found is None or cell.at is not None:
            continue
        assert found["count"] == cells.COUNT
        for name, values in page.of_images(found).items():
            assert len(values) == cells.COUNT
            assert values.mean() == pytest.approx(found["numbers"][name][0], abs=1e-6)


def test_shares_and_points_as_they_are_printed(ladder):
    page = ladder[1]
    assert page.share(Estimate(0.9, 0.85, 0.95)) == "90.0 (85.0–95.0)"
    assert page.points(Estimate(0.012, -0.001, 0.025)) == "+1.2 (-0.1 to +2.5)"
    assert page.points(None) == "—"
