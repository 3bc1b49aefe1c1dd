"""Scale: fixed classes of an indicator, the same in all years, so that years compare."""

from dataclasses import dataclass

SOIL = ("#e6f0a4", "#d2c16c", "#be9546", "#a1703b", "#7b5438", "#513b2f", "#27221e")
"""Stock and content: light to dark soil, seven classes."""

LOSS_TO_GAIN = (
    "#6d1007", "#a74310", "#c87c51", "#dfb298", "#ebe6e2", "#9dc4d6", "#4289af", "#05528a",
    "#02256d",
)  # fmt: skip
"""Change: loss to gain with zero in the middle, nine classes."""

NO_DATA = "#9aa0a6"
"""Flat grey: no estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Classes for a map: a value ``v`` is in class ``k`` when ``breaks[k-1] <= v < breaks[k]``.

    Example:
        >>> Scale(breaks=(20.0, 30.0), colours=("#fff", "#aaa", "#000")).classify(20.0)
        1
    """

    breaks: tuple[float, ...]
    """Ascending limits, in the indicator's unit."""
    colours: tuple[str, ...]
    """One more than the limits, ``#rrggbb``."""

    def __post_init__(self) -> None:
        """A limit between every two colours, in order."""
        assert len(self.colours) == len(self.breaks) + 1
        assert list(self.breaks) == sorted(set(self.breaks))

    def classify(self, value: float) -> int:
        """The class of a value, from 0."""
        return sum(value >= limit for limit in self.breaks)
