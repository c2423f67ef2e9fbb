"""How often is a network right, on pictures it was not trained on?"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Labels, Logits, Predict, softmax
from convlens.audit.answers import checked_logits
from convlens.audit.intervals import wilson
from convlens.data.dataset import Dataset
from convlens.data.pictures import Progress
from convlens.models.precision import Precision
from convlens.tables import Table, Value
from convlens.workflows.foreign import foreign, require_labelled, require_no_reading
from convlens.workflows.foreign_models import is_foreign
from convlens.workflows.pictures import for_network, held_out, pictures_for
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject, answers, trained


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The answers of a network on a set of pictures.

    Attributes:
        low, high: the Wilson 95 % interval of `accuracy`.
        loss: mean negative log-likelihood of the true class, in nats.
        confusion: counts; rows are true classes, columns answers.
        per_class: columns class, count, accuracy, low, high.
    """

    subject: str
    weights: str
    data: str
    split: str
    count: int
    accuracy: float
    low: float
    high: float
    loss: float
    class_names: tuple[str, ...]
    confusion: Int64[np.ndarray, "classes classes"]
    per_class: Table

    def to_json(self) -> dict[str, object]:
        """Give everything as plain values."""
        return {
            "subject": self.subject,
            "weights": self.weights,
            "data": self.data,
            "split": self.split,
            "count": self.count,
            "accuracy": self.accuracy,
            "low": self.low,
            "high": self.high,
            "loss": self.loss,
            "per_class": self.per_class.rows(),
            "class_names": list(self.class_names),
            "confusion": self.confusion.tolist(),
        }


def evaluate(
    reference: Path | str,
    *,
    data: str | None = None,
    split: str = "test",
    take: int | None = None,
    model: str | None = None,
    device: str = "cpu",
    precision: Precision = "fp32",
    reading: Reading | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate a network on its own data set's test pictures, or on other ones of the same classes.

    Args:
        reference: a run folder, a weights file, or a model from elsewhere.
        take: use so many pictures, stratified; all when None.
        reading: how a model from elsewhere reads its pictures.
        progress: wraps the reading of picture files.
    """
    if is_foreign(str(reference)):
        found = require_labelled(
            foreign(str(reference), data=data, split=split, take=take, reading=reading, progress=progress)
        )
        return evaluation(found.subject, found.dataset, answers(found.subject, device, precision))
    require_no_reading(reference, reading)
    subject = trained(reference, model=model)
    splits = pictures_for(subject.card, subject.settings, data, progress)
    dataset = for_network(held_out(splits, split), subject.card)
    chosen = dataset if take is None else dataset.take(take)
    return evaluation(subject, chosen, answers(subject, device, precision))


def evaluation(subject: Subject, dataset: Dataset, predict: Predict) -> Evaluation:
    """Evaluate a network on pictures that are loaded as it reads them, labels in its order."""
    logits = checked_logits(predict, dataset.images)
    matrix = confusion_matrix(logits, dataset.labels)
    counts = matrix.sum(axis=1)
    right = matrix.diagonal()
    low, high = wilson(int(right.sum()), len(dataset))
    per_class = Table.from_rows(
        _class_row(name, int(hits), int(total))
        for name, hits, total in zip(dataset.class_names, right, counts, strict=True)
    )
    likelihood = softmax(logits)[np.arange(len(dataset)), dataset.labels]
    return Evaluation(
        subject=subject.name,
        weights=subject.weights,
        data=dataset.name,
        split=dataset.split,
        count=len(dataset),
        accuracy=float(right.sum() / len(dataset)),
        low=float(low),
        high=float(high),
        loss=float(-np.log(np.maximum(likelihood, np.finfo(float).tiny)).mean()),
        class_names=dataset.class_names,
        confusion=matrix,
        per_class=per_class,
    )


def _class_row(name: str, hits: int, total: int) -> dict[str, Value]:
    if total == 0:
        return {"class": name, "count": 0, "accuracy": None, "low": None, "high": None}
    low, high = wilson(hits, total)
    return {"class": name, "count": total, "accuracy": hits / total, "low": float(low), "high": float(high)}


def confusion_matrix(logits: Logits, labels: Labels) -> Int64[np.ndarray, "classes classes"]:
    """Count answers (columns) per true class (rows); among equal logits the first class wins."""
    classes = logits.shape[1]
    return np.bincount(labels * classes + logits.argmax(axis=1), minlength=classes**2).reshape(classes, classes)
