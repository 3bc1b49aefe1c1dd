"""Own words: the limits of own areas, and why shapes were refused, as readers are told."""

import re
from dataclasses import dataclass
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem
from soc_monitor.web.i18n import Language
from soc_monitor.web.own_text import BadLine

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why shapes were not measured, and what can be done."""

    title: str
    text: str
    found: str = ""
    """What the service says it found, in English; empty: nothing more than that."""
    at: tuple[float, float] | None = None
    """Longitude and latitude of the fault; None: it has no place."""


def limits(told: dict[str, Any], words: Language) -> list[str]:
    """The limits in sentences, for before anything is sent.

    Args:
        told: of ``/aoi/limits``.
        words: the language.
    """

    def n(key: str) -> str:
        return numbers.number(told[key], words.code, 0)

    return [
        words.say(
            "Forms: GeoJSON, a GeoPackage, or one Shapefile in a zip with its .shx, .dbf and .prj."
        ),
        words.say(
            "At once: up to {features} shapes and {vertices} vertices. As one shape: up to {all}.",
            features=n("features"),
            vertices=n("vertices"),
            all=n("features_together"),
        ),
        words.say(
            "In the background, in minutes: up to {features} shapes and {vertices} vertices.",
            features=n("worker_features"),
            vertices=n("worker_vertices"),
        ),
        words.say(
            "A file of up to {size} MiB.", size=numbers.number(told["bytes"] // MIB, words.code, 0)
        ),
    ]


def of_line(error: BadLine, words: Language) -> Refusal:
    """A line of the text field that holds no place."""
    return Refusal(
        words.say("A line cannot be read"),
        words.say(
            "Line {n} is not a longitude and a latitude: {line}", n=error.number, line=error.line
        ),
    )


def refusal(problem: ApiProblem, words: Language) -> Refusal:
    """A problem document as a reader's sentence.

    Raises:
        ApiProblem: it is not about the shapes.
    """
    if problem.kind == "too-often":
        return Refusal(words.say("Too many in a short time"), _again(problem, words))
    known = _sentences(words).get(problem.kind)
    if known is None:
        raise problem
    title, text = known
    return Refusal(title, text, problem.detail, _place(problem.detail))


def _again(problem: ApiProblem, words: Language) -> str:
    if not problem.wait_s:
        return words.say("Too many are being measured now. Please try again in a few minutes.")
    return words.say_n(
        "This address has asked too often. Please try again in {n} second; nothing is lost.",
        "This address has asked too often. Please try again in {n} seconds; nothing is lost.",
        problem.wait_s,
        n=problem.wait_s,
    )


def _place(detail: str) -> tuple[float, float] | None:
    """The place that is named in a detail: ``Self-intersection[5 45]``."""
    match = re.search(r"\[(-?[\d.]+(?:e-?\d+)?) (-?[\d.]+(?:e-?\d+)?)\]", detail)
    return (float(match[1]), float(match[2])) if match else None


def _sentences(words: Language) -> dict[str, tuple[str, str]]:
    """Kind of the problem to its title and its sentence."""
    return {
        "nothing-sent": (
            words.say("There is no shape yet"),
            words.say("Draw one on the map, choose a file, or type its corners."),
        ),
        "self-crossing": (
            words.say("The shape crosses itself"),
            words.say(
                "Its outline crosses or overlaps itself, so that what is inside cannot be told. "
                "Move a corner, or draw each part as a shape of its own."
            ),
        ),
        "empty-shape": (
            words.say("The shape is empty"),
            words.say("There is no polygon in what was sent."),
        ),
        "zero-width": (
            words.say("The shape encloses nothing"),
            words.say(
                "Its corners lie on one line, or are fewer than three. A shape over a pole needs "
                "an edge along the pole."
            ),
        ),
        "outside-grid": (
            words.say("The shape lies outside of the map"),
            words.say("This product maps nothing there. Another product may."),
        ),
        "too-small": (
            words.say("The shape is too small"),
            words.say("It has too little of any cell of the map. Send a larger one."),
        ),
        "bad-shape": (
            words.say("The shape cannot be read"),
            words.say(
                "It must be polygons in degrees, as GeoJSON, a GeoPackage or a zipped Shapefile "
                "that says its coordinate system; longitudes −180 to 180, latitudes −90 to 90."
            ),
        ),
        "too-many-vertices": (
            words.say("The shape is too detailed"),
            words.say("It has more vertices than can be measured. Simplify it, or send parts."),
        ),
        "too-many-shapes": (
            words.say("There are too many shapes"),
            words.say("Choose “All as one shape”, or send parts of them."),
        ),
        "too-much-to-read": (
            words.say("The shape is too large"),
            words.say("It covers more of the map than can be measured. Send parts of it."),
        ),
        "body-too-large": (
            words.say("The file is too large"),
            words.say("It has more bytes than the limit. Simplify the shape, or send parts."),
        ),
    }
