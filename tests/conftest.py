"""What all tests share: shapes checked at every call, one way to the real images, Hypothesis without a clock."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# before anything of ours is imported, so that every annotated shape and type is checked at every call of every test;
# the tower: a whole number is welcome where a float is asked for, as mypy has it
install_import_hook("convlens", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

# the same examples every time and no deadline: a test passes or fails for the code's sake, not for a busy machine's
settings.register_profile("convlens", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("convlens")

REPO_ROOT = Path(__file__).resolve().parent.parent

# Operators are declared for as long as the object lives that declared them.
DECLARED: list[Any] = []


def pytest_configure(config: pytest.Config) -> None:
    # beartype looks at one item of a long container, at a place it draws with `random`; a strategy that builds a
    # dataclass of ours draws with it, which Hypothesis takes for a draw of the strategy's own
    config.addinivalue_line(
        "filterwarnings",
        "ignore:Do not use the `random` module inside strategies:hypothesis.errors.HypothesisDeprecationWarning",
    )


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The folder that holds `pyproject.toml`."""
    return REPO_ROOT


@pytest.fixture(scope="session")
def declare_operators() -> Callable[[], None]:
    """A function that declares the operators which torchvision stumbles over where its compiled part fits no torch."""

    def declare() -> None:
        torch = importlib.import_module("torch")
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor a, Tensor b, float c) -> Tensor")
        DECLARED.append(library)

    return declare


@pytest.fixture(scope="session")
def timm(declare_operators: Callable[[], None]) -> Any:
    """The library timm; it skips the test where that cannot be imported.

    timm brings torchvision, whose compiled part fits only the torch that it was built for, and which cannot be imported
    beside another before the operators that it would bring are declared. No test of ours uses them.
    """
    try:
        return importlib.import_module("timm")
    except ImportError as error:
        pytest.skip(f"timm cannot be imported: {error}")
    except RuntimeError:
        declare_operators()
        return importlib.import_module("timm")


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A function from a data set's name to its folder beside the repository; it skips the test where there is none."""

    def folder_of(name: str) -> Path:
        folder = REPO_ROOT.parent / "shared" / "data" / name
        if not folder.exists():
            pytest.skip(f"the images of {name!r} are not beside the repository")
        return folder

    return folder_of
