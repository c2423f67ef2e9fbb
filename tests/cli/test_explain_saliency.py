"""`convlens explain … --saliency` and `--field`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = Callable[..., Any]


def test_saliency_prints_checks_files_and_the_page(convlens: Call, here: Path) -> None:
    said = convlens("explain runs/latest 0 --saliency gradient,occlusion")
    assert said.code == 0, said.err
    assert "random orders" in said.out
    assert "passed both" in said.out or "do not trust: " in said.out
    assert (here / "runs/xo-mlp/explain/saliency/01-occlusion.svg").is_file()
    assert "report.html" in said.out


def test_saliency_as_json_holds_map_label_and_target(convlens: Call, here: Path) -> None:
    (weights,) = here.glob("runs/xo-mlp/checkpoints/best.safetensors")
    said = convlens(f"explain {weights} pictures/o/00.png --saliency gradient --target x --to out --json")
    assert said.code == 0, said.err
    (one,) = json.loads(said.out)["pictures"]
    assert one["class"] == "x"
    assert {"method", "target", "signed", "label", "trusted", "values", "deletion", "randomisation"} <= set(
        one["maps"][0]
    )


def test_mistakes_are_one_sentence(convlens: Call, here: Path) -> None:
    for options, told in (
        ("0 --saliency grad-cam", "Grad-CAM wants a layer whose output has rows and columns"),
        ("0 --saliency all --target q", "no class 'q'"),
        ("0 --saliency foo", "choose one of all, gradient, gradient-times-input, grad-cam, occlusion"),
        ("0 --field", "--field alone is about many test pictures, and '0' names one"),
        ("--field", "an effective receptive field wants a layer"),
    ):
        said = convlens(f"explain runs/latest {options}")
        assert said.code == 2
        assert told in said.err
        assert "Traceback" not in said.err


def test_the_field_of_a_layer_is_told_in_a_sentence(convlens: Call, here: Path) -> None:
    said = convlens("explain toy --data xo --field --layer conv1 --to out")
    assert said.code == 0, said.err
    assert "it can see 3×3" in said.out
    assert (here / "out/effective-field-conv1.svg").is_file()
