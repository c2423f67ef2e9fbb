"""Microseconds per image of convlens and of its peers, each in its own environment, turn by turn, and one table.

    python benchmarks/augmentation.py --peers DIR --rounds 7 --write docs/performance.md

The peers are installed into DIR with pip, a virtual environment for each; imgaug 0.4.0 wants Python 3.11 or older.
This script then runs itself in each of them (`--child`), and all children stay alive while they take turns: in every
round each case is timed in one child after the other. One thread, CPU time, unless the case says otherwise.
A quick try: `--only convlens --cases translate --rounds 1`.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from peers import OURS, PEERS, Call, Case

START, END = "<!-- augmentation: written by benchmarks/augmentation.py -->", "<!-- augmentation: end -->"
SHAPES: Mapping[str, tuple[int, int, int, int]] = {
    "32 × 28×28×1": (32, 28, 28, 1),
    "1,024 × 28×28×1": (1024, 28, 28, 1),
    "32 × 224×224×3": (32, 224, 224, 3),
    "64 × 64×64×3": (64, 64, 64, 3),
}
SMALL, MANY, LARGE, MIDDLE = SHAPES
SMALL_TARGETS = {
    "translate": 1.5,
    "rotate": 8,
    "Multiply": 1.6,
    "LinearContrast": 1.8,
    "GaussianBlur": 6,
    "Dropout": 1.8,
    "SaltAndPepper": 1.8,
    "Dropout and rotate": 11,
}
LARGE_TARGETS = {"translate": 15, "Multiply": 30, "Dropout": 60, "SaltAndPepper": 60, "rotate": 300}
COMPARED = [
    *(Case(change, SMALL, target) for change, target in SMALL_TARGETS.items()),
    *(Case(change, LARGE, target) for change, target in LARGE_TARGETS.items()),
    Case("rotate", LARGE, 160, threads=2),
    *(Case(change, MIDDLE, target_times=5) for change in ("README, short", "README, long")),
]
ALONE = [Case(change, MANY, kernel=kernel) for change in list(SMALL_TARGETS)[:-1] for kernel in (False, True)]


def serve(name: str, archive: Path) -> None:
    """Answer each line of stdin, a case and a time, with a line of JSON: microseconds per image, or a word why not."""
    answers, sys.stdout = sys.stdout, sys.stderr  # some libraries print
    held = np.load(archive)
    # As any program has that once held a data set: glibc then keeps freed memory of that size for the next array,
    # where a fresh process would give each back and fault it in again. For all libraries alike.
    np.zeros(16 << 20, np.uint8)
    calls: dict[Case, Call | None] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        case = Case(**asked["case"])
        answer: dict[str, object]
        try:
            images = held[case.images]
            if case not in calls:
                calls[case] = PEERS[name].call(case, images)
            set_threads(case.threads)
            call = calls[case]
            if call is None:
                answer = {"cannot": True}
            else:
                clock = time.process_time if case.threads == 1 else time.perf_counter
                answer = {"us": timed(call, clock, asked["seconds"]) / len(images) * 1e6}
        except Exception as error:
            missing = isinstance(error, AttributeError)
            answer = {"missing" if missing else "failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def set_threads(number: int) -> None:
    """Hold the libraries that work in threads, as far as they are loaded, to so many."""
    for module, setting in (("cv2", "setNumThreads"), ("torch", "set_num_threads")):
        if module in sys.modules:
            getattr(sys.modules[module], setting)(number)


def timed(call: Call, clock: Callable[[], float], seconds: float) -> float:
    """Give the mean seconds of a call, over so many calls as take at least that long; shorter tries warm up."""
    call()
    number = 1
    while True:
        started = clock()
        for _ in range(number):
            call()
        took = clock() - started
        if took >= seconds:
            return took / number
        number = max(2 * number, round(1.2 * number * seconds / max(took, 1e-6)))


class Child:
    """A peer in its own environment, alive between its turns."""

    def __init__(self, name: str, python: Path | str, archive: Path) -> None:
        single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        quiet = {"PYTHONWARNINGS": "ignore", "NO_ALBUMENTATIONS_UPDATE": "1"}
        self.name = name
        self.process = subprocess.Popen(
            [python, __file__, "--child", name, "--images", archive],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **single, **quiet},
        )

    def answer(self, case: Case, seconds: float) -> dict[str, Any]:
        """Ask for one turn."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"case": asdict(case), "seconds": seconds}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, f"the child {self.name} ended"
        answered: dict[str, Any] = json.loads(line)
        return answered

    def end(self) -> None:
        """Let it end by itself."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def installed(name: str, folder: Path) -> Path | str:
    """Give the Python of a peer's environment, made first where it is missing or has other pins."""
    peer = PEERS[name]
    if not peer.installs:
        return sys.executable
    home = folder / name
    python, mark, wanted = home / "bin" / "python", home / "installed.txt", "\n".join(peer.installs)
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        print(f"installing {peer.title}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        for arguments in peer.installs:
            subprocess.run([python, "-m", "pip", "install", "-qq", *arguments.split()], check=True)
        mark.write_text(wanted, encoding="utf-8")
    return python


def pictures() -> dict[str, np.ndarray]:
    """Give the same bytes to everybody: Fashion-MNIST's, and for the larger sizes the same, enlarged and tinted."""
    import cv2

    from convlens.data import load

    garments = load("fashion-mnist-mini").train.images
    tints = np.random.default_rng(0).uniform(0.4, 1, (64, 3))
    held = {}
    for name, (count, height, width, channels) in SHAPES.items():
        chosen = garments[:count]
        if channels == 3:
            large = np.stack(
                [cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC) for one in chosen[..., 0]]
            )
            chosen = np.rint(large[..., None] * tints[:count, None, None] + 20).clip(0, 255).astype(np.uint8)
        assert chosen.shape == (count, height, width, channels)
        held[name] = np.ascontiguousarray(chosen)
    return held


