"""The table of checks, filled by their decorator; `catalogue` holds it full."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from convlens.explain.doctor.finding import Finding, NotChecked
from convlens.explain.doctor.patient import Patient
from convlens.registry import Registry

Check: TypeAlias = Callable[[Patient], Sequence[Finding] | NotChecked]

CHECKS: Registry[Check] = Registry("check", "convlens doctor --help")


def finding(kind: str) -> Callable[[Check], Check]:
    """Register a check under the kind of finding that it makes."""
    return CHECKS.add(kind)
