"""Pictures: a card as a file that stands alone, with its source, release and link inside."""

import io
import textwrap

import resvg_py
from markupsafe import escape
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from soc_monitor.web.card import Card
from soc_monitor.web.chart import Kind
from soc_monitor.web.chart_svg import WIDE, bare
from soc_monitor.web.estimate import class_word
from soc_monitor.web.i18n import Language

WIDTH, MARGIN = 800, 20
"""Of a picture, in its own units."""
SCALE = 3
"""Pixels of a PNG for each unit: 2400 across."""
SOCIAL = (1200, 630)
SOIL = ("#e6f0a4", "#d2c16c", "#be9546", "#a1703b", "#7b5438", "#513b2f", "#27221e")
SERIES = ("#3138a7", "#ee673b", "#482538", "#8d80fc", "#972e0d", "#936b80")
DASHES = ("none", "9 5", "4 4", "1 5", "14 5", "14 5 3 5")

STYLE = (
    "text{font-family:'DejaVu Sans',Verdana,sans-serif;fill:#1f2328;font-size:13px}"
    ".grid{stroke:#e2dccf;stroke-width:1}.break{stroke:#6b7280;stroke-width:1.5}.tick,.unit,.small{fill:#57606a;font-size:12px}"
    ".strong,.title{font-weight:700}.title{font-size:20px}.sub{fill:#57606a;font-size:14px}"
    ".i95{stroke-width:2.5;stroke-linecap:round;opacity:.75}"
    ".i50{stroke-width:7;stroke-linecap:round;opacity:.38}"
    ".own{stroke:#3138a7;fill:#3138a7}.other{stroke:#6b7280;fill:#6b7280}"
    ".untold{stroke:#9aa0a6;fill:#9aa0a6!important}"
    "circle{stroke:#fff!important;stroke-width:1.5}"
    ".aim{fill:none;stroke:#6b7280;stroke-width:1.6;stroke-dasharray:2 4}"
    ".range{fill:#6b7280;opacity:.16}.goal{stroke:#1f2328;stroke-width:2.5}"
    ".level{font-weight:700;font-size:12px;paint-order:stroke;stroke:#fff;stroke-width:3px}"
    ".curve{fill:none;stroke-width:2.5;stroke-linejoin:round}.b95{opacity:.14}.b50{opacity:.28}"
    ".bar{stroke-width:2.5}.end{font-size:12.5px;font-weight:700}"
    + "".join(
        f".s{n} .curve,.s{n} .bar{{stroke:{c}}}.s{n} .b95,.s{n} .b50,.s{n} .dot,.s{n} .end"
        f"{{fill:{c}}}.s{n} .curve{{stroke-dasharray:{d}}}"
        for n, (c, d) in enumerate(zip(SERIES, DASHES, strict=True), 1)
    )
    + ".s1 .curve.provisional{stroke-dasharray:5 4}"
    ".curve.untold,.bar.untold{fill:none!important;stroke:#9aa0a6!important}"
)
"""The light theme's colours: a picture has no style sheet to ask."""


def about(card: Card, origin: str) -> dict[str, str]:
    """What a picture says of itself in its metadata."""
    return {
        "Title": f"{card.heading}. {card.subtitle}",
        "Description": card.sentence,
        "Source": card.citation,
        "Copyright": card.licence,
        "Software": f"soc-monitor, release {card.release}",
        "URL": origin + card.fixed_page,
    }


def svg(card: Card, origin: str, words: Language) -> str:
    """The card as one SVG file: title, finding, drawing, keys, source, licence and fixed link.

    Args:
        card: what is drawn.
        origin: scheme and host of the site.
        words: the language.
    """
    parts, y = [], 34
    for text, css, size, width in (
        (card.heading, "title", 26, 62),
        (card.subtitle, "sub", 20, 95),
        (card.sentence, "", 19, 100),
    ):
        for line in textwrap.wrap(text, width):
            parts.append(_text(line, MARGIN, y, css))
            y += size
    if card.spec.kind is Kind.TIME:
        keys, y = _keys(card, y + 4)
        parts.append(keys)
    height, drawn = bare(card.spec, WIDE)
    parts.append(f'<g transform="translate({MARGIN} {y})">{drawn}</g>')
    y += height + 22
    for line in _foot(card, origin, words):
        parts.append(_text(line, MARGIN, y, "small"))
        y += 17
    told = "".join(f"{escape(key)}: {escape(text)}\n" for key, text in about(card, origin).items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" role="img" lang="{card.code}"><title>{escape(card.heading)}</title>'
        f"<desc>{escape(card.spec.summary)}</desc><metadata>{told}</metadata>"
        f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}</svg>"
    )


