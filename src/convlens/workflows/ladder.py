"""The ladder of remedies as far as it was climbed: its rungs, what is said of them, and how it is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from convlens.audit.advice import Advice, advice
from convlens.audit.advice import Rung as Judged
from convlens.audit.answered import Answered, right
from convlens.audit.intervals import Estimate, finite
from convlens.audit.numbers import NAMES
from convlens.audit.paired import McNemar, mcnemar, paired_differences
from convlens.audit.significance import holm
from convlens.tables import Table, Value
from convlens.workflows.remedies import Remedy
from convlens.workflows.signals import INTERRUPTED, TERMINATED

DONE, NOT_RUN, SKIPPED, FAILED = "done", "not run", "skipped", "failed"
Test = tuple[str, McNemar, float]
"""The rung that another one is held against, McNemar's test of both, and its p adjusted for the whole ladder."""


@dataclass(frozen=True, eq=False)
class Rung:
    """A remedy, and what became of it.

    Attributes:
        state: "done", "not run" (yet), "skipped" or "failed".
        why: it was skipped, how far it came, or what failed.
        epochs: done.
        seconds: that they took.
        result: its audit, ready for JSON.
        answered: its audit, answer by answer.
        over: for a vote, the rung whose network votes.
    """

    remedy: Remedy
    state: str
    why: str = ""
    run: Path | None = None
    epochs: int = 0
    seconds: float | None = None
    result: Mapping[str, Any] | None = None
    answered: Answered | None = None
    over: str = ""

    @property
    def name(self) -> str:
        """The remedy's."""
        return self.remedy.name


@dataclass(frozen=True, eq=False)
class Hardened:
    """A ladder.

    Attributes:
        tests: of each rung, by its name, that is held against the one before.
        advice: None while there is nothing to choose from.
        stopped: why it stopped early, or "".
        resume: the command that goes on; "" when nothing is left to do.
    """

    folder: Path
    ladder: tuple[Rung, ...]
    tests: Mapping[str, Test]
    advice: Advice | None
    stopped: str = ""
    resume: str = ""
    notes: tuple[str, ...] = ()

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped from outside, not by its time budget."""
        return self.stopped in {INTERRUPTED, TERMINATED}

    @property
    def done(self) -> tuple[Rung, ...]:
        """The rungs that were audited."""
        return tuple(one for one in self.ladder if one.state == DONE)

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values; `ladder` has one entry per rung."""
        first = self.done[0] if self.done else None
        return {
            "folder": str(self.folder),
            "protocol": None if first is None or first.result is None else first.result["protocol"],
            "ladder": [self._plain(one) for one in self.ladder],
            "ship": None if self.advice is None else self.advice.ship,
            "advice": [] if self.advice is None else list(self.advice.why),
            "stopped": self.stopped,
            "resume": self.resume,
            "notes": list(self.notes),
        }

    def table(self) -> Table:
        """Give a row per rung: its state, its numbers with their ends, and its test against the rung before."""
        rows: list[dict[str, Value]] = []
        for one in self.to_json()["ladder"]:
            row = {name: one[name] for name in ("rung", "state", "epochs", "seconds")}
            for name in (*NAMES, "clean_loss"):
                low, high = one.get("intervals", {}).get(name, (None, None))
                row |= {name: one.get(name), f"{name}_low": low, f"{name}_high": high}
            against = one.get("against") or {}
            row |= {name: against.get(name) for name in ("only_this", "only_that", "p", "p_holm")}
            rows.append(row | {"against": against.get("rung")})
        return Table.from_rows(rows)

    def clean_loss(self, rung: Rung) -> Estimate | None:
        """Give how much less often a rung is right on unmoved pictures than the first one, with its paired interval."""
        first = self.done[0].answered
        if rung.answered is None or first is None or rung is self.done[0]:
            return None
        return paired_differences(*(clean(one).astype(np.float64)[:, None] for one in (first, rung.answered)))[0]

    def _plain(self, rung: Rung) -> dict[str, Any]:
        settings, test = rung.remedy.settings, self.tests.get(rung.name)
        plain: dict[str, Any] = {
            "rung": rung.name,
            "label": rung.remedy.label,
            "state": rung.state,
            "why": rung.why,
            "run": None if rung.run is None else str(rung.run),
            "over": rung.over or None,
            "model": settings.model,
            "augment": settings.augment,
            "worst_of": settings.training.worst_of,
            "epochs": rung.epochs,
            "seconds": rung.seconds,
        }
        if rung.result is not None:
            intervals = dict(rung.result["intervals"])
            plain |= {name: rung.result[name] for name in intervals} | {"lowest_at": rung.result["lowest_at"]}
            if (loss := self.clean_loss(rung)) is not None:
                plain["clean_loss"], intervals["clean_loss"] = loss.value, [finite(loss.low), finite(loss.high)]
            plain["intervals"] = intervals
        if test is not None:
            before, found, p_holm = test
            plain["against"] = {
                "rung": before,
                "only_this": found.only_one,
                "only_that": found.only_other,
                "p": found.p,
                "p_holm": p_holm,
            }
        return plain


def judged(folder: Path, ladder: Sequence[Rung]) -> Hardened:
    """Hold each audited rung against the one it stands on, or the last before that was audited; say which to ship."""
    answers = {one.name: one.answered for one in ladder if one.answered is not None}
    names, remedied = list(answers), {one.name: one.over or one.remedy.on for one in ladder}
    against = {name: remedied[name] if remedied[name] in answers else before for before, name in pairwise(names)}
    tests = {name: mcnemar(everywhere(answers[name]), everywhere(answers[other])) for name, other in against.items()}
    adjusted = holm(np.array([one.p for one in tests.values()], np.float64)).tolist()
    named = {name: (against[name], tests[name], p) for name, p in zip(tests, adjusted, strict=True)}
    chosen = advice([Judged(name, clean(one), everywhere(one)) for name, one in answers.items()]) if answers else None
    return Hardened(folder, tuple(ladder), named, chosen)


def best_so_far(ladder: Sequence[Rung]) -> Rung:
    """Give the rung to ship as far as the ladder goes."""
    chosen = judged(Path(), ladder).advice
    assert chosen is not None, "the run itself is audited first"
    return next(one for one in ladder if one.name == chosen.ship)


def going_on(found: Hardened, stopped: str, resume: str, notes: tuple[str, ...]) -> Hardened:
    """Say what is left to do, and how."""
    left = any(one.state == NOT_RUN for one in found.ladder)
    return replace(found, stopped=stopped, resume=resume if left else "", notes=notes)


def clean(answered: Answered) -> Any:
    """Say which images are answered rightly as they are."""
    return right(answered)[:, answered.origin]


def everywhere(answered: Answered) -> Any:
    """Say which images are answered rightly at every shift."""
    return right(answered).all(axis=1)