Figures = dict[tuple[Case, str], list[float]]
Reasons = dict[tuple[Case, str], str]


def measured(names: list[str], cases: list[Case], folder: Path, rounds: int, seconds: float) -> tuple[Figures, Reasons]:
    """Time every case in every child, round after round; give the figures, and a word where there is none."""
    figures: Figures = {}
    reasons: Reasons = {}
    with tempfile.TemporaryDirectory() as kept:
        archive = Path(kept) / "images.npz"
        np.savez(archive, **pictures())
        children = [Child(name, installed(name, folder), archive) for name in names]
        for turn in range(rounds):
            # Nobody is always the one that follows the same neighbour.
            order = children[turn % len(children) :] + children[: turn % len(children)]
            for case in cases:
                for child in order:
                    key = (case, child.name)
                    if key in reasons or (child.name != OURS and case in ALONE):
                        continue
                    answer = child.answer(case, seconds)
                    if "us" in answer:
                        figures.setdefault(key, []).append(answer["us"])
                    else:
                        word, why = next(iter(answer.items()))
                        reasons[key] = "—" if word == "cannot" else word
                        if word != "cannot":
                            print(f"{child.name}: {case.name}: {word}: {why}", file=sys.stderr, flush=True)
            print(f"round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
        for child in children:
            child.end()
    return figures, reasons


def _median(figures: Figures, case: Case, name: str) -> float | None:
    return statistics.median(figures[case, name]) if (case, name) in figures else None


def _short(us: float) -> str:
    return f"{us:,.0f}" if us >= 100 else f"{us:.1f}" if us >= 10 else f"{us:.2f}"


def _cell(figures: Figures, reasons: Reasons, case: Case, name: str) -> str:
    if (case, name) in figures:
        several = figures[case, name]
        return f"{_short(statistics.median(several))} ({_short(min(several))}–{_short(max(several))})"
    return reasons.get((case, name), "")


def _row(figures: Figures, reasons: Reasons, case: Case, peers: list[str]) -> str:
    ours = _median(figures, case, OURS)
    medians = {name: median for name in peers if (median := _median(figures, case, name)) is not None}
    best = min(medians, key=lambda name: medians[name], default="")
    times = f", {medians[best] / ours:,.1f} times" if best and ours else ""
    imaug = medians.get("imaug")
    target, met = "", ""
    if case.target_us is not None:
        target = f"≤ {case.target_us:g}"
        met = "" if ours is None else "yes" if ours <= case.target_us else "no"
    elif case.target_times is not None:
        target = f"{case.target_times:g} times imaug" + (f": ≤ {_short(imaug / case.target_times)}" if imaug else "")
        met = "" if ours is None or imaug is None else "yes" if imaug / ours >= case.target_times else "no"
    cells = [*(_cell(figures, reasons, case, name) for name in peers), f"{best}{times}"]
    cells += [f"**{_cell(figures, reasons, case, OURS)}**", target, met]
    return f"| {case.name} | {' | '.join(cells)} |"


def table(figures: Figures, reasons: Reasons, cases: list[Case], names: list[str], rounds: int) -> str:
    """Give both tables and what a reader must know of them."""
    peers = [name for name in names if name != OURS]
    titles = [PEERS[name].title for name in peers]
    heads = ["case", *titles, "best peer, and convlens beside it", "convlens", "target", "met"]
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [_row(figures, reasons, case, peers) for case in cases if case in COMPARED]
    alone = [case for case in cases if case in ALONE and not case.kernel]
    more = ["| 1,024 × 28×28×1 | `aug(images=batch)` | `aug.apply(batch, parameters)` |", "| --- | --- | --- |"]
    for case in alone:
        kernel = Case(case.change, case.images, kernel=True)
        both = (_cell(figures, reasons, one, OURS) for one in (case, kernel))
        more.append(f"| {case.change} | {' | '.join(both)} |")
    return f"""\
Microseconds per image: median (lowest–highest) of {rounds} rounds. A batch is count × height×width×channels. CPU time
of one thread; with two threads, time on the wall. Python {platform.python_version()}, {platform.machine()}, every peer
in its own environment.

{chr(10).join(lines)}

Each figure of convlens includes new keys and parameters for each image of each call; so do those of imgaug and imaug.
kornia works on float tensors, which it is handed ready. torchvision and albumentations draw once per call, and are
called once per image; their results are stacked. "—": the library has no such change. The contrasts of kornia and
albumentations multiply, and stand for both rows. The README's two pipelines are spelled in
`benchmarks/readme_pipelines.py`, once for all three libraries.

Batches of 1,024, convlens alone: the whole call, and the bare kernel with parameters drawn before.

{chr(10).join(more)}"""


def main() -> None:
    """Measure, print the table, and write it where that is wanted."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--peers", type=Path, help="the folder of the peers' environments")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=0.2, help="the least time of a turn")
    options.add_argument("--only", help="these libraries alone, with commas between them")
    options.add_argument("--cases", default="", help="only cases whose name holds this regular expression")
    options.add_argument("--write", type=Path, help="replace the table in this file")
    options.add_argument("--child", choices=PEERS, help=argparse.SUPPRESS)
    options.add_argument("--images", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        serve(chosen.child, chosen.images)
        return
    names = chosen.only.split(",") if chosen.only else list(PEERS)
    if unknown := set(names) - set(PEERS):
        options.error(f"there is no {', '.join(unknown)} (there are {', '.join(PEERS)})")
    if chosen.write and (chosen.only or chosen.cases):
        options.error("--write wants all libraries and all cases")
    if chosen.peers is None and set(names) != {OURS}:
        options.error("--peers wants a folder for the peers' environments, or say --only convlens")
    cases = [case for case in COMPARED + ALONE if re.search(chosen.cases, case.name)]
    figures, reasons = measured(names, cases, chosen.peers, chosen.rounds, chosen.seconds)
    text = table(figures, reasons, cases, names, chosen.rounds)
    print(text)
    if chosen.write:
        from demo_figures import replaced

        from convlens.files import write_text

        write_text(chosen.write, replaced(chosen.write, START, END, text))


if __name__ == "__main__":
    main()
