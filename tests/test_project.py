"""The project around the code: pins, commands, and the names that each package promises."""

import ast
import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from convlens.arrays import softmax

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = sorted(stub.parent.name for stub in (ROOT / "src" / "convlens").glob("*/__init__.pyi"))


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_every_pin_is_a_plain_name_and_a_public_version():
    for name, version in pins().items():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", name)
        assert re.fullmatch(r"[0-9][0-9A-Za-z.]*", version), "no local version, no address"


def test_torch_is_pinned_to_the_version_that_make_installs_first():
    assert pins()["torch"] == "2.13.0"
    assert "TORCH := torch==2.13.0" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("wanted", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])
def test_every_dependency_is_pinned_to_a_version_that_the_project_accepts(wanted):
    requirement = Requirement(wanted)
    pinned = {canonicalize_name(name): version for name, version in pins().items()}
    assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


def test_torchvision_is_not_among_the_pins():
    assert "torchvision" not in pins()


def test_the_installed_version_is_the_one_in_the_project_file():
    assert importlib.metadata.version("convlens") == PROJECT["version"]


def test_make_alone_lists_its_targets(repo_root):
    done = subprocess.run(["make", "--no-print-directory"], cwd=repo_root, capture_output=True, text=True, check=True)
    listed = re.findall(r"^make (\w+)", done.stdout, re.MULTILINE)
    assert {"demo", "test", "lint", "data", "clean", "help"} <= set(listed)


def test_a_python_too_old_is_refused_with_a_sentence(repo_root, tmp_path):
    old = tmp_path / "python3"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9, 2); $2"\n')
    old.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((repo_root / name).read_bytes())
    done = subprocess.run(["make", "demo", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "convlens needs Python 3.11 or newer" in done.stderr
    assert "is 3.9; name a newer one: make PYTHON=" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_continuous_check_is_make_test(repo_root):
    script = repo_root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").splitlines()[-1] == "make test"


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_names_the_command(repo_root, command):
    assert command in (repo_root / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_has_every_name_it_promises_and_says_so_in_its_stub(repo_root, name):
    package = importlib.import_module(f"convlens.{name}")
    stub = ast.parse((repo_root / "src" / "convlens" / name / "__init__.pyi").read_text(encoding="utf-8"))
    promised = {
        alias.asname or alias.name
        for node in ast.walk(stub)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert promised <= set(dir(package))
    for one in promised:
        assert getattr(package, one) is not None


def test_no_file_postpones_its_annotations(repo_root):
    # shapes are checked at run time, so annotations must be there as objects
    postponed = "from __future__ import annotations"
    assert [path for path in (repo_root / "src").rglob("*.py") if postponed in path.read_text(encoding="utf-8")] == []


def test_shapes_are_checked_in_these_tests():
    with pytest.raises(Exception, match="Type-check error"):
        softmax(np.zeros(3, np.float32))
    with pytest.raises(Exception, match="Type-check error"):
        softmax(np.zeros((3, 2), np.float64))
