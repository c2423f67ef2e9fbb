"""All shifts of a picture in one pass: what the shared sweep is made of."""
