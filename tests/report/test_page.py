"""The page stands alone, says what the data say, and says nothing about what is not there."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from convlens.report.content import ModelReport, Report
from convlens.report.page import page
from convlens.tables import Table

MakeReport = Callable[..., Report]
TROUBLE = 'x</script><b>&$x$ \\ "'


class Seen(HTMLParser):
    """All start tags with their attributes, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text.append((self._open[-1] if self._open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def words(self, *tags: str) -> str:
        return " ".join(data for tag, data in self.text if not tags or tag in tags)

    def island(self) -> dict[str, object]:
        start = next(n for n, (tag, a) in enumerate(self.tags) if a.get("id") == "convlens-data")
        assert self.tags[start][0] == "script"
        return json.loads(next(data for tag, data in self.text if tag == "script"))


@pytest.fixture(scope="module")
def three(report: MakeReport) -> str:
    return page(report("mlp", "cnn", "cnn + shifts"))


@pytest.fixture(scope="module")
def one(report: MakeReport) -> Seen:
    return Seen(page(report("cnn")))


@pytest.fixture(scope="module")
def full(report: MakeReport) -> str:
    """A page as large as those of the demo: three models, ten classes, 121 shifts."""
    return page(report("mlp", "cnn", "cnn + shifts", classes=tuple("abcdefghij"), reach=5))


def test_the_page_asks_for_nothing_from_outside(three: str) -> None:
    addresses = set(re.findall(r"https?:[^\s\"'<]*", three))
    assert addresses == {"http://www.w3.org/2000/svg"}
    seen = Seen(three)
    for _, attributes in seen.tags:
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:", "#"))
        assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)", attributes.get("style") or ""))
    style = seen.words("style")
    assert "url(" not in style
    assert "@import" not in style


def test_the_browser_is_told_to_forbid_foreign_requests(three: str) -> None:
    policy = [meta["content"] for meta in Seen(three).all("meta") if meta.get("http-equiv")]
    assert len(policy) == 1
    assert "default-src 'none'; img-src data:;" in str(policy[0])


def test_the_page_keeps_its_size(report: MakeReport, full: str) -> None:
    assert len(full.encode()) <= 900_000
    assert len(page(report("cnn", classes=tuple("abcdefghij"), reach=5)).encode()) <= 300_000


def test_the_same_report_gives_the_same_bytes(report: MakeReport, three: str) -> None:
    assert page(report("mlp", "cnn", "cnn + shifts")) == three


def test_every_figure_has_a_label_and_a_caption(three: str) -> None:
    seen = Seen(three)
    assert len(seen.all("svg")) == 3 + 1 + 6 + 6
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in seen.all("svg"))
    assert all(img.get("alt") for img in seen.all("img"))
    assert len(seen.all("figcaption")) == len(seen.all("figure")) == len(seen.all("svg"))


