"""What a model gives, turned into logits for the classes of some pictures."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from convlens.errors import ShapeError
from convlens.models.predict import two_columns

Given: TypeAlias = Literal["logits", "probabilities"]
"""What stands in a model's columns."""

Groups: TypeAlias = tuple[tuple[int, ...], ...]
"""For each class, the columns that are its answers."""

SUM_GAP = 1e-3
"""How far from 1 a row of probabilities may sum up: float16 keeps 11 bits, and a thousand of them are added."""


class Answers(nn.Module):
    """Logits per class from a model's own columns.

    Probabilities become their logarithms, which are logits too: softmax gives the probabilities back. A single column z
    becomes (0, z), a single probability p becomes (log(1 − p), log p). The columns of a class are put together by
    logsumexp: e to the logit of the class is then the sum of e to the logits of its columns, so the probabilities of
    "cat" and "dog" among themselves are as the sums of the probabilities of all kinds of cats and all kinds of dogs.
    """

    def __init__(self, given: Given = "logits", groups: Groups | None = None) -> None:
        super().__init__()
        self.given = given
        self.groups = groups

    @property
    def changes_nothing(self) -> bool:
        """Whether the columns are the logits already; one column is made two elsewhere too."""
        return self.given == "logits" and self.groups is None

    def forward(self, outputs: Tensor) -> Tensor:
        """Give (N, classes)."""
        outputs = columns_of(outputs)
        logits = logarithms(outputs) if self.given == "probabilities" else outputs
        logits = two_columns(logits)
        if self.groups is None:
            return logits
        if all(len(group) == 1 for group in self.groups):
            return logits[:, [column for (column,) in self.groups]]
        return torch.stack([logits[:, list(group)].logsumexp(dim=1) for group in self.groups], dim=1)

    def extra_repr(self) -> str:
        """Say what is done, for the printed network."""
        grouped = "" if self.groups is None else f", {sum(map(len, self.groups))} columns into {len(self.groups)}"
        return f"{self.given}{grouped}"


def columns_of(outputs: object) -> Tensor:
    """Give what a model gave as (N, columns) of floats; further axes of length 1, as a 1×1 convolution leaves, go.

    Raises:
        ShapeError: it is no tensor with one row of numbers for each picture.
    """
    if not isinstance(outputs, Tensor):
        raise ShapeError(
            f"a model must give one tensor of logits, (N, classes), but this one gave a {type(outputs).__name__}; "
            "wrap it in a module or function that picks the logits out"
        )
    flat = outputs.flatten(1) if outputs.ndim > 2 and set(outputs.shape[2:]) == {1} else outputs
    if flat.ndim != 2:
        raise ShapeError(
            f"a model must give one row of logits for each picture, (N, classes), but this one gave "
            f"{tuple(outputs.shape)}; pool or flatten its last map and end in one number per class"
        )
    return flat


def logarithms(probabilities: Tensor) -> Tensor:
    """Give the logarithms of probabilities; for a single column p, of (1 − p, p). Zero becomes the smallest float."""
    smallest = torch.finfo(torch.float32).tiny
    columns = probabilities.float()
    if columns.shape[1] == 1:
        columns = torch.cat([1 - columns, columns], dim=1)
    return columns.clamp_min(smallest).log()


def what_is_given(outputs: Tensor) -> Given:
    """Tell probabilities from logits by their look: no row has a negative number, and all sum up to 1.

    Logits do so by an accident that does not happen for a handful of pictures. A single column is taken for
    probabilities when all its numbers lie between 0 and 1.
    """
    if len(outputs) == 0 or not bool(torch.isfinite(outputs).all()) or bool((outputs < 0).any()):
        return "logits"
    if outputs.shape[1] == 1:
        return "probabilities" if bool((outputs <= 1).all()) else "logits"
    return "probabilities" if bool(((outputs.float().sum(dim=1) - 1).abs() <= SUM_GAP).all()) else "logits"
