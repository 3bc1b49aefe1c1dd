"""Maps: arrays in, image bytes out."""
