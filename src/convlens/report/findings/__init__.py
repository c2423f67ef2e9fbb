"""What the data of a figure show, in a sentence or two: the figure's alt text and its caption."""
