"""The words around the figures of an audit."""

from convlens.report.findings.moves import MAPPED
from convlens.workflows.figure_words import NOTES, of_change, of_ladder, of_picture, of_shifts


def change(amounts: tuple[float, ...], **known: object) -> dict[str, object]:
    cells = [{"amount": amount, "unchanged": 0.9, "unchanged_low": 0.8, "unchanged_high": 1.0} for amount in amounts]
    return {
        "subject": "net", "change": "jpeg", "protocol": {"unit": "%", "count": 1200, "data": "shapes", "split": "test"},
        "cells": cells, "median_amount_to_flip": None, "intervals": {"median_amount_to_flip": [None, None]}, **known,
    }  # fmt: skip


def test_every_figure_of_an_audit_has_a_title_of_its_own() -> None:
    names = [*NOTES, *(f"map-{column.replace('_', '-')}" for column in MAPPED)]
    words = [of_shifts(name, {"subject": "net"}) for name in names]
    assert len({one.title for one in words}) == len(names)
    assert all(one.made == "net" and one.notes for one in words)
    assert [bool(one.scale) for one in words] == [name.startswith("map-") for name in names]


def test_a_curve_of_unlabelled_pictures_is_not_called_right() -> None:
    words = of_change(change((0.0, 10.0)))
    assert words.title == "Same answers against JPEG compression"
    assert words.made == "net; 1,200 pictures of shapes, test split"
    assert "two sides" not in words.notes
    assert "two sides" in of_change(change((-10.0, 0.0, 10.0))).notes


def test_a_picture_without_a_known_class_is_not_said_to_have_one() -> None:
    for kind in ("probabilities", "winners"):
        assert "the true class, Shirt" in of_picture(kind, "net", "Shirt").notes
        unknown = of_picture(kind, "net", None).notes
        assert "true" not in unknown
        assert "the answer to the unmoved picture" in unknown


def test_a_ladder_names_the_radius_where_it_is_known() -> None:
    assert of_ladder({"protocol": {"radius": 5}}).made == "moved by up to 5 px each way"
