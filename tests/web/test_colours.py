"""Colours: classes can be told apart by every reader, and what is drawn stands out in both themes.

Seen with the three kinds of colour blindness after Machado, Oliveira and Fernandes (2009), at full
severity; distances are those of CIE L*a*b* (1976).
"""

import re
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from soc_monitor import web
from soc_monitor.model import scale
from soc_monitor.web import chart_plotly

SEEN = {
    "as most do": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "without red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "without green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "without blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = (0.95047, 1.0, 1.08883)
Colour = npt.NDArray[np.float64]


def light_of(colour: str) -> Colour:
    """Red, green and blue of ``#rrggbb`` as amounts of light."""
    told = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(told <= 0.04045, told / 12.92, ((told + 0.055) / 1.055) ** 2.4)


def lab(light: Colour) -> Colour:
    share = TO_XYZ @ light / WHITE
    f = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 has it."""
    bright = sorted((float(TO_XYZ[1] @ light_of(colour)) for colour in (one, other)), reverse=True)
    return (bright[0] + 0.05) / (bright[1] + 0.05)


def test_the_measures_are_those_of_the_books() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21, abs=1e-3)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert lab(light_of("#ff0000")) == pytest.approx((53.24, 80.09, 67.20), abs=0.02)


@pytest.mark.parametrize("how", SEEN)
def test_classes_of_maps_are_told_apart_by_every_reader(how: str) -> None:
    eye = np.array(SEEN[how])

    def apart(one: str, other: str) -> float:
        seen = [lab(np.clip(eye @ light_of(colour), 0, 1)) for colour in (one, other)]
        return float(np.linalg.norm(seen[0] - seen[1]))

    stock, change = scale.SOIL, scale.LOSS_TO_GAIN
    assert min(apart(*pair) for ramp in (stock, change) for pair in pairwise(ramp)) >= 12
    assert min(apart(*pair) for pair in product(change[:4], change[5:])) >= 20
    assert min(apart(colour, scale.NO_DATA) for colour in stock + change) >= 12


def themes() -> dict[str, dict[str, str]]:
    """Tokens of the style sheet, by theme."""
    css = (Path(web.__file__).parent / "static" / "site.css").read_text()
    blocks = re.findall(r"(:root[^{]*)\{([^}]*--bg[^}]*)\}", css)
    told = {name: dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", body)) for name, body in blocks}
    whole = {
        name: {k: v if len(v) == 7 else "#" + "".join(2 * c for c in v[1:]) for k, v in of.items()}
        for name, of in told.items()
    }
    light = whole.pop(":root")
    # On paper both themes have the light one's.
    kinds = {name: "paper" if "," in name else "dark" for name in whole}
    return {"light": light} | {f"{kinds[name]} {name}": light | of for name, of in whole.items()}


@pytest.mark.parametrize("theme", themes())
def test_text_and_marks_stand_out(theme: str) -> None:
    tokens = themes()[theme]
    for ground in ("bg", "panel", "sunk"):
        for words in ("text", "muted", "link", "accent", "warn", "ok", "bad"):
            # What is in order is told by a mark and a word of the text's own colour.
            least = 3 if words == "ok" else 4.5
            assert contrast(tokens[words], tokens[ground]) >= least, f"{words} on {ground}"
    for mark in ("s1", "s2", "s3", "s4", "s5", "s6", "quiet", "edge", "focus"):
        assert contrast(tokens[mark], tokens["panel"]) >= 3, mark


def test_both_drawings_of_a_series_have_the_colours_of_the_theme() -> None:
    for theme, tokens in themes().items():
        drawn = chart_plotly.DARK if theme.startswith("dark") else chart_plotly.LIGHT
        assert drawn == tuple(tokens[f"s{n}"] for n in range(1, 7))
