"""What an audit must show for a command to succeed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from convlens.audit.requirements import (
    CHANGE_NUMBERS,
    SHIFT_NUMBERS,
    SPATIAL_NUMBERS,
    Requirement,
    require,
    require_possible,
    requirement,
)
from convlens.workflows.audit_files import SPATIAL


def bounds(texts: Iterable[str], changes: Sequence[str] = ()) -> tuple[Requirement, ...]:
    """Read bounds like `right_everywhere>=0.7`, before an audit takes its time.

    Args:
        changes: the changes that are audited; shifts when there are none.

    Raises:
        SettingsError: one is not written so, names no number of such an audit, or bounds a share by what is none.
    """
    wanted = tuple(map(requirement, texts))
    names = SPATIAL_NUMBERS if SPATIAL in changes else CHANGE_NUMBERS if changes else SHIFT_NUMBERS
    require_possible(wanted, names)
    return wanted


def hold(results: Sequence[Mapping[str, Any]], wanted: Sequence[Requirement]) -> None:
    """Let audits pass whose numbers keep every bound with their whole interval.

    Raises:
        ConvlensError: one does not; the sentence says which, and by how much.
        SettingsError: an audit has no number of that name.
    """
    for result in results:
        require(result, wanted)
