"""The training loop: one visible pass over batches that yields what happened and can stop at any yield.

The caller prints, saves, draws or stops; `Training.state()` is whole at every yield. Every random choice is a pure
function of (seed, epoch, step or picture), so a state holds weights, the optimizer's memory and counters, and nothing
else: no generator's state, no loader's position.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convlens.arrays import Images, Indices, Labels
from convlens.augment.augmenter import Augmenter
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError, TrainingError
from convlens.models.card import Card
from convlens.models.memory_format import lay_out, ordered
from convlens.models.modes import evaluating
from convlens.models.predict import checked_outputs
from convlens.models.tensors import tensors
from convlens.rng import keys_of
from convlens.train.batches import Batch, collate, epoch_batches
from convlens.train.engine import Engine
from convlens.train.losses import loss as loss_of
from convlens.train.losses import losses as losses_of
from convlens.train.losses import right_answers
from convlens.train.optimizers import make_optimizer, optimizer_tensors, restore_optimizer
from convlens.train.progress import Epoch, Step, history_from
from convlens.train.schedules import learning_rate
from convlens.train.settings import Settings
from convlens.train.worst import Losses, require_versions, worst_batch

EVALUATION_BATCH = 500


@dataclass(frozen=True)
class State:
    """All that a run needs to go on: tensors by name, and counters that fit into JSON."""

    weights: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    counters: dict[str, Any]


@dataclass
class _Counters:
    """Where training stands; the running sums are those of the epoch under way."""

    epoch: int = 1
    step: int = 0
    loss_sum: float = 0.0
    right: int = 0
    seen: int = 0
    seconds: float = 0.0
    history: list[Epoch] = field(default_factory=list)


class Training:
    """Train a network on a data set; iterate over `run()`.

    Args:
        engine: launched, with the wanted device, strategy and precision.
        card: what the network reads and answers; its mean and standard deviation normalise the pictures.
        validation: measured after every epoch; None measures nothing.
        augment: changes each batch of the training set.

    Raises:
        SettingsError: a batch, or the whole training set, has fewer pictures than there are devices; or the worst of
            several versions is wanted and nothing changes the pictures.
    """

    def __init__(
        self,
        engine: Engine,
        module: nn.Module,
        card: Card,
        train: Dataset,
        validation: Dataset | None,
        settings: Settings,
        augment: Augmenter | None = None,
    ) -> None:
        if min(settings.batch_size, len(train)) < engine.world_size:
            raise SettingsError(
                f"each of {engine.world_size} devices needs a picture of every batch, but batches have "
                f"{settings.batch_size} of the {len(train)} pictures; use fewer --devices or a larger --batch-size"
            )
        require_versions(settings.worst_of, augment)
        self.engine = engine
        self.card = card
        self.train = train
        self.validation = validation
        self.settings = settings
        self.augment = augment
        self.module = module
        self._channels_last = settings.channels_last and lay_out(module, (card.channels, *card.size))
        optimizer = make_optimizer(self.module.parameters(), settings)
        self._forward, self._optimizer = engine.setup(self.module, optimizer)
        self._counters = _Counters()

    @property
    def history(self) -> list[Epoch]:
        """The finished epochs."""
        return list(self._counters.history)

    @property
    def finished(self) -> bool:
        """Whether every epoch is done."""
        return self._counters.epoch > self.settings.epochs

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that prints and saves."""
        return bool(self.engine.is_global_zero)

    def anywhere(self, answer: bool) -> bool:
        """Say whether any device's answer is yes; all must ask at the same step."""
        return self._summed(float(answer))[0] > 0

    def run(self) -> Iterator[Step | Epoch]:
        """Train from where the counters stand to the last epoch.

        Raises:
            TrainingError: the loss is no longer a number; the sentence names epoch and batch.
            ShapeError: the network does not give the logits that the card promises.
        """
        while not self.finished:
            settings, epoch = self.settings, self._counters.epoch
            batches = epoch_batches(len(self.train), settings.batch_size, settings.seed, epoch, self.engine.world_size)
            while self._counters.step < len(batches):
                yield self._step(batches[self._counters.step], len(batches))
            yield self._close_epoch(len(batches))

    def state(self) -> State:
        """Give a copy of everything a resumed run needs; with several devices, all must call it.

        Raises:
            TrainingError: the last step made the weights infinite or NaN; a checkpoint of them would be of no use.
        """
        counters = self._counters
        if not all(bool(torch.isfinite(one).all()) for one in self.module.parameters()):
            raise self._diverged(
                f"the weights are no longer finite in epoch {counters.epoch} after {counters.step} batches"
            )
        loss_sum, right, seen = self._summed(counters.loss_sum, counters.right, counters.seen)
        plain = asdict(counters) | {"loss_sum": loss_sum, "right": int(right), "seen": int(seen)}
        weights = {name: value.detach().cpu().clone() for name, value in self.module.state_dict().items()}
        memory = {name: value.detach().cpu().clone() for name, value in optimizer_tensors(self._raw_optimizer).items()}
        return State(weights, memory, plain)

    def restore(self, state: State) -> None:
        """Go back to a state: the next yield is the one that followed it."""
        self.module.load_state_dict(state.weights)
        restore_optimizer(self._raw_optimizer, state.optimizer)
        plain = dict(state.counters)
        self._counters = _Counters(**plain | {"history": history_from(plain["history"])})
        if self.engine.global_rank != 0:  # the sums of all devices are kept by the first
            self._counters.loss_sum, self._counters.right, self._counters.seen = 0.0, 0, 0

    @property
    def _raw_optimizer(self) -> torch.optim.Optimizer:
        return self._optimizer.optimizer  # type: ignore[no-any-return]

    def _step(self, indices: Indices, steps: int) -> Step:
        counters, settings, world = self._counters, self.settings, self.engine.world_size
        started = time.monotonic()
        own = indices[self.engine.global_rank :: world]
        done = (counters.epoch - 1) * steps + counters.step
        batch = self._batch(own, done)
        images, labels = self._tensors(batch.images), self._labels(batch.labels)

        rate = learning_rate(settings.schedule, settings.learning_rate, done, settings.epochs * steps)
        for group in self._optimizer.param_groups:
            group["lr"] = rate

        self.module.train()
        with self._drawing(done):  # dropout too is a pure function of (seed, step)
            outputs = self._forward(images)
        outputs = checked_outputs(outputs, len(own), self.card.outputs)
        loss = loss_of(outputs, labels, self.card.head)
        value = float(loss.detach())
        total = self._summed(value)[0]  # all devices stop together
        if not math.isfinite(total):
            raise self._diverged(
                f"the loss became {total} in epoch {counters.epoch} at batch {counters.step + 1} of {steps}"
            )
        self._optimizer.zero_grad()
        # Devices average their gradients; uneven parts are weighted so that the average is that of the whole batch.
        self.engine.backward(loss * (len(own) * world / len(indices)) if world > 1 else loss)
        self._optimizer.step()

        counters.step += 1
        counters.loss_sum += value * len(own)
        counters.right += right_answers(outputs.detach(), labels, self.card.head)
        counters.seen += len(own)
        counters.seconds += time.monotonic() - started
        running_loss, running_accuracy = counters.loss_sum / counters.seen, counters.right / counters.seen
        return Step(counters.epoch, counters.step, steps, running_loss, running_accuracy, rate)

    def _batch(self, indices: Indices, done: int) -> Batch:
        settings, epoch = self.settings, self._counters.epoch
        if settings.worst_of == 1 or self.augment is None:
            return collate(self.train, indices, self.augment, settings.seed, epoch)
        with self._drawing(done):
            return worst_batch(self._losses, self.train, indices, self.augment, settings.seed, epoch, settings.worst_of)

    def _losses(self, images: Images, labels: Labels) -> Losses:
        """Give each picture's loss under the weights as they are, in eval mode.

        So dropout does not decide which version is the worst, and BatchNorm takes in the statistics of the pictures
        that are trained on and of no others. Past the wrapper of several devices: each chooses for its own pictures.
        """
        with evaluating(self.module), torch.inference_mode(), self.engine.autocast():
            outputs = checked_outputs(self.module(self._tensors(images)), len(images), self.card.outputs).float()
            answer: Losses = losses_of(outputs, self._labels(labels), self.card.head).cpu().numpy()
        return answer

    @contextmanager
    def _drawing(self, done: int) -> Iterator[None]:
        """Draw inside layers from (seed, step) alone, and leave torch's own generator as it was."""
        with torch.random.fork_rng(devices=self._cuda_devices):
            torch.manual_seed(self._step_seed(done))
            yield

    def _close_epoch(self, steps: int) -> Epoch:
        counters = self._counters
        started = time.monotonic()
        validation_loss, validation_accuracy = self._evaluate()
        if validation_loss is not None and not math.isfinite(validation_loss):
            raise self._diverged(
                f"the validation loss became {validation_loss} in epoch {counters.epoch} after batch {steps} of {steps}"
            )
        loss_sum, right, seen = self._summed(counters.loss_sum, counters.right, counters.seen)
        last = learning_rate(
            self.settings.schedule,
            self.settings.learning_rate,
            counters.epoch * steps - 1,
            self.settings.epochs * steps,
        )
        epoch = Epoch(
            epoch=counters.epoch,
            train_loss=loss_sum / seen,
            train_accuracy=right / seen,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            seconds=round(counters.seconds + time.monotonic() - started, 3),
            learning_rate=last,
        )
        self._counters = _Counters(epoch=counters.epoch + 1, history=[*counters.history, epoch])
        return epoch

    def _evaluate(self) -> tuple[float | None, float | None]:
        dataset = self.validation
        if dataset is None:
            return None, None
        loss_sum, right, rank, world = 0.0, 0, self.engine.global_rank, self.engine.world_size
        own = np.arange(len(dataset))[rank::world]
        if world > 1:  # what is measured is what the first device saves: its BatchNorm statistics on all
            for buffer in self.module.buffers():
                torch.distributed.broadcast(buffer, 0)
        # Past the wrapper of several devices, which would wait for the others at every batch; they may have one fewer.
        with evaluating(self.module), torch.inference_mode(), self.engine.autocast():
            for start in range(0, len(own), EVALUATION_BATCH):
                part = own[start : start + EVALUATION_BATCH]
                outputs = self.module(self._tensors(dataset.images[part]))
                outputs = checked_outputs(outputs, len(part), self.card.outputs).float()
                labels = self._labels(dataset.labels[part])
                loss_sum += float(loss_of(outputs, labels, self.card.head)) * len(part)
                right += right_answers(outputs, labels, self.card.head)
        loss_sum, right_sum = self._summed(loss_sum, right)
        return loss_sum / len(dataset), right_sum / len(dataset)

    def _diverged(self, what: str) -> TrainingError:
        kept = "the last good checkpoint is kept" if self._counters.history else "no epoch was finished before"
        return TrainingError(f"{what}; {kept}; try a smaller learning rate than {self.settings.learning_rate:g}")

    def _tensors(self, images: Any) -> Tensor:
        batch = tensors(images, self.card.mean, self.card.std, self.engine.device)
        return ordered(batch, channels_last=self._channels_last)

    def _labels(self, labels: Any) -> Tensor:
        return torch.from_numpy(labels).to(self.engine.device)

    def _summed(self, *values: float) -> list[float]:
        """Add up values over all devices."""
        if self.engine.world_size == 1:
            return list(values)
        total = self.engine.all_reduce(torch.tensor(values, dtype=torch.float64), reduce_op="sum")
        assert isinstance(total, Tensor)
        return [float(value) for value in total]

    def _step_seed(self, step: int) -> int:
        key = keys_of(
            self.settings.seed, "layers", 0, np.array([step * self.engine.world_size + self.engine.global_rank])
        )
        return int(key[0])

    @property
    def _cuda_devices(self) -> list[torch.device]:
        return [self.engine.device] if self.engine.device.type == "cuda" else []