def test_no_id_occurs_twice_even_with_equal_models(report: MakeReport) -> None:
    ids = [attributes["id"] for _, attributes in Seen(page(report("cnn", "cnn"))).tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_reference_within_the_page_finds_its_target(three: str) -> None:
    seen = Seen(three)
    ids = {attributes.get("id") for _, attributes in seen.tags}
    referred = {str(attributes.get("href"))[1:] for tag, attributes in seen.tags if tag in {"a", "use"}}
    referred |= set(re.findall(r"url\(#([^)]*)\)", three))
    referred |= {str(attributes["aria-labelledby"]) for _, attributes in seen.tags if "aria-labelledby" in attributes}
    assert referred <= ids


def test_what_a_user_named_is_text_and_nothing_else(report: MakeReport, one: Seen) -> None:
    classes = (TROUBLE, "$\\frac{1}{2}$", "a\nb\t<!--")
    troubled = replace(
        report(TROUBLE, classes=classes),
        title=TROUBLE,
        lead=(TROUBLE,),
        protocol=((TROUBLE, TROUBLE),),
        notes=(TROUBLE,),
    )
    seen, calm = Seen(page(troubled)), one
    assert [tag for tag, _ in seen.tags] == [tag for tag, _ in calm.tags]
    assert TROUBLE in seen.words("h1")
    assert "$\\frac{1}{2}$" in seen.words("text")
    assert seen.island()["class_names"] == list(classes)


def test_the_details_table_gives_every_cell_with_its_interval(report: MakeReport, one: Seen) -> None:
    words = one.words("td").split()
    cells = report("cnn").models[0].cells
    assert cells is not None
    for row in cells.rows():
        accuracy, low, high = (f"{100 * float(row[name] or 0):.1f}" for name in ("accuracy", "low", "high"))
        place = words.index(f"{low}–{high}")
        assert words[place - 1] == accuracy
        assert words[place - 3 : place - 1] == [str(row["dx"]).replace("-", "−"), str(row["dy"]).replace("-", "−")]


def test_every_measure_stands_beside_its_interval(one: Seen) -> None:
    cells, small = one.words("td"), one.words("small")
    for value, interval in (("91.0", "90.4–91.5"), ("52.1", "50.0–54.0"), ("10.1", "8.0–13.0")):
        assert f"{value}\u202f%" in cells
        assert interval in small


def test_a_measure_that_one_model_lacks_is_not_a_zero(report: MakeReport) -> None:
    content = report("audited", "not audited")
    bare = replace(content.models[1], measures={}, cells=None)
    seen = Seen(page(replace(content, models=(content.models[0], bare))))
    assert sum(attributes.get("aria-label") == "not measured" for attributes in seen.all("span")) == 2
    assert len([figure for figure in seen.all("figure") if figure.get("class") == "map"]) == 1


def test_the_island_holds_the_numbers_of_the_figures(report: MakeReport, one: Seen) -> None:
    models = one.island()["models"]
    assert isinstance(models, list)
    model, given = models[0], report("cnn").models[0]
    assert given.cells is not None
    assert given.confusion is not None
    assert model["cells"]["dx"] == list(given.cells["dx"])
    assert model["cells"]["accuracy"] == pytest.approx(list(given.cells["accuracy"]), rel=1e-5)
    assert model["confusion"] == given.confusion.tolist()
    assert model["measures"]["accuracy"] == [0.91, 0.904, 0.915]
    assert len(model["filmstrips"]) == 2


def test_parts_without_data_leave_no_trace(report: MakeReport) -> None:
    content = report("cnn")
    bare = replace(
        content, models=(ModelReport("only a name"),), lead=(), protocol=(), environment=(), notes=(), made=""
    )
    seen = Seen(page(bare))
    assert "only a name" in seen.words("h3")
    for tag in ("figure", "svg", "img", "table", "details", "output", "dl"):
        assert seen.all(tag) == []
    assert seen.words("h2") == "The model How this was measured"


@pytest.mark.parametrize(
    ("missing", "figures"),
    [
        ({"cells": None}, 4),
        ({"cells": Table({"dx": [], "dy": [], "accuracy": []})}, 4),
        ({"history": None}, 5),
        ({"confusion": None}, 5),
        ({"filmstrips": ()}, 4),
    ],
    ids=["no audit", "an empty audit", "no history", "no confusion", "no filmstrips"],
)
def test_a_missing_part_takes_its_figures_along(report: MakeReport, missing: dict[str, object], figures: int) -> None:
    content = report("cnn")
    seen = Seen(page(replace(content, models=(replace(content.models[0], **missing),))))
    assert len(seen.all("figure")) == figures


def test_models_that_saw_the_same_picture_share_its_filmstrip(three: str) -> None:
    seen = Seen(three)
    assert len(seen.all("img")) == 2 * 3
    answers = [row for row in seen.all("span") if row.get("aria-label") in {"right", "wrong"}]
    assert len(answers) == 2 * 3 * 3


def test_right_and_wrong_are_told_by_signs(report: MakeReport, one: Seen) -> None:
    strips = report("cnn").models[0].filmstrips
    right = sum(int((strip.probabilities.argmax(axis=1) == strip.true_label).sum()) for strip in strips)
    signs = one.words("span").split()
    assert signs.count("✓") == right
    assert signs.count("✗") == sum(len(strip.offsets) for strip in strips) - right


def test_an_audit_of_one_cell_is_a_page_without_lines(report: MakeReport) -> None:
    seen = Seen(page(report("cnn", reach=0)))
    assert [figure.get("class") for figure in seen.all("figure")].count("map") == 1
    assert "lines" not in [figure.get("class") for figure in seen.all("figure")]


@pytest.mark.parametrize("count", [2, 40])
def test_few_and_many_classes_give_a_page(report: MakeReport, count: int) -> None:
    seen = Seen(page(report("cnn", classes=tuple(f"class {number}" for number in range(count)), reach=1)))
    assert len(seen.all("figure")) == 6
