"""What the doctor says: findings, and what was not looked for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Recheck:
    """The check run again, on a copy that was mended.

    Attributes:
        count: what it still finds there; None where it could not be run here.
        said: what was mended and what came of it, or how to run the check again.
    """

    count: int | None
    said: str


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a network, or looks as if it were.

    Attributes:
        kind: the name of the check.
        count: how much of it; the evidence says of what.
        layer: where, by the names of the layer table; "input" is the picture, and several are joined by ", ".
        evidence: what was seen, in numbers.
        remedy: what to do.
        recheck: whether that helps.
    """

    kind: str
    count: int
    layer: str
    evidence: str
    remedy: str
    recheck: Recheck

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class NotChecked:
    """Why a check could not say anything."""

    why: str


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """All that the doctor says about a network.

    Attributes:
        checked: the kinds of findings that were looked for.
        not_checked: those that could not be, and why.
    """

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    not_checked: Mapping[str, str]

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "healthy": self.healthy,
            "findings": [one.to_json() for one in self.findings],
            "checked": list(self.checked),
            "not_checked": dict(self.not_checked),
        }
