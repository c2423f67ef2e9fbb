"""Lightning Fabric, set up and launched: device, precision and, for several devices, data-parallel processes."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import torch
from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException

from convlens.errors import ConvlensError, SettingsError
from convlens.models.memory import keep_memory
from convlens.models.precision import Precision

# What it would tell is in config.toml; set at import, because spawned processes import this before they do anything.
logging.getLogger("lightning_fabric").setLevel(logging.WARNING)

Engine = Fabric
T = TypeVar("T")
J = TypeVar("J")


def launch(
    work: Callable[[Engine, J], T], job: J, *, device: str = "auto", devices: int = 1, precision: Precision = "fp32"
) -> T:
    """Run `work(engine, job)` on the wanted devices and give the first one's answer, or raise its `ConvlensError`.

    Args:
        work: a plain module-level function; with several devices it runs in one spawned process for each, and its
            answer must be short: it waits in a pipe until all processes have ended.
        job: anything that can be pickled, when there are several devices.
        device: "auto", "cpu", "cuda" or "mps".
        devices: how many processes share each batch (DistributedDataParallel).

    Raises:
        SettingsError: the device is not to be had here.
    """
    engine = make_engine(device, devices, precision)
    if devices == 1:
        keep_memory()
        engine.launch()
        return work(engine, job)
    with _waiting():
        answer: T | ConvlensError = engine.launch(_answer, work, job)  # type: ignore[arg-type]
    if isinstance(answer, ConvlensError):
        raise answer
    return answer


def make_engine(device: str, devices: int, precision: Precision) -> Engine:
    """Make a Fabric that is not yet launched.

    Raises:
        SettingsError: the device is not to be had here.
    """
    if devices < 1:
        raise SettingsError(f"--devices must be at least 1, got {devices}")
    if device not in {"auto", "cpu", "cuda", "mps"}:
        raise SettingsError(f"--device must be auto, cpu, cuda or mps; got {device!r}")
    options: dict[str, Any] = {"accelerator": device, "devices": devices}
    if devices > 1:
        options["strategy"] = "ddp_spawn"
    try:
        return Fabric(**options, precision="bf16-mixed" if precision == "bf16" else "32-true")
    except (RuntimeError, ValueError, MisconfigurationException) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(
            f"--device {device} --devices {devices} cannot be had here: {reason}; try --device cpu --devices 1"
        ) from error


def device_kind(device: str, devices: int = 1) -> str:
    """Say what "auto" comes to here: "cpu", "cuda" or "mps"."""
    return str(make_engine(device, devices, "fp32").device.type)


@contextmanager
def _waiting() -> Iterator[None]:
    """Leave stopping to the spawned processes, which stop at the same batch, and wait for them.

    Ctrl-C reaches all processes of the group by itself; SIGTERM is passed on.
    """

    def pass_on(number: int, _: FrameType | None) -> None:
        for child in multiprocessing.active_children():
            if child.pid is not None:
                os.kill(child.pid, number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN), signal.signal(signal.SIGTERM, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier[0])
        signal.signal(signal.SIGTERM, earlier[1])


def _answer(engine: Engine, work: Callable[[Engine, J], T], job: J) -> T | ConvlensError:
    """Do one process's work; a sentence for the user comes back as a value, since an exception would be a traceback."""
    keep_memory()
    answer: T | ConvlensError
    try:
        answer = work(engine, job)
    except ConvlensError as error:
        answer = error.with_traceback(None)  # whose frames would keep the network alive
    # A process that ends with its group still open is aborted now and then (pytorch/pytorch issue 190489).
    torch.distributed.destroy_process_group()
    return answer
