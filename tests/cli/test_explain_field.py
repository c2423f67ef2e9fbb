"""`convlens explain --field --unit`: the pixels of one number."""


def test_the_pixels_of_one_number_are_told_and_drawn(here, convlens):
    said = convlens("explain cnn 3 --data xo --unit conv2:0,3,3 --field --to field.svg")
    assert said.code == 0, said.err
    assert "conv2:0,3,3 depends on 8×8 pixels, rows 6 to 13 and columns 6 to 13" in said.out
    assert (here / "field.svg").read_text().startswith("<svg")
