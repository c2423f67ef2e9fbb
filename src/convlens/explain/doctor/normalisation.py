"""Pictures that enter the network otherwise scaled than those it was trained on."""

from collections.abc import Sequence
from dataclasses import replace

from convlens.arrays import Images
from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.models.card import Card
from convlens.models.tensors import channel_statistics

KIND = "normalisation"

FARTHEST_MEAN = 0.25
"""So far may the mean of what enters lie from 0, in its standard deviations of training."""

WIDEST_FACTOR = 4 / 3
"""By so much may the spread of what enters be larger or smaller than 1."""


@finding(KIND)
def normalisation(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find channels that do not enter with mean 0 and standard deviation 1, as they did in training."""
    if patient.images is None:
        return NotChecked("there are no pictures to compare with; name some with --data")
    if patient.card is None or not patient.trained:
        return NotChecked("the network was not trained here, so nobody says which pictures it expects")
    off = channels_off(patient.card, patient.images)
    if not off:
        return ()
    card, (mean, std) = patient.card, channel_statistics(patient.images)
    parts = [
        f"channel {one}: the network subtracts {card.mean[one]:.3f} and divides by {card.std[one]:.3f}, but these "
        f"pictures have mean {mean[one]:.3f} and standard deviation {std[one]:.3f}, so that they enter with "
        f"{(mean[one] - card.mean[one]) / card.std[one]:+.2f} and {std[one] / card.std[one]:.2f} instead of 0 and 1"
        for one in off
    ]
    evidence = f"{'; '.join(parts)} ({len(patient.images):,} pictures of {patient.data})"
    remedy = (
        "prepare the pictures as those of training were (range 0 to 255, background, contrast), or train again with "
        f"mean {_spelled(mean)} and standard deviation {_spelled(std)}"
    )
    left = len(channels_off(replace(card, mean=mean, std=std), patient.images))
    recheck = Recheck(left, f"with these two in a copy of its card: {left} channels enter otherwise than in training")
    return (Finding(KIND, len(off), "input", evidence, remedy, recheck),)


def channels_off(card: Card, images: Images) -> list[int]:
    """Name the channels whose normalised values are far from mean 0 and standard deviation 1."""
    mean, std = channel_statistics(images)
    entering = [((m - own) / scale, s / scale) for m, s, own, scale in zip(mean, std, card.mean, card.std, strict=True)]
    return [
        channel
        for channel, (centre, spread) in enumerate(entering)
        if abs(centre) > FARTHEST_MEAN or not 1 / WIDEST_FACTOR <= spread <= WIDEST_FACTOR
    ]


def _spelled(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3f}" for value in values)
