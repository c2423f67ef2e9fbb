"""Which rungs a run gets, and how each one's network and training are spelled."""

from dataclasses import replace

import numpy as np
import pytest

from convlens.augment.expressions import parse
from convlens.augment.geometry import translate
from convlens.errors import SettingsError
from convlens.rng import keys_of
from convlens.train.settings import Settings
from convlens.workflows.remedies import remedies
from convlens.workflows.settings import RunSettings

CNN = RunSettings("fashion-mnist", model="cnn", training=Settings(epochs=7))
OWN = replace(CNN, model="mine:net")
OPTED = "mine:net[anti_alias=blur3]"


def ladder(settings, **asked):
    return {one.name: one for one in remedies(settings, **({"shift": 5, "border": "zeros"} | asked))}


def test_the_rungs_of_cnn_by_hand():
    found = ladder(CNN)
    assert [*found] == ["as-it-is", "shifts", "worst", "steady", "pooled", "blur", "aps", "vote"]
    assert found["as-it-is"].settings == CNN
    assert [found[name].settings.model for name in found] == [
        "cnn",
        "cnn",
        "cnn",
        "steady",
        "cnn[head=pooled]",
        "cnn[head=pooled,pool=blur3]",
        "cnn[head=pooled,pool=aps]",
        "cnn[head=pooled,pool=aps]",
    ]
    assert [found[name].settings.training.worst_of for name in found] == [1, 1, 10, 10, 10, 10, 10, 10]
    assert {one.settings.training.epochs for one in found.values()} == {7}
    assert not any(one.skipped for one in found.values())
    assert [name for name in found if found[name].is_trained] == ["shifts", "worst", "steady", "pooled", "blur", "aps"]
    assert [one.on for one in found.values()] == ["", "as-it-is", "shifts", "worst", "worst", "pooled", "blur", ""]


@pytest.mark.parametrize("border", ["zeros", "wrap", "edge", "reflect", "symmetric"])
def test_it_trains_with_the_moves_that_the_audit_makes(border):
    augment = parse(ladder(CNN, shift=3, border=border, fill=9 if border == "zeros" else 0)["shifts"].settings.augment)
    images = np.random.default_rng(0).integers(0, 256, (300, 8, 8, 1), np.uint8)
    moved = augment(images=images, keys=keys_of(0, "augment", 1, np.arange(300)))
    fill, seen = 9 if border == "zeros" else 0, np.zeros((300, 7, 7), bool)
    for dx in range(-3, 4):
        for dy in range(-3, 4):
            there = translate(images, np.full(300, dx), np.full(300, dy), border=border, fill=fill)
            seen[:, dx, dy] = (there == moved).all(axis=(1, 2, 3))
    assert seen.any(axis=(1, 2)).all(), "each picture was moved by one of the 49 moves"
    assert seen.any(axis=0).mean() > 0.9, "and nearly all of them come"


def test_the_runs_own_augmentation_stays_in_front():
    found = ladder(replace(CNN, augment="Fliplr(0.5)"))["shifts"].settings.augment
    assert found.startswith("Sequential([Fliplr(p=0.5), Affine(translate_px=")
    assert parse(found)


def test_what_a_run_has_already_is_not_done_again():
    shifts = ladder(CNN)["shifts"].settings
    found = ladder(replace(shifts, model="cnn[head=pooled]", training=replace(shifts.training, worst_of=20)))
    assert {name for name, one in found.items() if one.skipped == "the network is trained so already"} == {
        "shifts",
        "worst",
        "pooled",
    }
    assert [found[name].on for name in ("steady", "blur", "aps")] == ["as-it-is", "as-it-is", "blur"]
    assert found["blur"].settings.training.worst_of == 20
    assert found["blur"].settings.model == "cnn[head=pooled,pool=blur3]"


def test_round_the_torus_the_convolutions_go_round_too():
    assert ladder(CNN, border="wrap")["aps"].settings.model == "cnn[head=pooled,padding=circular,pool=aps]"


def test_a_network_of_ones_own_keeps_its_head_and_samples_through_anti_alias():
    found = ladder(OWN)
    assert found["pooled"].skipped == "how 'mine:net' ends is up to whoever wrote it: it has no option head=pooled"
    assert found["steady"].skipped == "a network of your own stays what it is"
    assert found["blur"].settings.model == "mine:net[anti_alias=blur3]"
    assert found["aps"].settings.model == "mine:net[anti_alias=aps]"
    assert not found["blur"].skipped


def test_a_rung_that_changes_nothing_about_a_network_of_ones_own_is_skipped_and_the_others_stand_on_what_was_there():
    found = ladder(OWN, stays={"blur": "it has no strided layer"})
    assert found["blur"].skipped == "it has no strided layer"
    assert found["blur"].settings.model == "mine:net"
    assert (found["aps"].on, found["aps"].settings.model, found["aps"].skipped) == (
        "worst",
        "mine:net[anti_alias=aps]",
        "",
    )


def test_a_network_of_ones_own_with_an_option_keeps_it_until_a_rung_says_otherwise():
    found = ladder(replace(OWN, model=OPTED))
    assert [found[name].settings.model for name in ("as-it-is", "shifts", "worst")] == 3 * [
        "mine:net[anti_alias=blur3]"
    ]
    assert found["blur"].skipped == "the network is trained so already"
    assert found["aps"].settings.model == "mine:net[anti_alias=aps]"


def test_a_network_without_options_is_shifted_and_nothing_else():
    found = ladder(replace(CNN, model="mlp"))
    assert {name for name, one in found.items() if one.skipped} == {"pooled", "blur", "aps"}
    assert found["blur"].skipped == "the network 'mlp' has no option for how it samples"
    assert found["vote"].settings.model == "mlp"


def test_the_network_steady_is_for_small_pictures_and_once_is_enough():
    assert ladder(replace(CNN, model="steady[pool=blur3]"))["steady"].skipped == "the network is trained so already"
    assert ladder(replace(CNN, model="deep"))["steady"].skipped == "'steady' is made for small pictures, unlike 'deep'"


def test_a_border_that_there_is_not_is_refused():
    with pytest.raises(SettingsError, match="no border rule is named 'canvas'"):
        ladder(CNN, border="canvas")
