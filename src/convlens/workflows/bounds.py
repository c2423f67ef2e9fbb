"""What an audit must show for a command to succeed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from convlens.audit.requirements import Requirement, require, requirement


def bounds(texts: Iterable[str]) -> tuple[Requirement, ...]:
    """Read bounds like `right_everywhere>=0.7`, before an audit takes its time.

    Raises:
        SettingsError: one is not written so.
    """
    return tuple(map(requirement, texts))


def hold(results: Sequence[Mapping[str, Any]], wanted: Sequence[Requirement]) -> None:
    """Let audits pass whose numbers keep every bound with their whole interval.

    Raises:
        ConvlensError: one does not; the sentence says which, and by how much.
        SettingsError: an audit has no number of that name.
    """
    for result in results:
        require(result, wanted)
