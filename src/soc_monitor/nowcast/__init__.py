"""Arrays in, arrays out: models of the stock and of its change. Nothing here reads or computes."""
