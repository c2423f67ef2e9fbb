"""Images per second of the torch twins on a GPU, or on the CPU where there is none, beside a copy of the same bytes.

    python benchmarks/twins.py [--threads N]

Each row is the best of several rounds, keyed draws included; on the CPU the NumPy kernels stand in the next column.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import torch

from convlens.augment import parse
from convlens.rng import keys_of

Call = Callable[[], object]

SHAPES = [(1024, 28, 28, 1), (64, 224, 224, 3)]
CHANGES = [
    'Affine(translate_px={"x": (-10, 10)})',
    "Rotate((-30, 30))",
    "Multiply()",
    "LinearContrast()",
    "GaussianBlur((0, 2))",
    "Dropout(0.2)",
    "SaltAndPepper(0.05)",
    "AdditiveGaussianNoise()",
    "Sequential([Dropout(0.2), Rotate((-30, 30))], random_order=True)",
]


def main() -> None:
    """Time every change on every shape and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=1, help="of torch and OpenCV on the CPU")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(arguments.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    where = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {arguments.threads} threads"
    print(f"images per second, torch {torch.__version__}, {where}\n")
    print("| images | change | twin | NumPy on the CPU |\n| --- | --- | --- | --- |")
    for shape in SHAPES:
        images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        tensors = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().to(device)
        keys = keys_of(0, "augment", 0, np.arange(len(images)))
        rows: list[tuple[str, Call, Call]] = [("copy", tensors.clone, images.copy)]
        for text in CHANGES:
            call = partial(parse(text), keys=keys)
            rows.append((text, partial(call, images=tensors), partial(call, images=images)))
        for text, *calls in rows:
            rates = [len(images) / seconds(call, device, arguments.rounds) for call in calls]
            print(f"| {' × '.join(map(str, shape))} | `{text}` | {' | '.join(f'{rate:,.0f}' for rate in rates)} |")


def seconds(call: Call, device: str, rounds: int) -> float:
    """Time the best of several rounds, until the device has done its work."""
    taken = []
    for _ in range(rounds + 3):
        start = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return min(taken[3:])


if __name__ == "__main__":
    main()
