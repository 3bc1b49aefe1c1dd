"""Runs: the verbs. The only room that computes lazily built arrays."""
