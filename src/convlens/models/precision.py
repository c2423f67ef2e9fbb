"""Which arithmetic to use: bf16 where the processor's flags offer it and a check agrees with fp32, else fp32."""

import copy
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from convlens.arrays import Images
from convlens.errors import SettingsError
from convlens.models.card import Card
from convlens.models.memory_format import lay_out, ordered
from convlens.models.tensors import tensors

Precision = Literal["fp32", "bf16"]
BF16_FLAGS = ("amx_bf16", "avx512_bf16")
AGREEMENT = 0.05
"""Largest gap allowed between bf16 and fp32 logits, relative to the largest fp32 logit. bf16 keeps 8 bits, so one
rounding is off by at most 0.4 %; a wrong kernel is off by more than its own size."""


@dataclass(frozen=True)
class Choice:
    """A precision and why it was taken."""

    precision: Precision
    reason: str


@cache
def cpu_flags() -> tuple[str, ...]:
    """Give the processor's feature flags, sorted; empty where the system does not list them."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ()
    lines = [line.partition(":")[2] for line in text.splitlines() if line.startswith(("flags", "Features"))]
    return tuple(sorted(set(lines[0].split()))) if lines else ()


def choose_precision(wanted: str, module: nn.Module, card: Card, images: Images, device: str = "cpu") -> Choice:
    """Choose "bf16" or "fp32" by flags and agreement, never by a stopwatch.

    Args:
        wanted: "auto", "fp32" or "bf16".
        module: the network; a copy is tried out.
        images: a few pictures it will read.
        device: where it will train: "cpu", "cuda" or "mps".

    Raises:
        SettingsError: bf16 was asked for by name and cannot be had, or `wanted` is another word.
    """
    if wanted not in {"auto", "fp32", "bf16"}:
        raise SettingsError(f"precision must be 'auto', 'fp32' or 'bf16', got {wanted!r}")
    if wanted == "fp32":
        return Choice("fp32", "asked for")
    offer = _offer(device)
    if offer is None:
        refusal = f"this {platform.machine() if device == 'cpu' else device} processor has no bf16 arithmetic"
    else:
        gap = bf16_gap(module, tensors(images, card.mean, card.std, device))
        if gap <= AGREEMENT:
            return Choice("bf16", f"{offer}, and its logits agree with fp32 within {gap:.1%} of the largest")
        refusal = f"bf16 logits differ from fp32 by {gap:.1%} of the largest (at most {AGREEMENT:.0%} is allowed)"
    if wanted == "bf16":
        raise SettingsError(f"bf16 was wanted, but {refusal}; use fp32")
    return Choice("fp32", refusal)


def bf16_gap(module: nn.Module, sample: Tensor) -> float:
    """Measure the largest difference between bf16 and fp32 logits, relative to the largest fp32 logit."""
    trial = copy.deepcopy(module).to(sample.device).eval()
    channels, height, width = sample.shape[1:]
    sample = ordered(sample, channels_last=lay_out(trial, (channels, height, width)))
    with torch.inference_mode():
        exact = trial(sample).float()
        with torch.autocast(sample.device.type, torch.bfloat16):
            rounded = trial(sample).float()
    scale = exact.abs().max().clamp_min(1e-6)
    return float(((rounded - exact).abs().max() / scale).nan_to_num(nan=torch.inf))


def threads() -> int:
    """Give the number of threads torch computes with; results are bit-identical only for the same number."""
    return torch.get_num_threads()


def _offer(device: str) -> str | None:
    if device == "cuda":
        return "the GPU offers bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else None
    found = [flag for flag in BF16_FLAGS if flag in cpu_flags()]
    return f"the processor offers {found[0]}" if device == "cpu" and found else None
