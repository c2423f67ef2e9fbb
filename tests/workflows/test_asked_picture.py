"""The picture that somebody asked about last is shown again: of these very data and this very network alone."""

import json
import os
import re

from convlens.workflows import audit, one_image, write_report
from convlens.workflows.asked_picture import MovedPicture, asked_last, keep_question
from convlens.workflows.pictures import held_out, pictures_for
from convlens.workflows.subjects import trained


def test_what_is_kept_is_given_back_for_the_same_pictures(xo_run):
    subject = trained(xo_run)
    splits = pictures_for(subject.card, subject.settings)
    test, other = held_out(splits, "test"), held_out(splits, "validation")
    assert asked_last(subject, test) is None
    question = MovedPicture(4, 3, "zeros", 9)
    (xo_run / "audit").mkdir(exist_ok=True)
    keep_question(xo_run / "audit" / "image-4.json", subject, test, question)
    assert asked_last(subject, test) == question
    assert asked_last(subject, other) is None


def test_the_picture_that_was_asked_about_last_is_moved_on_the_page_too(xo_run):
    audit(xo_run, shift=2, take=40)
    for number, radius in ((5, 2), (7, 3)):
        one_image(xo_run, number, shift=radius, border="edge")
        now = 10**9 * (2_000_000_000 + number)
        for path in (xo_run / "audit").glob(f"image-{number}-*.json"):
            os.utime(path, ns=(now, now))
    one_image(xo_run, 9, border="crop")  # a window of a larger picture than those of the data
    text = write_report([xo_run], image=3).path.read_text()
    assert re.findall(r"<h3>(Picture \d+)\. True class: \w. Border: (\w+)", text) == [
        ("Picture 7", "edge"),
        ("Picture 3", "zeros"),
        ("Picture 3", "wrap"),
    ]
    drawn = json.loads(re.findall(r'id="convlens-data">(.*?)</script>', text)[0])["models"][0]
    assert [(one["number"], len(one["offsets"])) for one in drawn["filmstrips"]] == [(7, 7), (3, 11), (3, 11)]
    assert [(one["number"], len(one["dx"])) for one in drawn["boards"]] == [(7, 49), (3, 121), (3, 121)]


def test_the_same_picture_moved_in_the_same_way_stands_there_once(xo_run):
    one_image(xo_run, 3, shift=5)
    text = write_report([xo_run], image=3).path.read_text()
    assert re.findall(r"<h3>Picture (\d+)\. True class: \w. Border: (\w+)", text) == [("3", "zeros"), ("3", "wrap")]


def test_a_picture_that_another_network_was_asked_about_is_not_moved(xo_run):
    one_image(xo_run, 7, border="edge")
    (path,) = (xo_run / "audit").glob("image-7-*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"weights_sha256": "of another"}))
    assert "Picture 7" not in write_report([xo_run], image=3).path.read_text()
