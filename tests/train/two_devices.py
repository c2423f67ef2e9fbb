"""A script that trains in one process and in two and prints the results as JSON; `test_devices.py` runs it.

A spawned process imports the file that defines its work, which a test file under pytest's import mode is not.
"""

import json
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from convlens.augment.affine import Affine
from convlens.data.dataset import Dataset
from convlens.data.xo import CLASS_NAMES, letters
from convlens.errors import ConvlensError, SettingsError
from convlens.models.card import Card
from convlens.models.networks import create
from convlens.models.tensors import channel_statistics
from convlens.train.engine import launch
from convlens.train.loop import Training
from convlens.train.settings import Settings

SGD = Settings(epochs=2, batch_size=16, learning_rate=0.02, optimizer="sgd", schedule="one-cycle")


def network(job):
    """A plain network, or one with BatchNorm, whose statistics the devices have to share."""
    if "norm" not in job:
        return create("toy", size=28, channels=1, head="softmax")
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=4), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))


def spoil(part, given, output):
    """Turn every answer into no number."""
    return output * float("nan")


def work(engine, jobs):
    """Do several jobs one after the other, in the same processes, which are slow to start."""
    return {f"{job} {engine.world_size}": numbers(engine, job) for job in jobs}


def numbers(engine, job):
    """Train; give this device's numbers, which must be the same on all, and what the first one alone keeps."""
    train = Dataset(*letters(1, np.arange(69)), CLASS_NAMES, "xo", "train")
    # 1,001 pictures: the first device measures one more batch of 500 than the second
    validation = Dataset(*letters(2, np.arange(1001)), CLASS_NAMES, "xo", "validation")
    card = Card("ours", CLASS_NAMES, (28, 28), 1, "softmax", *channel_statistics(train.images))
    settings = Settings(epochs=1, batch_size=1) if "small" in job else replace(SGD, worst_of=3 if "worst" in job else 1)
    module = network(job)
    if "nan" in job and engine.global_rank == engine.world_size - 1:
        module.register_forward_hook(spoil)
    try:
        training = Training(engine, module, card, train, validation, settings, Affine(translate_px=(-2, 2)))
    except SettingsError as error:
        return str(error)
    events = training.run()
    for _ in range(3):
        next(events)
    state = training.state()
    if "resume" in job:
        events.close()
        training = Training(engine, network(job), card, train, validation, settings, Affine(translate_px=(-2, 2)))
        training.restore(state)
        events = training.run()
    list(events)
    weights = torch.cat([one.detach().flatten() for one in training.module.parameters()])
    mean = engine.all_reduce(weights.clone(), reduce_op="mean")
    rows = [[e.train_loss, e.train_accuracy, e.validation_loss, e.validation_accuracy] for e in training.history]
    return {
        "weights": weights.tolist(),
        "from_the_mean": float((weights - mean).abs().max()),
        "history": rows,
        "seen": state.counters["seen"],
        "first": training.is_first,
        "anywhere": [training.anywhere(engine.global_rank == engine.world_size - 1), training.anywhere(False)],
    }


def main():
    """Do all jobs, those that end in an error last."""
    answers = launch(work, ["plain", "worst"], device="cpu", devices=1)
    answers |= launch(work, ["plain", "worst", "norm", "norm resume", "small"], device="cpu", devices=2)
    try:
        launch(work, ["nan"], device="cpu", devices=2)
    except ConvlensError as error:
        answers["nan 2"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
