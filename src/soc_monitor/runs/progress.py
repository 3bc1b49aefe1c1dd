"""Progress: how far a long run is, for whoever watches."""

from typing import Protocol


class Progress(Protocol):
    """Told of every step; draws a bar, writes a line, or does nothing."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """``done`` of ``total`` parts of ``step`` are finished."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Nobody watches."""