def _text(text: str, x: float, y: float, css: str) -> str:
    return f'<text x="{x}" y="{y}" class="{css}">{escape(text)}</text>'


def _keys(card: Card, y: int) -> tuple[str, int]:
    parts = []
    for index, line in enumerate(card.spec.lines):
        curve = "aim" if line.aim else "curve"
        parts.append(
            f'<g class="s{index % 6 + 1}"><polyline class="{curve}" '
            f'points="{MARGIN},{y - 4} {MARGIN + 32},{y - 4}"/></g>'
            + _text(line.name, MARGIN + 42, y, "small")
        )
        y += 18
    return "".join(parts), y


def _foot(card: Card, origin: str, words: Language) -> list[str]:
    said = words.say("Source: {source}", source=card.citation)
    kind = class_word(card.data_class, words)
    release = words.say("release {name}", name=card.release)
    last = f"soc-monitor · {kind} · {release} · {card.licence}"
    return [*textwrap.wrap(said, 118), *textwrap.wrap(last, 118), *_parts(origin + card.fixed_page)]


def _parts(address: str) -> list[str]:
    """An address in lines that fit."""
    return [address[at : at + 105] for at in range(0, len(address), 105)]


def social(card: Card, words: Language) -> str:
    """The card that a shared link shows: the finding, large, over a drawing of it."""
    width, height = SOCIAL
    band = "".join(
        f'<rect x="{index * width / 7:.1f}" width="{width / 7 + 1:.1f}" height="18" fill="{c}"/>'
        for index, c in enumerate(SOIL)
    )
    parts = [f'<rect width="{width}" height="{height}" fill="#fbfaf6"/>{band}']
    for index, line in enumerate(textwrap.wrap(card.heading, 38)[:2]):
        parts.append(
            f'<text x="60" y="{100 + 58 * index}" style="font-size:48px" class="strong">'
            f"{escape(line)}</text>"
        )
    top = 170 if len(card.heading) <= 38 else 225
    for index, line in enumerate(textwrap.wrap(card.sentence, 66)[:4]):
        parts.append(
            f'<text x="60" y="{top + 38 * index}" style="font-size:28px">{escape(line)}</text>'
        )
    top += 38 * min(4, len(textwrap.wrap(card.sentence, 66))) - 18
    tall, drawn = bare(card.spec, width - 120)
    scale = min((height - top - 65) / tall, 1.0)
    if scale > 0.4:
        at = f"translate(60 {top}) scale({scale:.3f})"
        parts.append(f'<g transform="{at}">{drawn}</g>')
    kind = class_word(card.data_class, words)
    release = words.say("release {name}", name=card.release)
    foot = f"soc-monitor · {kind} · {release}"
    parts.append(
        f'<text x="{width - 60}" y="{height - 28}" text-anchor="end" style="font-size:22px" '
        f'class="small">{escape(foot)}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><style>{STYLE}</style>{"".join(parts)}</svg>'
    )


def png(drawn: str, about: dict[str, str]) -> bytes:
    """An SVG as a PNG with metadata; a social card in its own size, all else at 3 pixels a unit."""
    own_size = f'width="{SOCIAL[0]}"' in drawn[:200]
    width = SOCIAL[0] if own_size else WIDTH * SCALE
    raw = bytes(resvg_py.svg_to_bytes(svg_string=drawn, width=width))
    told = PngInfo()
    for key, text in about.items():
        told.add_itxt(key, text)
    buffer = io.BytesIO()
    Image.open(io.BytesIO(raw)).save(buffer, "PNG", pnginfo=told, optimize=False)
    return buffer.getvalue()
