"""What docs/inside.md claims: the trace against torch, unseen pixels, fields, saliency checks, and sizes of files.

    python benchmarks/inside.py docs/inside.md                  measure everything, then write the tables
    python benchmarks/inside.py docs/inside.md trace unseen     only these parts; the others as they are kept

The numbers are kept in `results/inside.json`, which is committed; `pictures` also draws those of the page. The trained
networks are the `cnn` of `benchmarks/shifts.py`, trained here if it is not in the user's cache yet, and the `steady` of
`benchmarks/ladder.py` where that was trained.
"""

import argparse
import importlib.util
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import torch
from demo_figures import replaced
from ladder_cells import RUNS as LADDER_RUNS
from PIL import Image

from convlens.audit.intervals import bootstrap_mean, wilson
from convlens.data import Dataset, load
from convlens.explain import trace
from convlens.explain.effective_field import effective_field
from convlens.explain.saliency.checking import checked, explainers
from convlens.explain.tracing import Trace
from convlens.files import read_json, write_json, write_text
from convlens.models import create
from convlens.models.networks import MODELS
from convlens.models.tensors import tensors
from convlens.runs.folder import Run
from convlens.workflows.consultation import doctor
from convlens.workflows.reporting import write_report
from convlens.workflows.saliency import grey, saliency_maps
from convlens.workflows.seeing import see
from convlens.workflows.subjects import Subject, trained
from convlens.workflows.training import finished, resume, train

START, END = "<!-- inside: written by benchmarks/inside.py -->", "<!-- inside: end -->"
RESULTS = Path(__file__).with_name("results") / "inside.json"
DRAWN = Path(__file__).parent.parent / "tests" / "explain" / "drawn.py"
IMAGES = Path(__file__).parent.parent / "docs" / "images"
RUNS = platformdirs.user_cache_path("convlens") / "benchmarks"

NETWORKS, UNITS = 200, 50
WHOLE = 60
OF_CNN = 500
LOOKED_AT = 40
SHOWN, ZOOM = "7", 2
SPREAD_OVER = 64
SHARES = (0.5, 0.95)
FIELDS = {"cnn": ("conv2", "pool2"), "steady": ("conv2", "conv3", "conv4")}


def main() -> None:
    """Measure what is asked for, then write all tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("page", type=Path)
    asked.add_argument("parts", nargs="*", help=", ".join(PARTS), metavar="part")
    told = asked.parse_args()
    if strangers := set(told.parts) - set(PARTS):
        asked.error(f"there is no part {sorted(strangers)}; the parts are {', '.join(PARTS)}")
    found: dict[str, Any] = read_json(RESULTS) if RESULTS.exists() else {}
    for name in told.parts or PARTS:
        print(f"measuring {name}", flush=True)
        found[name] = PARTS[name][0]()
        write_json(RESULTS, found)
    tables = "\n\n".join(write(found[name]) for name, (_, write) in PARTS.items() if name in found)
    write_text(told.page, replaced(told.page, START, END, tables))
    print(tables)


def traces() -> dict[str, Any]:
    """Hold numbers worked out by hand against torch's: random networks, whole numbers, and `cnn` in float32."""
    warnings.filterwarnings("ignore", message="Using padding='same'")  # torch, of even filters
    drawn = _drawn()
    relative = [
        _relative(unit.arithmetic.total, unit.torch)
        for seed in range(NETWORKS)
        for unit in _units(trace(*drawn(seed)), seed, UNITS)
    ]
    whole = [
        unit.arithmetic.total == unit.value == unit.torch
        for seed in range(WHOLE)
        for unit in _units(trace(*drawn(seed, whole=True)), seed, UNITS)
    ]
    subject = _cnn()
    images = _test(len(subject.card.class_names)).images
    several = OF_CNN // len(images)
    units = [
        unit
        for at in range(len(images))
        for unit in _units(trace(subject.module, _tensors(subject, images[at : at + 1])), at, several)
    ]
    return {
        "networks": NETWORKS,
        "units": len(relative),
        "largest_relative": max(relative),
        "whole_networks": WHOLE,
        "whole_units": len(whole),
        "whole_equal": sum(whole),
        "cnn_units": len(units),
        "cnn_largest": max(abs(unit.arithmetic.total - unit.torch) for unit in units),
        "cnn_largest_number": max(abs(unit.torch) for unit in units),
    }


