"""All checks: importing this module fills the table. And the doctor's round, which runs them."""

import importlib
from collections.abc import Iterable

from convlens.explain.doctor.finding import Diagnosis, Finding, NotChecked
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import CHECKS

__all__ = ["CHECKS", "KINDS", "examine"]

KINDS = (
    "unseen-pixels",
    "dropped-rows",
    "dead-filters",
    "duplicate-filters",
    "large-fields",
    "small-fields",
    "probabilities-twice",
    "head-and-loss",
    "normalisation",
    "batch-norm",
)
"""What is looked for, in this order; each kind has a file of that name."""

for _kind in KINDS:
    importlib.import_module(f"convlens.explain.doctor.{_kind.replace('-', '_')}")


def examine(patient: Patient, kinds: Iterable[str] = KINDS) -> Diagnosis:
    """Look for all kinds of findings, or for some.

    Raises:
        UnknownNameError: there is no check of that name.
    """
    findings: list[Finding] = []
    checked: list[str] = []
    not_checked: dict[str, str] = {}
    for kind in kinds:
        told = CHECKS[kind](patient)
        if isinstance(told, NotChecked):
            not_checked[kind] = told.why
        else:
            checked.append(kind)
            findings += told
    return Diagnosis(tuple(findings), tuple(checked), not_checked)
