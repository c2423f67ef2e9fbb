"""`convlens doctor`: findings for people and for machines; a healthy network says so."""

import json


def test_the_json_has_the_promised_keys(here, convlens):
    said = convlens("doctor cnn --json")
    assert said.code == 0
    first = json.loads(said.out)["findings"][0]
    assert list(first) == ["kind", "count", "layer", "evidence", "remedy", "recheck"]
    assert (first["kind"], first["count"], first["recheck"]["count"]) == ("unseen-pixels", 108, 0)


def test_the_text_names_the_layer_the_remedy_and_that_it_helps(here, convlens):
    said = convlens("doctor cnn")
    assert said.code == 0
    assert "unseen-pixels (108) in pool2" in said.out
    assert "remedy: padding=1 in conv1 and conv2" in said.out
    assert "checked again: with padding=1 in conv1 and conv2, on a copy: 0 of 784 pixels are unseen" in said.out
    assert "not looked for: dead-filters" in said.err


def test_a_healthy_network_says_so(here, convlens):
    said = convlens("doctor toy")
    assert said.code == 0
    assert "healthy: nothing found (looked for unseen-pixels" in said.out


def test_a_run_is_looked_at_with_its_pictures(here, convlens):
    said = convlens("doctor runs/latest --take 30")
    assert said.code == 0
    assert "30 pictures of xo, test split" in said.out


def test_pictures_that_are_gone_are_a_note(here, convlens):
    config = here / "runs" / "xo-mlp" / "config.toml"
    config.write_text(config.read_text().replace('data = "xo"', 'data = "gone/away"'))
    said = convlens("doctor runs/latest")
    assert said.code == 0
    assert "note: no pictures were looked at" in said.err


def test_a_network_that_is_not_there_is_a_mistake(here, convlens):
    said = convlens("doctor cnm")
    assert (said.code, said.out) == (2, "")
    assert "did you mean 'cnn'" in said.err
