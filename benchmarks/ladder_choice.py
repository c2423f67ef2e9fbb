"""Which network the ladder ships: chosen by training pictures that none of the candidates was trained on.

    python benchmarks/ladder_choice.py                   train and judge the candidates that are missing
    python benchmarks/ladder_choice.py --candidates cnn  only these
    python benchmarks/ladder_choice.py --list            what is there, and what is not
    python benchmarks/ladder_choice.py --write docs/results.md

Every candidate is trained with shifts on 50,000 of the 60,000 training pictures and judged by the other 10,000, at all
shifts; the one that is right at every shift for most of them is taken. No test picture is looked at. What a candidate
came to is a small file in `results/ladder_choice/`, which is committed and never computed again; a stopped call goes on
with the candidate that is missing, and with its audit where that stopped.
"""

import argparse
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from demo_figures import replaced
from ladder_cells import DATA, MOVED, PRECISION, RADIUS, measured, unpacked
from ladder_cells import RESULTS as LADDER
from ladder_cells import RUNS as LADDER_RUNS

from convlens.audit.answered import of as answers_of
from convlens.audit.paired import McNemar, mcnemar
from convlens.audit.shifts import grid
from convlens.audit.significance import holm
from convlens.audit.sweep import sweep
from convlens.data import Dataset, Splits, load
from convlens.data.strata import stratified
from convlens.files import read_json, sha256, write_json, write_text
from convlens.models.sweep import shared_sweep
from convlens.models.weights import Classifier
from convlens.rng import keys_of
from convlens.runs.folder import Run
from convlens.runs.parts import KeptParts
from convlens.workflows.subjects import answers, trained
from convlens.workflows.training import finished, train

START, END = "<!-- choice: written by benchmarks/ladder_choice.py -->", "<!-- choice: end -->"
RESULTS, RUNS = LADDER.with_name("ladder_choice"), LADDER_RUNS.with_name("ladder_choice")
NAMES = ("cnn", "cnn[head=pooled]", "cnn[head=pooled,pool=blur3]", "steady")
EPOCHS, JUDGED, SEED = 3, 10_000, 0
COLUMNS = ("clean", "mean", "right_everywhere")


@dataclass(frozen=True)
class Candidate:
    """A network that may be shipped."""

    model: str

    @property
    def settings(self) -> dict[str, Any]:
        """All that decides what comes out, but for the code and the pictures."""
        more = {"epochs": EPOCHS, "precision": PRECISION, "seed": SEED, "augment": MOVED}
        return {"model": self.model, "recipe": "fast"} | more

    @property
    def name(self) -> str:
        """The name of its run folder and its file."""
        return "".join(letter if letter.isalnum() else "-" for letter in self.model).strip("-")

    @property
    def file(self) -> Path:
        """Where its result is kept."""
        return RESULTS / f"{self.name}.json"

    @property
    def asked(self) -> str:
        """A digest of what is asked for: a result of anything else does not count."""
        return sha256(repr((sorted(self.settings.items()), DATA, JUDGED, RADIUS)).encode())[:16]

    def result(self) -> dict[str, Any] | None:
        """Read what it came to; None while it is missing, or of other settings."""
        found = read_json(self.file) if self.file.exists() else None
        return found if found is not None and found["asked"] == self.asked else None


CANDIDATES = tuple(map(Candidate, NAMES))


def divided(pictures: Dataset, judged: int = JUDGED) -> tuple[Dataset, Dataset]:
    """Divide training pictures into those to learn from and those to judge by, each class in proportion."""
    places = np.arange(len(pictures))
    kept = stratified(pictures.labels, keys_of(SEED, "choice", 0, places), judged)
    return pictures.select(np.setdiff1d(places, kept)), pictures.select(kept)


@cache
def _pictures() -> tuple[Dataset, Dataset]:
    return divided(load(DATA).train)


