"""The page stands alone and is whole without its script."""

import html
import json
import re
from collections import Counter

import pytest

from convlens.report.lesson.content import Mark
from convlens.report.lesson.page import chapters, equated, lesson_page, packed


@pytest.fixture(scope="module")
def text() -> str:
    return lesson_page()


def test_the_page_asks_for_nothing_from_outside(text):
    assert "default-src 'none'" in text
    assert re.findall(r"(?:src|href|action)\s*=\s*[\"'](?!#|data:)", text) == []
    assert re.findall(r"https?://|@import|url\(", text) == []


def test_the_same_page_every_time(text):
    assert lesson_page() == text


def test_it_is_small(text):
    assert len(text.encode()) < 250_000


def test_every_anchor_is_there_once(text):
    anchors = Counter(re.findall(r'\bid="([^"]+)"', text))
    assert set(anchors.values()) == {1}
    named = re.findall(r'(?:href="#|aria-labelledby=")([^"]+)"', text)
    assert set(named) <= set(anchors)


def test_all_outputs_are_worked_out_without_the_script(text):
    body = text.split("<script>")[0]
    for chapter in chapters():
        for example in chapter.examples:
            start = body.index(f'id="{example.key}"')
            part = body[start : body.index("</article>", start)]
            rows = re.findall(r"<tr data-marks=\"([^\"]*)\"><th scope=\"row\">(.*?)</th>(.*?)</tr>", part)
            assert [name for _, name, _ in rows] == [output.name for output in example.outputs]
            for (marks, _, cells), output in zip(rows, example.outputs, strict=True):
                assert len(json.loads(html.unescape(marks))) == len(output.marks)
                words = html.unescape(re.sub(r"<[^>]+>", "", cells)).split()
                assert words == " ".join(output.lines).split()


def test_one_output_is_shown_from_the_start_with_its_cells_marked(text):
    for chapter in chapters():
        for example in chapter.examples:
            start = text.index(f'id="{example.key}"')
            part = text[start : text.index("</article>", start)]
            output = example.outputs[example.start]
            assert f'<p class="which">{output.name}</p>' in part
            assert len(re.findall(r'<td class="[^"]*\bchosen\b', part)) == 1
            assert len(re.findall(r'<td class="[^"]*\bseen\b', part)) == len(output.marks)
            assert len(re.findall(r'data-output="', part)) == len(example.outputs)


def test_the_plain_loops_are_shown_as_they_are(text):
    assert "total += weight[o, c, i, j] * at(image, first + c, row, column, mode)" in html.unescape(text)
    assert text.count("as plain loops") == sum(len(chapter.loops) for chapter in chapters())


def test_every_table_has_a_caption_and_every_example_a_heading(text):
    cells = re.findall(r'<table class="cells.*?</table>', text, re.DOTALL)
    assert cells
    assert all("<caption" in one for one in cells)


def test_lines_break_before_an_equals_sign_and_after_a_colon():
    assert equated("channel 0: 1·2 = 2 = 2") == ["channel 0:", "1·2", "= 2", "= 2"]


def test_marks_are_packed_for_the_script():
    assert json.loads(packed((Mark((0, 1, 2), "×3"), Mark((1, 0, 0), strong=True)))) == [
        [0, 1, 2, "×3", 0],
        [1, 0, 0, "", 1],
    ]
