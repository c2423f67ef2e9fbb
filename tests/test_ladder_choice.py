"""The benchmark that chooses the network to ship: which pictures judge, who wins, and what the page says of it."""

import importlib
import sys

import numpy as np
import pytest

from convlens.data.dataset import Dataset


@pytest.fixture(scope="module")
def choice(repo_root):
    """The module `ladder_choice` of the folder benchmarks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repo_root / "benchmarks"))
        yield importlib.import_module("ladder_choice")
        for name in ("ladder_choice", "ladder_cells", "demo_figures"):
            sys.modules.pop(name, None)


def result(choice, hits):
    """What is kept of a candidate that is right at every shift for these pictures."""
    numbers = {name: [float(hits.mean()), 0.0, 1.0] for name in choice.COLUMNS}
    packed = importlib.import_module("ladder_cells").packed
    return {"right_everywhere": packed(hits), "numbers": numbers}


@pytest.fixture
def found(choice):
    """Four candidates on 100 pictures: right for 60, for the same 60, for 30 of these, for 90."""
    places = np.arange(100)
    hits = {"cnn": places < 60, "cnn[head=pooled]": places < 60}
    hits |= {"cnn[head=pooled,pool=blur3]": places < 30, "steady": places >= 10}
    return {name: result(choice, one) for name, one in hits.items()}


def test_pictures_that_judge_were_not_learnt_from_and_each_class_has_its_share(choice):
    labels = np.repeat(np.arange(3), (60, 30, 10)).astype(np.int64)
    images = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    learnt, judged = choice.divided(Dataset(images, labels, ("a", "b", "c"), "made", "train"), 20)
    assert np.array_equal(np.sort(np.concatenate([learnt.images, judged.images]).ravel()), np.arange(100))
    assert judged.counts() == {"a": 12, "b": 6, "c": 2}
    assert len(learnt) == 80


def test_the_best_is_right_at_every_shift_for_most_pictures_and_is_held_against_the_others_by_hand(choice, found):
    assert choice.chosen(found) == "steady"
    tests = choice.against_the_best(found)
    counts = {name: (test.only_one, test.only_other) for name, (test, _) in tests.items()}
    assert counts == {"cnn": (40, 10), "cnn[head=pooled]": (40, 10), "cnn[head=pooled,pool=blur3]": (70, 10)}
    assert tests["cnn"][1] == pytest.approx(2 * tests["cnn"][0].p), "two more tests are as small or smaller"


def test_of_two_that_are_alike_the_first_is_taken_and_no_difference_is_said(choice, found):
    both = {name: found[name] for name in ("cnn", "cnn[head=pooled]")}
    assert choice.chosen(both) == "cnn"
    page = choice.page(both, tuple(both))
    assert "**`cnn`** | 60.0 (0.0–100.0)" in page
    assert "| 0 : 0 | 1 |" in page
    assert "Chosen: `cnn`" in page
    assert "no difference from `cnn[head=pooled]` is shown" in page


def test_nothing_is_chosen_while_a_candidate_is_missing(choice, found):
    page = choice.page({"steady": found["steady"]})
    assert page.count("—, not run yet") == 3 * 5
    assert "**" not in page
    assert page.endswith("Nothing is chosen yet: 3 of 4 candidates are missing.")
    assert choice.page({}).endswith("Nothing is chosen yet: 4 of 4 candidates are missing.")


def test_the_page_shows_what_was_committed_and_the_ladder_ships_what_was_chosen(choice, repo_root):
    results = {one.model: one.result() for one in choice.CANDIDATES}
    assert None not in results.values(), "a result is missing, or of other settings"
    assert {one["count"] for one in results.values()} == {choice.JUDGED}
    assert len({one["judged_manifest_hash"] for one in results.values()}) == 1
    for one in results.values():
        share = choice.unpacked(one["right_everywhere"]).mean()
        assert share == pytest.approx(one["numbers"]["right_everywhere"][0], abs=1e-6)
    text = (repo_root / "docs" / "results.md").read_text(encoding="utf-8")
    between = text.partition(choice.START)[2].partition(choice.END)[0]
    assert between.strip() == choice.page(results)
    cells = importlib.import_module("ladder_cells")
    shipped = next(rung for rung in cells.RUNGS if rung.name == cells.SHIPPED)
    assert shipped.settings["model"] == choice.chosen(results)


def test_each_candidate_has_a_file_and_a_digest_of_its_own(choice):
    assert len({one.file for one in choice.CANDIDATES}) == len({one.asked for one in choice.CANDIDATES}) == 4
