"""Why did the answer flip?"""

from convlens.audit.causes import PAIRS, Causes, flip_causes
from convlens.audit.in_parts import Progress
from convlens.audit.sweep import Sweep
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError
from convlens.models.precision import Precision
from convlens.models.probes import probes
from convlens.models.weights import Classifier
from convlens.workflows.subjects import Subject, answers, as_seen


def causes(
    swept: Sweep,
    subject: Subject,
    dataset: Dataset,
    *,
    pairs: int = PAIRS,
    seed: int = 0,
    device: str = "cpu",
    precision: Precision = "fp32",
    progress: Progress | None = None,
) -> Causes:
    """Look into a sample of an audit's flips: which of four causes are at work, more often than where nothing flipped.

    Args:
        swept: the audit's sweep.
        subject: the model that was audited; what is no torch network cannot be tested for a position-bound head.
        dataset: the pictures it was audited on.
        pairs: so many flips are looked into at most.
        seed: with which they are drawn.
        precision: that of the audit; another one would count its rounding among the causes.

    Raises:
        SettingsError: the sweep is of other pictures, or fewer than one pair is asked for.
    """
    rules = swept.protocol
    if len(dataset) != rules.count or rules.manifest_hash not in ("", dataset.manifest_hash):
        raise SettingsError(
            f"the audit is of {rules.count:,} pictures of {rules.data!r}, and these are {len(dataset):,} others, of "
            f"{dataset.name!r}; give those that were audited"
        )
    seen = as_seen(subject, dataset.size, rules.radius, rules.border)
    predict = answers(seen, device, precision)
    opened = None
    if seen.network is not None:
        opened = probes(
            Classifier(seen.network, seen.card),
            radius=rules.radius,
            border=rules.border,
            fill=rules.fill,
            device=device,
            precision=precision,
        )
    return flip_causes(swept, dataset.images, predict, opened, pairs=pairs, seed=seed, progress=progress)
