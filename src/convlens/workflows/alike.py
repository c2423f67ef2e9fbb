"""Which audits of several networks belong together: made on the same pictures, in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.audit.poses import Limits
from convlens.audit.severities import SeverityProtocol
from convlens.audit.spatial import SpatialProtocol
from convlens.audit.sweep import Protocol
from convlens.workflows.audit_files import SPATIAL

AnyProtocol = Protocol | SeverityProtocol | SpatialProtocol


@dataclass(frozen=True, eq=False)
class Kept:
    """An audit as it lies on disk.

    Attributes:
        path: its JSON file.
        content: what that says.
        protocol: how it was made.
        written: when, in seconds; the larger, the newer.
    """

    path: Path
    content: dict[str, Any]
    protocol: AnyProtocol
    written: float

    @property
    def answers(self) -> Path:
        """The file of its answers, which audits of shifts keep for comparisons."""
        return self.path.with_suffix(".npz")


def kept(path: Path, content: dict[str, Any]) -> Kept:
    """Give an audit of shifts, of another change, or the spatial attack, with its protocol read back."""
    return Kept(path, content, protocol_of(content), path.stat().st_mtime)


def protocol_of(content: dict[str, Any]) -> AnyProtocol:
    """Read back how an audit was made."""
    told = content["protocol"]
    if "change" not in content:
        return Protocol(**told)
    if content["change"] == SPATIAL:
        return SpatialProtocol(**{**told, "limits": Limits(**told["limits"])})
    return SeverityProtocol(**{**told, "amounts": tuple(told["amounts"])})


def newest_alike(audits: Sequence[Sequence[Kept]]) -> tuple[Kept, ...] | None:
    """Choose one audit of each network, all with equal protocols; of several choices the one that was completed last.

    Args:
        audits: of each network.

    Returns:
        One for each; None where no protocol is common to all.
    """
    if not audits or not all(audits):
        return None
    choices = []
    for first in audits[0]:
        equal = [[one for one in own if one.protocol == first.protocol] for own in audits[1:]]
        if all(equal):
            choices.append((first, *(max(own, key=lambda one: one.written) for own in equal)))
    return max(choices, key=lambda choice: max(one.written for one in choice), default=None)