def told_traces(found: dict[str, Any]) -> str:
    """Give the agreement as a table."""
    return "\n".join(
        [
            "| numbers by hand | held against torch in | largest difference |",
            "| --- | --- | --- |",
            (
                f"| {found['units']:,} of {found['networks']} random networks | float64 "
                f"| {found['largest_relative']:.1e} of the number |"
            ),
            (
                f"| {found['whole_units']:,} of {found['whole_networks']} networks of whole numbers | float32 "
                f"| none: {found['whole_equal']:,} are equal bit for bit |"
            ),
            (
                f"| {found['cnn_units']:,} of a trained `cnn` | float32 "
                f"| {found['cnn_largest']:.1e}, of numbers up to {found['cnn_largest_number']:.3g} |"
            ),
        ]
    )


def unseen() -> list[dict[str, Any]]:
    """Ask the doctor about each registered network for the pixels that it cannot see."""
    rows = []
    for name in MODELS:
        network = MODELS[name]
        pixels = network.size**2
        one = next((one for one in doctor(name).diagnosis.findings if one.kind == "unseen-pixels"), None)
        rows.append(
            {"network": name, "pixels": pixels, "count": 0}
            if one is None
            else {
                "network": name,
                "pixels": pixels,
                "count": one.count,
                "layer": one.layer,
                "remedy": one.remedy,
                "left": one.recheck.count,
            }
        )
    return rows


