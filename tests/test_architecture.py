"""The walls of the house: which folder may import which, and which may import what from outside.

`docs/architecture.md` explains both tables.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FLOORS = (
    ("errors", "arrays", "rng", "registry", "tables", "files"),
    ("data", "augment", "blocks", "models", "curve"),
    ("train", "audit", "explain"),
    ("runs", "report"),
    ("workflows",),
    ("studio", "tour"),
    ("cli",),
    ("__init__", "__main__"),
)
"""What stands on a floor imports only from the floors below it; neighbours on one floor do not know each other."""

GROUND = ("errors", "arrays")
"""The two files of floor 0 that its other files may import."""

THIRD_PARTY = {
    "numpy": ("",),
    "jaxtyping": ("",),
    "torch": ("models", "train", "explain", "augment/twins"),
    "lightning_fabric": ("train",),
    "safetensors": ("models",),
    "timm": ("models",),
    "onnx": ("models",),
    "onnxruntime": ("models",),
    "cv2": ("data", "augment"),
    "PIL": ("data", "augment", "report"),
    "scipy": ("audit", "curve", "augment"),
    "pooch": ("data",),
    "tqdm": ("data",),
    "platformdirs": ("data",),
    "tomli_w": ("files.py",),
    "webdataset": ("train/shards.py",),
    "matplotlib": ("report/figures",),
    "jinja2": ("report", "studio", "tour"),
    "typer": ("cli",),
    "rich": ("cli",),
    "starlette": ("studio",),
    "uvicorn": ("studio",),
    "dask": ("workflows/cluster.py",),
}
"""Where each foreign package may be imported: folders and files inside `convlens`; "" is everywhere."""

LAZY = "lazy_loader"
"""The one package that every `__init__` may import besides."""

FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}


def broken_walls(package: Path) -> list[str]:
    """Name every import below `package` that goes up, sideways, or outside without leave."""
    return [
        f"{source.relative_to(package).as_posix()}:{line} imports {target}: {reason}"
        for source in sorted([*package.rglob("*.py"), *package.rglob("*.pyi")])
        for line, target in imports_of(source, package)
        if (reason := objection(source.relative_to(package), target, package.name))
    ]


def imports_of(source: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Give (line, dotted name) of all that a file imports, at its top, in a function or under a condition."""
    folder = (package.name, *source.relative_to(package).parent.parts)
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = list(folder[: len(folder) - node.level + 1]) if node.level else []
            stem += node.module.split(".") if node.module else []
            # `from convlens import tables` is an import of convlens.tables
            bare = stem == [package.name]
            yield from ((node.lineno, ".".join([*stem, *([alias.name] if bare else [])])) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"}:
                yield node.lineno, str(node.args[0].value)


def objection(source: Path, target: str, package: str) -> str:
    """Say why the file `source`, relative to the package, may not import `target`; "" where it may."""
    own = source.parts[0].partition(".")[0]
    if own not in FLOOR_OF:
        return f"{own!r} stands on no floor"
    outside, _, inside = target.partition(".")
    if outside == package:
        return objection_inside(own, inside.partition(".")[0] or "__init__")
    if outside in sys.stdlib_module_names or (outside == LAZY and source.stem == "__init__"):
        return ""
    if outside not in THIRD_PARTY:
        return f"{outside!r} is on no list"
    allowed = THIRD_PARTY[outside]
    spelled = source.as_posix()
    if any(place in ("", spelled) or spelled.startswith(f"{place}/") for place in allowed):
        return ""
    return f"only {', '.join(allowed)} may"


def objection_inside(own: str, other: str) -> str:
    """Say why the part called `own` may not import the part called `other`."""
    other = other if other in FLOOR_OF else "__init__"
    mine, theirs = FLOOR_OF[own], FLOOR_OF[other]
    if own == other or theirs < mine or (mine == theirs == 0 and other in GROUND and own not in GROUND):
        return ""
    return f"{other!r} is on floor {theirs}, {own!r} on floor {mine}"


def test_no_wall_is_broken(repo_root):
    assert broken_walls(repo_root / "src" / "convlens") == []


def test_every_place_in_the_table_of_packages_stands_on_a_floor():
    places = {place.split("/")[0] for allowed in THIRD_PARTY.values() for place in allowed if place}
    assert {place.partition(".")[0] for place in places} <= set(FLOOR_OF)


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("data/idx.py", "from house.models import cnn", "imports house.models: 'models' is on floor 1, 'data' on"),
        ("data/idx.py", "from ..train.loop import fit", "imports house.train.loop: 'train' is on floor 2"),
        ("data/idx.py", "from .. import cli", "imports house.cli: 'cli' is on floor 6"),
        (
            "data/idx.py",
            "import house.workflows.train as t",
            "imports house.workflows.train: 'workflows' is on floor 4",
        ),
        ("data/idx.py", "from house import version", "imports house.version: '__init__' is on floor 7"),
        ("data/idx.py", "def late():\n    import torch", "data/idx.py:2 imports torch: only models, train, explain"),
        ("audit/a.py", "import importlib\nimportlib.import_module('torch.nn')", "a.py:2 imports torch.nn: only models"),
        (
            "audit/a.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch",
            "a.py:3 imports torch:",
        ),
        ("audit/__init__.pyi", "from house.train import Epoch as Epoch", "audit/__init__.pyi:1 imports house.train:"),
        ("augment/affine.py", "import torch", "only models, train, explain, augment/twins may"),
        ("report/page.py", "import matplotlib.figure", "imports matplotlib.figure: only report/figures may"),
        ("report/page.py", "import torchvision", "imports torchvision: 'torchvision' is on no list"),
        ("report/page.py", "import lazy_loader", "imports lazy_loader: 'lazy_loader' is on no list"),
        ("tables.py", "from house.files import write_text", "imports house.files: 'files' is on floor 0, 'tables' on"),
        ("errors.py", "from house.arrays import Images", "imports house.arrays: 'arrays' is on floor 0, 'errors' on"),
        ("helpers/a.py", "import os", "imports os: 'helpers' stands on no floor"),
    ],
)
def test_a_broken_wall_is_named(tmp_path, file, line, told):
    place = tmp_path / "house" / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(line)
    named = broken_walls(tmp_path / "house")
    assert len(named) == 1
    assert told in named[0]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("cli/train.py", "import typer, rich.table\nfrom house.workflows.train import train\nfrom . import show"),
        ("cli/train.py", "from ..errors import ConvlensError\nfrom .show import table"),
        (
            "audit/sweep.py",
            "import scipy.stats\nfrom house.arrays import Images\nfrom house.data.dataset import Dataset",
        ),
        ("augment/twins/affine.py", "import torch"),
        ("data/__init__.py", "import lazy_loader"),
        ("files.py", "import tomli_w\nfrom house.errors import ConvlensError"),
        ("report/figures/shifts.py", "from matplotlib.figure import Figure"),
        ("__main__.py", "from house.cli import main"),
    ],
)
def test_what_the_tables_allow_is_not_named(tmp_path, file, line):
    place = tmp_path / "house" / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(line)
    assert broken_walls(tmp_path / "house") == []


