"""The page shows each map with its checks, and says which maps are missing and why."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convlens.explain.saliency.pictures import PictureMaps
from convlens.explain.saliency.results import Checked, Deletion, Randomisation, SaliencyMap
from convlens.report.content import Report
from convlens.report.saliency import checks_table, maps_groups
from convlens.report.story import inside


def one_picture(answer: str = "Shirt") -> PictureMaps:
    steps = np.array([0.0, 1.0])
    deleted = Deletion(steps, np.full(2, 0.6), np.array([[0.5, 0.5], [0.7, 0.7]]))
    map_ = SaliencyMap("gradient", np.arange(784.0).reshape(28, 28) - 300, True, 0, by_size=True)
    found = Checked(map_, deleted, Randomisation(("all",), np.array([[0.1]]), np.array([[0.3]])))
    picture = np.zeros((28, 28, 1), np.uint8)
    return PictureMaps(picture, "picture 4", "Shirt", answer, 0.75, (found,), (("grad-cam", "there is no map"),))


def test_a_group_tells_the_answer_the_checks_once_and_what_is_left_out() -> None:
    first, second = maps_groups([one_picture(), one_picture("Coat")], key="s")
    assert first.said[0] == "The network answers Shirt, with 75.0\u202f%."
    assert second.said[0] == "The network answers Coat; Shirt, which is explained, has 75.0\u202f%."
    assert first.said[1].startswith("No map stands without its checks.")
    assert first.said[2] == "Grad-CAM is left out: there is no map."
    assert len(second.said) == 2
    assert first.figures[0].caption.startswith("Do not trust: ")


def test_the_table_holds_both_checks_and_the_verdict() -> None:
    assert checks_table(one_picture()).rows == (
        ("Gradient", "0.600", "0.600 (0.500–0.700)", "0.30 (0.30 to 0.30)", "do not trust"),
    )


def test_the_maps_stand_on_the_page_under_ids_of_their_own(report: Callable[..., Report]) -> None:
    content = report("cnn")
    model = replace(content.models[0], saliency=(one_picture(), one_picture("Coat")))
    section = inside(replace(content, models=(model,)))
    assert section is not None
    assert [one.title for one in section.groups] == ["Which pixels speak for Shirt: picture 4"] * 2
    ids = [
        found for group in section.groups for one in group.figures for found in re.findall(r' id="([^"]+)"', one.svg)
    ]
    assert ids
    assert len(ids) == len(set(ids))
    assert inside(content) is None
