"""The page stands alone, says what the data say, and says nothing about what is not there."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from convlens.report.content import ModelReport, Proportion, Report
from convlens.report.page import page
from convlens.report.words import moved, percent
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


def rows_of(text: str, caption: str) -> list[list[str]]:
    """Give the rows of the table with that caption, as texts."""
    bodies = re.findall(rf"<caption>{re.escape(caption)}</caption>.*?<tbody>(.*?)</tbody>", text, re.DOTALL)
    assert bodies, f"no table is called {caption!r}"
    cells = r"<(?:th|td)[^>]*>(.*?)</(?:th|td)>"
    return [[html.unescape(one) for one in re.findall(cells, row)] for row in re.findall(r"<tr>(.*?)</tr>", bodies[0])]


@pytest.fixture(scope="module")
def three(report: MakeReport) -> str:
    return page(report("mlp", "cnn", "cnn + shifts"))


@pytest.fixture(scope="module")
def one(report: MakeReport) -> Seen:
    return Seen(page(report("cnn")))


@pytest.fixture(scope="module")
def story(whole: MakeReport) -> str:
    """A page about two networks with all that a page knows to show."""
    return page(whole("mlp", "cnn"))


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


def test_the_details_table_gives_every_cell_with_its_interval(report: MakeReport) -> None:
    cells = report("cnn").models[0].cells
    assert cells is not None
    listed = rows_of(page(report("cnn")), "cnn: accuracy and unchanged, in %")
    for row in cells.rows():
        accuracy, low, high, kept = (100 * float(row[name] or 0) for name in ("accuracy", "low", "high", "unchanged"))
        place = moved(int(row["dx"] or 0), int(row["dy"] or 0))
        assert [place, f"{accuracy:.1f}", f"{low:.1f}–{high:.1f}", f"{kept:.1f}"] in listed


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


HEADINGS = (
    "When the picture moves",
    "How far may it move?",
    "Which network holds better?",
    "Where it breaks",
    "One picture, moved",
    "Why it breaks",
    "What mends it",
    "When something else changes",
    "The models",
    "How this was measured",
)


def test_the_story_goes_from_what_breaks_to_what_mends_it(story: str) -> None:
    assert tuple(data for tag, data in Seen(story).text if tag == "h2") == HEADINGS


def test_an_older_audit_leaves_no_trace_of_what_it_lacks(report: MakeReport) -> None:
    seen = Seen(page(report("mlp", "cnn")))
    told = [data for tag, data in seen.text if tag == "h2"]
    assert told == ["When the picture moves", "One picture, moved", "The models", "How this was measured"]
    assert "Every measure" not in seen.words("summary")
    assert "bootstrap" not in seen.words("p")


@pytest.mark.parametrize(
    ("missing", "gone"),
    [
        ({"rings": None}, "How far may it move?"),
        ({"classes": None, "directions": None, "phases": None}, "Where it breaks"),
        ({"causes": None}, "Why it breaks"),
        ({"severities": (), "spatial": {}}, "When something else changes"),
    ],
    ids=["rings", "where", "causes", "changes"],
)
def test_each_part_that_is_missing_takes_its_section_along(
    whole: MakeReport, missing: dict[str, object], gone: str
) -> None:
    content = whole("cnn")
    seen = Seen(page(replace(content, models=(replace(content.models[0], **missing),))))
    told = [data for tag, data in seen.text if tag == "h2"]
    singular = [{"The models": "The model"}.get(one, one) for one in HEADINGS if one != "Which network holds better?"]
    assert told == [one for one in singular if one != gone]


def test_a_ring_without_labels_or_logits_draws_what_it_has(whole: MakeReport) -> None:
    content = whole("cnn")
    rings = content.models[0].rings
    assert rings is not None
    kept = Table({name: column for name, column in rings.columns.items() if name.startswith(("radius", "unflipped"))})
    seen = Seen(page(replace(content, models=(replace(content.models[0], rings=kept),))))
    told = seen.words("h4")
    assert "Unflipped within r pixels" in told
    assert "Right within r pixels" not in told
    assert "lead changes" not in told


def label_free(model: ModelReport) -> ModelReport:
    assert model.cells is not None
    columns = {"dx": model.cells["dx"], "dy": model.cells["dy"], "unchanged": model.cells["unchanged"]}
    ends = {"unchanged_low": model.cells["unchanged"], "unchanged_high": model.cells["unchanged"]}
    return ModelReport(
        "cnn", cells=Table({**columns, **ends}), measures={"unchanged_everywhere": Proportion(0.4, 0.3, 0.5)}
    )


def test_an_audit_without_labels_shows_the_unchanged_answers(whole: MakeReport) -> None:
    text = page(replace(whole("cnn"), models=(label_free(whole("cnn").models[0]),), ladder=None))
    seen = Seen(text)
    assert "the share of pictures whose answer is still the one of the unmoved picture" in seen.words("p")
    assert [figure["data-column"] for figure in seen.all("figure") if figure.get("class") == "map"] == ["unchanged"]
    assert "40.0\u202f%" in seen.words("td")
    assert "accuracy" not in seen.words("th", "figcaption")
    assert "right at every shift" not in seen.words("th")
    assert seen.all("svg")[0]["aria-label"].startswith("Share of unchanged answers at 9 shifts.")


def test_everything_on_the_page_stands_alone_too(story: str) -> None:
    assert set(re.findall(r"https?:[^\s\"'<]*", story)) == {"http://www.w3.org/2000/svg"}
    seen = Seen(story)
    assert not seen.all("link")[1:]
    assert not seen.all("iframe")
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_figure_of_the_story_has_a_label_a_caption_and_its_numbers(story: str) -> None:
    seen = Seen(story)
    figures = re.findall(r"<figure.*?</figure>", story, re.DOTALL)
    assert len(figures) > 30
    for figure in figures:
        assert re.search(r'role="img" aria-label="[^"]{20,}"', figure)
        assert re.search(r"<figcaption>\s*\S", figure)
        # the maps and the lines over the shifts share one table of cells; that of the ladder stands beside its figure
        elsewhere = 'class="map"' in figure or 'class="lines"' in figure or "Right at every shift, and" in figure
        assert "<table" in figure or elsewhere
    assert "Every cell in numbers" in seen.words("summary")


def test_what_can_be_scrolled_or_opened_can_be_reached_by_keys(story: str) -> None:
    seen = Seen(story)
    scrolled = [one for _, one in seen.tags if (one.get("class") or "").split()[:1] == ["scroll"]]
    assert scrolled
    assert all(one.get("tabindex") == "0" and one.get("role") == "region" and one.get("aria-label") for one in scrolled)
    assert len(seen.all("summary")) == len(seen.all("details"))


def test_tables_open_without_the_script(story: str) -> None:
    without = re.sub(r"<script>.*?</script>", "", story, flags=re.DOTALL)
    assert without.count("<details") == story.count("<details") > 20


def test_the_numbers_of_the_page_are_those_of_the_report(whole: MakeReport, story: str) -> None:
    model = whole("cnn").models[0]
    assert model.rings is not None
    assert model.classes is not None
    listed = rows_of(story, "right at every shift within r, %, with 95 % intervals")
    for radius, share in enumerate(model.rings["right_within"]):
        told = f"{percent(float(share or 0))} ("
        assert listed[radius][0] == str(radius)
        assert all(cell.startswith(told) for cell in listed[radius][1:])
    flips = rows_of(
        story, "cnn: pictures whose answer is another at some shift, and what the flipped answers are instead"
    )
    assert [row[:2] for row in flips] == [["a", "100"], ["b", "101"], ["c", "102"]]
    assert [row[2].partition(" (")[0] for row in flips] == [
        percent(float(rate or 0)) for rate in model.classes["flip_rate"]
    ]
    causes = rows_of(story, "cnn: how often each test is positive, with 95 % intervals")
    assert causes[0] == [
        "content lost",
        "41.0\u202f% (39.0–44.0)",
        "12.0\u202f% (10.0–15.0)",
        "+29.0 points (+25.0 to +33.0)",
    ]
    assert causes[2] == ["border signal", "not applicable: it reads one size only", "–", "–"]
    curve = rows_of(story, "rotation: right, with 95 % intervals")
    assert curve[0] == ["−10", "42.0\u202f% (40.0–44.0)", "42.0\u202f% (40.0–44.0)"]
    assert curve[-3] == ["half have flipped by", *["10° (10–>10)"] * 2]
    assert curve[-2] == ["the same, below 0 alone", *["10° (5–>10)"] * 2]
    assert curve[-1] == ["the same, above 0 alone", *[">10° (≥10)"] * 2]


def test_the_ladder_gives_every_rung_and_its_advice(story: str) -> None:
    found = next(body for body in re.findall(r"<tbody>(.*?)</tbody>", story, re.DOTALL) if "+ shifts" in body)
    rows = [re.findall(r"<(?:th|td)[^>]*>(.*?)</", row) for row in re.findall(r"<tr>(.*?)</tr>", found)]
    assert [row[0] for row in rows] == ["as it is", "+ shifts", "+ pooled head (ship)", "+ BlurPool"]
    assert [row[3] for row in rows] == [
        "2\u202fpx (2–3)",
        "&gt;3\u202fpx (≥4)",
        "–",
        "not run: the time budget was used up before",
    ]
    assert [row[5] for row in rows] == ["–", "&lt; 0.001", "0.020", "–"]
    assert "Ship + pooled head: it is right at every shift most often." in Seen(story).words("p")


def test_one_network_has_its_two_maps_side_by_side(whole: MakeReport) -> None:
    seen = Seen(page(whole("cnn")))
    maps = [figure["data-column"] for figure in seen.all("figure") if figure.get("class") == "map"]
    assert maps == ["accuracy", "true_probability"]
    assert len([row for row in seen.all("div") if row.get("class") == "row maps"]) == 1


def test_the_accuracy_is_not_told_twice(report: MakeReport) -> None:
    content = report("cnn")
    assert "whole test set" in Seen(page(content)).words("th")
    model = content.models[0]
    assert model.accuracy is not None
    same = replace(model, measures={**model.measures, "clean": model.accuracy})
    assert "whole test set" not in Seen(page(replace(content, models=(same,)))).words("th")


def test_the_island_holds_the_numbers_of_the_story(whole: MakeReport, story: str) -> None:
    island = Seen(story).island()
    models = island["models"]
    assert isinstance(models, list)
    found, given = models[1], whole("cnn").models[0]
    assert given.rings is not None
    assert found["rings"]["unflipped"] == pytest.approx(list(given.rings["unflipped"]))
    assert found["first_flip_px"] == [None, 1.0, None]
    assert found["causes"]["tests"][0]["excess"] == [0.29, 0.25, 0.33]
    assert found["causes"]["tests"][2]["flips"] is None
    assert found["severities"][0]["to_flip"] == [10.0, 10.0, None]
    assert found["spatial"]["grid"] == [0.1, 0.08, 0.13]
    assert len(found["boards"][0]["answers"]) == 9
    ladder = island["ladder"]
    assert isinstance(ladder, dict)
    assert [rung["ship"] for rung in ladder["rungs"]] == [False, False, True, False]
    assert island["comparison"]["right_everywhere"]["difference"] == [0.151, 0.002]  # type: ignore[index]


def test_a_page_with_everything_keeps_its_size(whole: MakeReport) -> None:
    assert len(page(whole("cnn", classes=tuple("abcdefghij"), reach=5)).encode()) <= 600_000


def test_troubling_names_stay_text_in_the_whole_story(whole: MakeReport) -> None:
    classes = (TROUBLE, "$\\frac{1}{2}$", "a\nb\t<!--")
    seen = Seen(page(whole(TROUBLE, "b", classes=classes)))
    assert [tag for tag, _ in seen.tags] == [tag for tag, _ in Seen(page(whole("a", "b", classes=tuple("xyz")))).tags]


def test_a_board_stands_beside_the_strip_of_its_own_picture(whole: Callable[..., Report]) -> None:
    report = whole("cnn", reach=2)
    (model,) = report.models
    strips = tuple(
        replace(strip, number=number) for number, strip in zip((4, 5), model.filmstrips[:1] * 2, strict=True)
    )
    strips = (strips[0], replace(strips[1], images=255 - strips[1].images))
    boards = tuple(replace(model.boards[0], number=number) for number in (5, 4))
    text = page(replace(report, models=(replace(model, filmstrips=strips, boards=boards),)))
    assert [text.count(f"<h3>Picture {number}. True class") for number in (4, 5)] == [1, 1]
    assert text.count("<h4>Along both axes</h4>") == 2
