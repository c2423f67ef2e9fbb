"""Seconds per epoch of the recipe `fast` against the textbook loop, both run here, in one process, turn by turn.

    python benchmarks/training.py --seeds 3 --write docs/performance.md

The textbook loop is the one of many introductions: a `Dataset` that gives one item at a time, a `DataLoader` with
batches of 32, float32, Adam at 0.001, and after each epoch a second pass over the training set for its accuracy. Both
train the same network, `cnn`, for five epochs on the 60,000 pictures of Fashion-MNIST and are measured on its 10,000
test pictures. An epoch of the one is followed by an epoch of the other, so that a busy machine slows both; the figure
that counts is the ratio.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from demo_figures import replaced
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from convlens.audit.intervals import wilson
from convlens.data import load
from convlens.data.dataset import Dataset
from convlens.files import write_text
from convlens.models.card import Card
from convlens.models.memory import keep_memory
from convlens.models.networks import create
from convlens.models.precision import choose_precision, cpu_flags
from convlens.models.predict import predictor
from convlens.models.tensors import channel_statistics
from convlens.train.engine import make_engine
from convlens.train.loop import Training
from convlens.train.progress import Epoch
from convlens.train.settings import RECIPES

EPOCHS = 5
START, END = "<!-- training: written by benchmarks/training.py -->", "<!-- training: end -->"


class Items(TorchDataset[tuple[torch.Tensor, int]]):
    """The textbook's data set: one picture at a time, made a float tensor when it is asked for."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        pixels = torch.from_numpy(self.dataset.images[index]).permute(2, 0, 1).float() / 255
        return pixels, int(self.dataset.labels[index])


@dataclass(frozen=True)
class Result:
    """One epoch of one way."""

    seconds: float
    first_pass_seconds: float
    train_accuracy: float


def textbook(module: nn.Module, dataset: Dataset, seed: int) -> Iterator[Result]:
    """Train the textbook's way; the seconds of an epoch hold both of its passes."""
    torch.manual_seed(seed)
    shuffled = DataLoader(Items(dataset), batch_size=32, shuffle=True)
    in_order = DataLoader(Items(dataset), batch_size=32)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        started = time.perf_counter()
        module.train()
        for images, labels in shuffled:
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(images), labels).backward()
            optimizer.step()
        first_pass = time.perf_counter() - started
        module.eval()
        right = 0
        with torch.no_grad():
            for images, labels in in_order:
                right += int((module(images).argmax(dim=1) == labels).sum())
        yield Result(time.perf_counter() - started, first_pass, right / len(dataset))


def fast(module: nn.Module, card: Card, dataset: Dataset, seed: int) -> Iterator[Result]:
    """Train with the recipe `fast`, through the project's own loop; its accuracy is the running one."""
    recipe = RECIPES["fast"]
    choice = choose_precision(recipe.precision, module, card, dataset.images[:64])
    settings = type(recipe)(**vars(recipe) | {"epochs": EPOCHS, "seed": seed, "precision": choice.precision})
    engine = make_engine("cpu", 1, choice.precision)
    engine.launch()
    started = time.perf_counter()
    for event in Training(engine, module, card, dataset, None, settings).run():
        if isinstance(event, Epoch):
            took = time.perf_counter() - started
            yield Result(took, took, event.train_accuracy)
            started = time.perf_counter()


def main() -> None:
    """Run both ways and print, or write, the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=1)
    options.add_argument("--take", type=int, default=0, help="train on fewer pictures, to try this script out")
    options.add_argument("--data", default="fashion-mnist")
    options.add_argument("--write", type=Path, help="replace the table in this file")
    chosen = options.parse_args()

    keep_memory()  # for both ways alike
    splits = load(chosen.data)
    train, test = splits.train, splits.test
    assert test is not None
    if chosen.take:
        train = train.take(chosen.take)
    mean, std = channel_statistics(train.images)
    plain = Card("cnn", train.class_names, train.size, train.channels, "softmax", (0.0,), (1.0,))
    normalised = Card("cnn", train.class_names, train.size, train.channels, "softmax", mean, std)

    epochs: dict[str, list[Result]] = {"textbook": [], "fast": []}
    right: dict[str, list[int]] = {"textbook": [], "fast": []}
    for seed in range(chosen.seeds):
        modules = {"textbook": create("cnn", seed=seed), "fast": create("cnn", seed=seed)}
        ways = zip(
            textbook(modules["textbook"], train, seed), fast(modules["fast"], normalised, train, seed), strict=True
        )
        for epoch, (slow, quick) in enumerate(ways, start=1):
            epochs["textbook"].append(slow)
            epochs["fast"].append(quick)
            print(f"seed {seed} epoch {epoch}: textbook {slow.seconds:.1f} s, fast {quick.seconds:.1f} s", flush=True)
        for way, card in (("textbook", plain), ("fast", normalised)):
            answers = predictor(modules[way], card)(test.images).argmax(axis=1)
            right[way].append(int((answers == test.labels).sum()))
            print(f"seed {seed} {way}: right on {right[way][-1]:,} of {len(test):,}", flush=True)
    table = _table(epochs, right, len(train), len(test))
    print(table)
    if chosen.write:
        write_text(chosen.write, replaced(chosen.write, START, END, table))


def _table(epochs: dict[str, list[Result]], right: dict[str, list[int]], train: int, test: int) -> str:
    recipe = RECIPES["fast"]
    words = {
        "textbook": "textbook: batch 32, one item at a time, fp32, second pass for the accuracy",
        "fast": f"`fast`: batch {recipe.batch_size}, taken by index, bf16, channels_last, {recipe.schedule}",
    }
    machine = f"{torch.get_num_threads()} threads, torch {torch.__version__}, {platform.machine()}"
    flags = " with avx512_bf16" if "avx512_bf16" in cpu_flags() else ""
    rows = []
    for way, name in words.items():
        seconds = [one.seconds for one in epochs[way]]
        spread = f"{statistics.median(seconds):.1f} ({min(seconds):.1f}–{max(seconds):.1f})"
        rows.append(f"| {name} | {spread} | {'; '.join(_share(hits, test) for hits in right[way])} |")
    pairs = list(zip(epochs["textbook"], epochs["fast"], strict=True))
    whole = [slow.seconds / quick.seconds for slow, quick in pairs]
    first = [slow.first_pass_seconds / quick.seconds for slow, quick in pairs]
    return f"""\
`cnn`, {train:,} training and {test:,} test pictures, {EPOCHS} epochs, {len(right["fast"])} seed(s), {machine}{flags}.

| way | seconds per epoch, median (lowest–highest) | test accuracy after {EPOCHS} epochs, each seed (Wilson 95 %) |
| --- | --- | --- |
{chr(10).join(rows)}

An epoch of `fast` is **{statistics.median(whole):.1f} times** as fast (median of {len(pairs)} pairs of epochs,
run one after the other; lowest {min(whole):.1f}, highest {max(whole):.1f}). Against the textbook's first pass alone,
without the second one for its accuracy, it is {statistics.median(first):.1f} times as fast
({min(first):.1f}–{max(first):.1f})."""


def _share(hits: int, count: int) -> str:
    low, high = wilson(hits, count)
    return f"{100 * hits / count:.2f} % ({100 * float(low):.1f}–{100 * float(high):.1f})"


if __name__ == "__main__":
    main()
