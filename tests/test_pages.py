"""The pages under docs/: their tables are whole, and the augmenters they name are those that there are."""

import inspect
import re
from pathlib import Path

import pytest

import convlens.augment
from convlens.augment.affine import Affine
from convlens.augment.augmenter import Augmenter
from convlens.augment.catalogue import AUGMENTERS
from convlens.explain.doctor.catalogue import KINDS
from convlens.explain.saliency.checking import METHODS

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "coming-from-torchvision.md").read_text(encoding="utf-8")

# A function of one's own cannot be written down as text, so its augmenter is in no list.
UNLISTED = {"Lambda"}

Table = list[list[str]]


def tables(text: str) -> list[Table]:
    """Give the tables of a page as rows of cells, the header first and the line below it left out."""
    found: list[Table] = []
    inside = False
    for line in text.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not inside:
            found.append([])
        if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            found[-1].append(cells)
        inside = True
    return found


def names_under(header: str) -> list[str]:
    """Give what stands in backticks in the first column of the tables with that header."""
    columns = [[row[0] for row in table[1:]] for table in tables(PAGE) if table[0][0] == header]
    return [name for column in columns for cell in column for name in re.findall(r"`([A-Za-z_]\w*)`", cell)]


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_every_row_of_a_table_has_as_many_cells_as_its_header(page):
    for table in tables(page.read_text(encoding="utf-8")):
        assert {len(row) for row in table} == {len(table[0])}, table[0]


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_every_page_that_a_page_leads_to_is_there(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", AUGMENTERS)
def test_every_augmenter_has_its_counterparts_on_the_page(name):
    assert f"`{name}`" in PAGE


def test_every_augmenter_on_the_page_is_registered():
    named = names_under("convlens")
    assert len(named) > 60
    assert [name for name in named if name not in {*AUGMENTERS, *UNLISTED}] == []


@pytest.mark.parametrize("name", sorted(UNLISTED))
def test_what_is_in_no_list_is_an_augmenter_nevertheless(name):
    assert name not in AUGMENTERS
    assert issubclass(getattr(convlens.augment, name), Augmenter)


def test_no_augmenter_stands_on_the_page_twice():
    named = names_under("convlens")
    assert sorted(set(named)) == sorted(named)


def test_every_call_on_the_page_is_there():
    known = {*dir(Augmenter), *dir(Affine), *inspect.signature(Augmenter.__call__).parameters}
    assert [name for name in names_under("convlens call") if name not in known] == []


def test_every_parameter_on_the_page_is_a_name_of_the_package():
    assert [name for name in names_under("convlens parameter") if not hasattr(convlens.augment, name)] == []


@pytest.mark.parametrize(("header", "wanted"), [("kind", KINDS), ("map", METHODS)])
def test_the_page_about_looking_inside_tells_of_every_finding_and_every_saliency_map(header, wanted):
    page = tables((DOCS / "inside.md").read_text(encoding="utf-8"))
    (told,) = [[row[0].strip("`") for row in table[1:]] for table in page if table[0][0] == header]
    assert told == list(wanted)