def made(candidate: Candidate) -> None:
    """Train a candidate and judge it, and write what came of it."""
    learnt, judged = _pictures()
    run = Run(RUNS / candidate.name)
    if not (run.config.exists() and finished(run)):
        shutil.rmtree(run.path, ignore_errors=True)
        splits = Splits(learnt, None, None, "the training pictures without those to judge by")
        train(splits, out=RUNS, name=run.name, **candidate.settings)
    if not finished(run):
        raise SystemExit(f"{run.name} was stopped; call again to go on")
    subject = trained(run.path)
    by_shift, _ = shared_sweep(Classifier(subject.module, subject.card), "zeros", precision=PRECISION)
    with KeptParts(RUNS / f"{candidate.name}-parts") as parts:
        swept = sweep(
            answers(subject, precision=PRECISION),
            judged.images,
            judged.labels,
            judged.class_names,
            grid(RADIUS),
            border="zeros",
            data=judged.name,
            split="train",
            manifest_hash=judged.manifest_hash,
            by_shift=by_shift,
            parts=parts,
        )
    found = measured(answers_of(swept))
    kept = {"numbers": {name: found["numbers"][name] for name in COLUMNS}}
    content = {
        "model": candidate.model,
        "asked": candidate.asked,
        "settings": candidate.settings,
        "learnt_manifest_hash": learnt.manifest_hash,
        "judged_manifest_hash": judged.manifest_hash,
        "count": len(judged),
        "weights_sha256": subject.digest,
        "parameters": sum(one.numel() for one in subject.module.parameters()),
        "right_everywhere": found["per_image"]["right_everywhere"],
    }
    write_json(candidate.file, content | kept)


Found = Mapping[str, Mapping[str, Any]]
"""The results that are there, by the network's name."""


def chosen(found: Found) -> str:
    """Give the network that is right at every shift for most pictures, the first in order when several tie."""
    return max(found, key=lambda name: found[name]["numbers"]["right_everywhere"][0])


def against_the_best(found: Found) -> dict[str, tuple[McNemar, float]]:
    """Hold the best network against each other one: McNemar's exact test, and its p adjusted for all of them."""
    best = chosen(found)
    hits = {name: unpacked(one["right_everywhere"]) for name, one in found.items()}
    tests = {name: mcnemar(hits[best], hits[name]) for name in found if name != best}
    adjusted = holm(np.array([one.p for one in tests.values()], np.float64)).tolist()
    return {name: (tests[name], p) for name, p in zip(tests, adjusted, strict=True)}


def page(found: Found, wanted: Sequence[str] = NAMES) -> str:
    """Give what stands between the marks of the page."""
    heads = ("network", "unmoved", "mean of all shifts", "right at *every* shift", "only the best : only this", "p")
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |"]
    missing = [name for name in wanted if name not in found]
    best = chosen(found) if found else ""
    tests = against_the_best(found) if found else {}
    for name in wanted:
        label = f"**`{name}`**" if name == best and not missing else f"`{name}`"
        if name in missing:
            lines.append(f"| {label} | {' | '.join('—, not run yet' for _ in heads[1:])} |")
            continue
        shares = [_share(*found[name]["numbers"][column]) for column in COLUMNS]
        lines.append(f"| {' | '.join((label, *shares, *_against(tests.get(name))))} |")
    return "\n".join([*lines, "", _told(best, tests, missing)])


def _against(test: tuple[McNemar, float] | None) -> tuple[str, str]:
    if test is None:
        return "the best", "—"
    found, p = test
    return f"{found.only_one:,} : {found.only_other:,}", _p(p)


def _told(best: str, tests: Mapping[str, tuple[McNemar, float]], missing: Sequence[str]) -> str:
    if missing:
        return f"Nothing is chosen yet: {len(missing)} of {len(NAMES)} candidates are missing."
    alike = [f"`{name}`" for name, (_, p) in tests.items() if p > 0.05]
    shown = f"no difference from {', '.join(alike)} is shown" if alike else "it is ahead of each other one"
    return f"Chosen: `{best}`, right at every shift for the most pictures; {shown} (McNemar, Holm over {len(tests)})."


def _share(value: float, low: float, high: float) -> str:
    return f"{100 * value:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def _p(value: float) -> str:
    return f"{value:.2g}" if value >= 0.001 else "< 0.001"


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", nargs="*", default=list(NAMES), choices=NAMES, metavar="NETWORK")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--write", type=Path, metavar="PAGE")
    asked = parser.parse_args()
    results = {one.model: one.result() for one in CANDIDATES}
    found = {name: one for name, one in results.items() if one is not None}
    if asked.list:
        for name in NAMES:
            print(f"{name:30} {'done' if name in found else 'missing'}")
    elif asked.write is not None:
        write_text(asked.write, replaced(asked.write, START, END, page(found)))
    else:
        for one in CANDIDATES:
            if one.model in asked.candidates and one.model not in found:
                print(f"{one.model}: begun", flush=True)
                made(one)
                print(f"{one.model}: done", flush=True)


if __name__ == "__main__":
    main()