def told_unseen(found: Sequence[dict[str, Any]]) -> str:
    """Give them as a table."""
    lines = [
        "| network | pixels that no answer can see | lost in | remedy | left after it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in found:
        share = f"{row['count']:,} of {row['pixels']:,} ({100 * row['count'] / row['pixels']:.1f} %)"
        more = [row["layer"], row["remedy"].partition(", then")[0], f"{row['left']:,}"] if row["count"] else ["–"] * 3
        lines.append(f"| `{row['network']}` | {' | '.join([share, *more])} |")
    return "\n".join(lines)


def saliency() -> dict[str, Any]:
    """Check the maps of some test pictures of the trained `cnn`, and sum up by method."""
    subject = _cnn()
    images = _test(LOOKED_AT).images
    pictures, fill = _tensors(subject, images), grey(subject.card)
    maps = [
        checked(subject.module, pictures[at : at + 1], ways=explainers(fill=fill), fill=fill)
        for at in range(len(pictures))
    ]
    rows = []
    for found in zip(*maps, strict=True):
        areas = np.array([one.deletion.area for one in found])
        chance = np.array([one.deletion.random_areas.mean() for one in found])
        rows.append(
            {
                "method": found[0].map.method,
                "area": _mean(areas),
                "random_area": _mean(chance),
                "gain": _mean(chance - areas),
                "beats": _share([one.deletion.beats_random for one in found]),
                "likeness": _mean(np.array([one.randomisation.likeness for one in found])),
                "too_alike": _share([one.randomisation.is_too_alike for one in found]),
                "trusted": _share([not one.reasons for one in found]),
            }
        )
    orders, seeds = len(maps[0][0].deletion.random), len(maps[0][0].randomisation.values)
    return {"pictures": len(pictures), "orders": orders, "seeds": seeds, "methods": rows}


def told_saliency(found: dict[str, Any]) -> str:
    """Give the checks as a table, one row a method."""
    below = f"below all {found['orders']} random orders"
    lines = [
        f"| saliency map | deletion area | of random orders | {below} | likeness to random weights | passed both |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in found["methods"]:
        numbers = [_spelled(row[name]) for name in ("area", "random_area")]
        likeness = _spelled(row["likeness"])
        shares = [_per_cent(row[name]) for name in ("beats", "trusted")]
        lines.append(f"| {row['method']} | {' | '.join([*numbers, shares[0], likeness, shares[1]])} |")
    return "\n".join(lines)


def fields() -> list[dict[str, Any]]:
    """Measure the effective receptive field of the middle of some layers, of drawn and of trained weights."""
    data = _test(SPREAD_OVER)
    cnn, steady = _cnn(), LADDER_RUNS / "steady-0"
    found = [*_fields("cnn", "as drawn", create("cnn"), _tensors(cnn, data.images))]
    found += _fields("cnn", "trained", cnn.module, _tensors(cnn, data.images))
    found += _fields("steady", "as drawn", create("steady"), _tensors(cnn, data.images))
    if steady.exists() and finished(Run(steady)):
        subject = trained(steady)
        found += _fields("steady", "trained", subject.module, _tensors(subject, data.images))
    return found


def told_fields(found: Sequence[dict[str, Any]]) -> str:
    """Give them as a table, a layer a row: what it can see, and in how much of that its influence lies."""
    weights = list(dict.fromkeys(row["weights"] for row in found))
    heads = [f"{100 * share:.0f} % of the influence, {kind}" for kind in weights for share in SHARES]
    lines = [
        f"| middle of a map | can see | {' | '.join(heads)} |",
        f"|{' --- |' * (2 + len(heads))}",
    ]
    for network, layer in dict.fromkeys((row["network"], row["layer"]) for row in found):
        cells = [
            next((_sides(row["boxes"][at]) for row in found if _is(row, network, layer, kind)), "–")
            for kind in weights
            for at in range(len(SHARES))
        ]
        sees = next(row["theoretical"] for row in found if (row["network"], row["layer"]) == (network, layer))
        lines.append(f"| `{network}`, {layer} | {_sides(sees)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def pictures() -> dict[str, int]:
    """Look inside a copy of the trained run, keep two pictures for the page, and weigh what was drawn."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "cnn"
        shutil.copytree(_cnn_run(), run)
        shutil.rmtree(run / "audit", ignore_errors=True)
        shutil.rmtree(run / "explain", ignore_errors=True)
        plain = write_report([run]).path.stat().st_size
        seen = see(run, [SHOWN])
        assert seen.page is not None  # it is a run
        page = seen.page.stat().st_size
        first, second = (
            next(file for file in seen.files if file.name.endswith(f"Maps-of-conv{number}.png")) for number in (1, 2)
        )
        IMAGES.mkdir(exist_ok=True)
        with Image.open(first) as atlas:
            atlas.resize((atlas.width * ZOOM, atlas.height * ZOOM), Image.Resampling.NEAREST).save(
                IMAGES / "inside-maps.png", optimize=True
            )
        maps = saliency_maps(run, [SHOWN], page=False)
        drawn = [
            next(file.read_text(encoding="utf-8") for file in maps.files if file.name.endswith(f"-{method}.svg"))
            for method in ("gradient", "gradient-times-input", "grad-cam", "occlusion")
        ]
        write_text(IMAGES / "inside-saliency.svg", _stacked(drawn))
        return {
            "page_without": plain,
            "page": page,
            "conv1_atlas": first.stat().st_size,
            "conv2_atlas": second.stat().st_size,
        }


def told_pictures(found: dict[str, int]) -> str:
    """Give the sizes as a table."""
    return "\n".join(
        [
            f"| drawn by `convlens explain RUN {SHOWN}` | size |",
            "| --- | --- |",
            f"| 64 maps of 26×26, one PNG | {found['conv1_atlas'] / 1000:.1f} kB |",
            f"| 128 maps of 11×11, one PNG | {found['conv2_atlas'] / 1000:.1f} kB |",
            (
                f"| `report.html` of a run that was not audited | {found['page'] / 1000:.0f} kB; "
                f"{found['page_without'] / 1000:.0f} kB before |"
            ),
        ]
    )


PARTS: dict[str, tuple[Callable[[], Any], Callable[[Any], str]]] = {
    "trace": (traces, told_traces),
    "unseen": (unseen, told_unseen),
    "fields": (fields, told_fields),
    "saliency": (saliency, told_saliency),
    "pictures": (pictures, told_pictures),
}


def _drawn() -> Callable[..., tuple[torch.nn.Module, torch.Tensor]]:
    """Give the maker of random networks that the tests use."""
    spec = importlib.util.spec_from_file_location("drawn_networks", DRAWN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    drawn: Callable[..., tuple[torch.nn.Module, torch.Tensor]] = module.drawn
    return drawn


def _units(followed: Trace, seed: int, count: int) -> Iterator[Any]:
    """Choose steps, and places in them, at random."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        step = followed.steps[rng.integers(len(followed.steps))]
        yield followed.unit(step.name, *(int(rng.integers(side)) for side in step.value.shape))


def _relative(by_hand: float, torchs: float) -> float:
    if by_hand == torchs:
        return 0.0
    return abs(by_hand - torchs) / abs(torchs) if torchs else float("inf")


def _cnn_run() -> Path:
    """Give the run of `cnn` that `benchmarks/shifts.py` trains, and train it if it is not there yet."""
    folder = RUNS / "shifts-1"
    if not folder.exists():
        print("training cnn", flush=True)
        train("fashion-mnist", model="cnn", epochs=5, out=RUNS, name=folder.name)
    elif not finished(Run(folder)):
        resume(folder)
    settings = trained(folder).settings
    assert settings is not None
    told = (settings.model, settings.data, settings.training.epochs, str(settings.augment))
    assert told == ("cnn", "fashion-mnist", 5, ""), f"{folder} holds another network: {told}"
    return folder


def _cnn() -> Subject:
    return trained(_cnn_run())


def _test(count: int) -> Dataset:
    """Give some test pictures, each class its share."""
    test = load("fashion-mnist").test
    assert test is not None
    return test.take(count, 0)


def _tensors(subject: Subject, images: np.ndarray) -> torch.Tensor:
    return tensors(images, subject.card.mean, subject.card.std).contiguous()


def _fields(network: str, weights: str, module: torch.nn.Module, pictures: torch.Tensor) -> Iterator[dict[str, Any]]:
    for layer in FIELDS[network]:
        several = [effective_field(module, pictures, layer, share=share) for share in SHARES]
        seen = several[0].theoretical
        assert seen is not None
        assert seen.size is not None
        boxes = [[one.box.height, one.box.width] for one in several]
        row = {"network": network, "layer": layer, "weights": weights}
        yield {**row, "theoretical": list(seen.size), "boxes": boxes, "shares": list(SHARES)}


def _stacked(figures: Sequence[str]) -> str:
    """Set figures below one another, each with ids of its own."""
    parts, top, widest = [], 0.0, 0.0
    for number, svg in enumerate(figures):
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        assert box is not None
        placed = re.sub(r"(?<=[#\"])saliency-(?=\d)", f"map{number}-", svg)
        parts.append(placed.replace("<svg ", f'<svg y="{top:g}" ', 1))
        top, widest = top + float(box[2]), max(widest, float(box[1]))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {widest:g} {top:g}">{"".join(parts)}</svg>\n'


def _is(row: dict[str, Any], *wanted: str) -> bool:
    return (row["network"], row["layer"], row["weights"]) == wanted


def _sides(pair: Sequence[int]) -> str:
    return "×".join(map(str, pair))


def _mean(values: np.ndarray) -> list[float]:
    return [float(values.mean()), *bootstrap_mean(values.astype(np.float64))]


def _share(passed: Sequence[bool]) -> list[float]:
    low, high = wilson(sum(passed), len(passed))
    return [sum(passed) / len(passed), float(low), float(high)]


def _spelled(told: Sequence[float]) -> str:
    value, low, high = told
    return f"{value:.3f} ({low:.3f}–{high:.3f})"


def _per_cent(told: Sequence[float]) -> str:
    value, low, high = (100 * one for one in told)
    return f"{value:.0f} % ({low:.0f}–{high:.0f})"


if __name__ == "__main__":
    main()
