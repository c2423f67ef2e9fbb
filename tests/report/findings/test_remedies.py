"""The ladder in words."""

from convlens.report.content import Ladder, Proportion, Rung
from convlens.report.findings.remedies import gain_in_words, ladder_in_words


def test_each_rung_is_told_and_one_not_climbed_says_why() -> None:
    half = Proportion(0.5, 0.4, 0.6)
    rungs = (
        Rung("cnn", {"clean": half, "right_everywhere": half, "mean": half}),
        Rung("+ vote", why_not="not run"),
        Rung("+ APS"),
    )
    assert ladder_in_words(Ladder(rungs, 5)) == (
        "Right answers. cnn: as they are 50.0\u202f% (40.0–60.0), at every shift 50.0\u202f% (40.0–60.0). "
        "+ vote: not run. + APS: not measured."
    )


def test_the_gain_holds_the_rung_to_ship_against_the_first() -> None:
    first, best, ship = (Rung(name, {"right_everywhere": Proportion(value, value, value)}) for name, value in (
        ("cnn", 0.1), ("best", 0.7), ("simple", 0.6),
    ))  # fmt: skip
    shipped = Rung("simple", ship.measures, ship=True)
    assert gain_in_words(Ladder((first, best, shipped), 5)) == (
        "Right at every shift: cnn 10.0\u202f% (10.0–10.0), simple 60.0\u202f% (60.0–60.0)."
    )
    kept = Rung("cnn", first.measures, ship=True)
    assert gain_in_words(Ladder((kept, best, ship), 5)).endswith("best 70.0\u202f% (70.0–70.0).")
    assert gain_in_words(Ladder((kept,), 5)) == "Right at every shift: cnn 10.0\u202f% (10.0–10.0)."
    assert gain_in_words(Ladder((Rung("x", why_not="not run"),), 5)) == "No rung was measured."


def test_the_first_rung_is_kept_and_another_one_shipped() -> None:
    first, other = Rung("cnn", ship=True), Rung("best", ship=True)
    ladder = Ladder((first, other, Rung("x")), 5)
    assert [ladder.advised(rung) for rung in ladder.rungs] == ["keep", "ship", ""]