def modules_loaded_by(program: str) -> set[str]:
    """Run a program in a Python of its own; give the names of the packages it has loaded at its end."""
    ending = "\nimport sys\nprint('loaded:', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program + ending], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].removeprefix("loaded: ").split())


EVERY_MODULE_OF = """
import importlib, pkgutil
for name in {names}:
    package = importlib.import_module("convlens." + name)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".twins" not in module.name:
            importlib.import_module(module.name)
"""

HELP = """
import sys
from convlens.cli import main
sys.argv = ["convlens", *{arguments}, "--help"]
try:
    main()
except SystemExit as leave:
    assert not leave.code, leave.code
"""

LIST = """
import sys
from convlens.cli import main
sys.argv = ["convlens", "augment", "--list"]
try:
    main()
except SystemExit as leave:
    assert not leave.code, leave.code
"""

WITHOUT_TORCH = {
    "import convlens": "import convlens",
    "import convlens.audit": "import convlens.audit",
    "the names of convlens.audit": "import convlens.audit as a\nfor name in a.__all__:\n    getattr(a, name)",
    "every module of data, augment, blocks, audit and report": EVERY_MODULE_OF.format(
        names=["data", "augment", "blocks", "audit", "report"]
    ),
    "import convlens.models": "import convlens.models",
    "import convlens.explain": "import convlens.explain",
    "convlens augment --list": LIST,
    **{
        f"convlens {command} --help": HELP.format(arguments=[command] if command else [])
        for command in (
            "",
            "data",
            "augment",
            "models",
            "train",
            "evaluate",
            "predict",
            "audit",
            "compare",
            "doctor",
            "explain",
            "report",
            "summary",
            "runs",
        )
    },
}


@pytest.mark.parametrize("program", WITHOUT_TORCH.values(), ids=WITHOUT_TORCH)
def test_it_starts_without_torch(program):
    assert "torch" not in modules_loaded_by(program)


@pytest.mark.parametrize("command", ["train", "augment"])
def test_help_loads_none_of_the_heavy_packages(command):
    heavy = {"torch", "lightning_fabric", "scipy", "matplotlib", "cv2", "pooch", "jinja2", "PIL"}
    assert modules_loaded_by(HELP.format(arguments=[command])) & heavy == set()


def test_a_package_loaded_in_secret_would_be_seen():
    assert "torch" in modules_loaded_by("import sys, types\nsys.modules['torch.nn'] = types.ModuleType('torch.nn')")
