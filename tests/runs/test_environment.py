"""What a run says about where it was made: versions and the processor, and nobody's name."""

import getpass
import json
import platform
import socket
import sys
from importlib.metadata import version

from convlens.runs.environment import PACKAGES, environment


def test_versions_are_those_installed():
    found = environment(["avx2"], 2, {"manifest_hash": "ab"})
    assert found["packages"]["numpy"] == version("numpy")
    assert set(found["packages"]) == set(PACKAGES)
    assert found["python"] == platform.python_version()
    assert (found["threads"], found["cpu_flags"], found["data"]) == (2, ["avx2"], {"manifest_hash": "ab"})


def test_it_fits_into_json():
    found = environment(("avx2", "fma"), 2, {})
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_it_names_neither_host_nor_user():
    text = json.dumps(environment([], 1, {}))
    assert f'"{socket.gethostname()}"' not in text
    assert f'"{getpass.getuser()}"' not in text


def test_a_package_that_is_not_installed_is_unknown(monkeypatch):
    monkeypatch.setattr(sys.modules[environment.__module__], "PACKAGES", ("numpy", "no-such-package-here"))
    assert environment([], 1, {})["packages"] == {"numpy": version("numpy"), "no-such-package-here": "unknown"}
