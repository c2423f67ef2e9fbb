"""Running a plan: pictures in, the logits of every shift out."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float32

from convlens.arrays import Images
from convlens.models.memory import keep_memory
from convlens.models.modes import evaluating
from convlens.models.precision import Precision
from convlens.models.predict import checked_outputs, two_columns
from convlens.models.sweeping.canvas import Places, canvas
from convlens.models.sweeping.fragments import Fragment, around, fragments, unrolled
from convlens.models.sweeping.heads import Head, batches, head
from convlens.models.sweeping.plan import Plan
from convlens.models.sweeping.threads import side_by_side
from convlens.models.tensors import tensors
from convlens.models.weights import Classifier

MAP_VALUES = 2**22
"""As many pictures are done at a time as keep the largest map below so many numbers: 16 MiB."""

MOST, LEAST = 256, 16
"""Pictures done at a time: at most, and at least before they are shared out to several threads."""


@dataclass(frozen=True)
class How:
    """How pictures are surrounded, and what is computed with.

    Attributes:
        radius: the canvas reaches so many pixels beyond the picture.
        channels_last: the network reads tensors whose channels lie last in memory, as they do on the canvas.
    """

    radius: int
    border: str
    fill: int
    precision: Precision
    device: torch.device
    channels_last: bool


def swept(
    model: Classifier, plan: Plan, images: Images, places: Places, how: How
) -> Float32[np.ndarray, "n s classes"]:
    """Give the logits of each image at each shift.

    Args:
        places: where on the canvas the window of each shift begins; under "wrap", counted from the picture's corner.
    """
    keep_memory()
    dtype = torch.bfloat16 if how.precision == "bf16" else torch.float32
    logits = np.empty((len(images), len(places), len(model.card.class_names)), np.float32)
    down, across = np.ptp(places, axis=0).tolist()
    many = max(1, min(MOST, MAP_VALUES // plan.values((down, across))))
    with evaluating(model.module):
        with torch.inference_mode():
            rest = head(plan, dtype, channels_last=how.channels_last)

        def one_part(part: slice) -> None:
            with (
                torch.inference_mode(),
                torch.autocast(how.device.type, torch.bfloat16, enabled=dtype != torch.float32),
            ):
                _fill(logits[part], model, plan, rest, images[part], places, how)

        threads = torch.get_num_threads() if how.device.type == "cpu" and plan.is_plain else 1
        side_by_side(one_part, _parts(len(images), many, threads), threads)
    return logits


def _fill(
    logits: Float32[np.ndarray, "n s classes"],
    model: Classifier,
    plan: Plan,
    rest: Head,
    images: Images,
    places: Places,
    how: How,
) -> None:
    """Write the logits of some images."""
    card, wraps = model.card, how.border == "wrap"
    surrounded = images if wraps else canvas(images, how.radius, how.border, how.fill)
    whole = Fragment(tensors(surrounded, card.mean, card.std, how.device), places, np.arange(len(places)))
    flat = (unrolled(one, plan.windows[0]) for one in around(whole, plan.around)) if wraps else (whole,)
    found = (fragment for one in flat for fragment in fragments(one, plan.steps, plan.windows))
    for batch in batches(found, plan.windows):
        count, windows = batch.windows.shape[:2]
        outputs = two_columns(checked_outputs(rest(batch), count * windows, card.outputs))
        answers = outputs.float().cpu().numpy().reshape(count, windows, -1)
        logits[:, batch.cells] = answers[:, batch.which]


def _parts(count: int, many: int, threads: int) -> list[slice]:
    """Divide pictures into parts of about the same size, none larger than `many`, so that all threads have as much."""
    parts = max(-(-count // many), min(threads, count // LEAST), min(count, 1))
    if parts > 1:
        parts = min(count, parts + -parts % threads)
    ends = [count * part // parts for part in range(parts + 1)] if parts else []
    return [slice(start, stop) for start, stop in pairwise(ends)]
