"""Words of the console: states, verbs and kinds as operators read them."""

import re
from collections.abc import Callable
from functools import partial

from soc_monitor.web.i18n import Language
from soc_monitor.web.station_words import why_word


def run_word(state: str, words: Language) -> str:
    """The state of a run."""
    return {
        "running": words.say("under way"),
        "done": words.say("done"),
        "nothing_new": words.say("nothing new"),
        "partly": words.say("partly done"),
        "refused": words.say("refused"),
        "failed": words.say("failed"),
        "cancelled": words.say("stopped"),
        "abandoned": words.say("its process died"),
    }.get(state, state)


def run_look(state: str) -> str:
    """How a run's state is marked: as the states of inputs are."""
    return {
        "running": "due",
        "done": "fresh",
        "nothing_new": "static",
        "partly": "late",
        "refused": "late",
        "failed": "broken",
        "cancelled": "paused",
        "abandoned": "broken",
    }.get(state, "static")


def alert_word(kind: str, words: Language) -> str:
    """What kind of alert it is."""
    return {
        "late": words.say("late"),
        "failed": words.say("failed"),
        "held": words.say("held"),
        "refused": words.say("refused"),
        "gone": words.say("taken back by its source"),
        "publish": words.say("not published"),
        "disk": words.say("little room"),
        "locks": words.say("not locked in"),
    }.get(kind, kind)


def hold_word(state: str, words: Language) -> str:
    """How a hold was decided."""
    return {
        "waiting": words.say("waits"),
        "accepted": words.say("accepted"),
        "rejected": words.say("refused"),
    }.get(state, state)


def verb_word(verb: str, words: Language) -> str:
    """What somebody did; what only the command can do is told in its own words."""
    return {
        "run": words.say("ordered a run"),
        "backfill": words.say("ordered a backfill"),
        "replay": words.say("ordered a replay"),
        "accept": words.say("accepted"),
        "reject": words.say("refused"),
        "pause": words.say("paused"),
        "resume": words.say("resumed"),
        "cancel": words.say("stopped"),
        "acknowledge": words.say("looks after"),
        "silence": words.say("silenced"),
        "create key": words.say("made a key"),
        "revoke key": words.say("revoked a key"),
        "retire": words.say("retired"),
        "take up again": words.say("took up again"),
    }.get(verb, verb)


def rule_word(rule: str, words: Language) -> str:
    """Why a file or a reading was refused; a rule without words here, by its own name."""
    too_much = words.say("unpacks to more than is taken")
    unread = words.say("cannot be read in the form that was declared")
    elsewhere = words.say("refers to what is not in it")
    return {
        "alias": elsewhere,
        "all nodata": words.say("no cell has a value"),
        "area code": words.say("codes of areas missing or double"),
        "area parent": words.say("an area without the one that it lies in"),
        "away": words.say("its source could not be reached"),
        "bands": words.say("a band is missing"),
        "block": too_much,
        "bundle": words.say("its parts cannot be read"),
        "catalogue": words.say("entry of the catalogue not understood"),
        "datastream": words.say("sensor not understood"),
        "decode": unread,
        "depth": too_much,
        "dtype": words.say("other type of number than declared"),
        "encoding": words.say("text in another encoding than declared"),
        "format": unread,
        "geometry": words.say("a shape that cannot be"),
        "item": words.say("entry not understood"),
        "name": words.say("a name that cannot be used"),
        "objects": too_much,
        "order": words.say("bounds that have changed places"),
        "pixels": too_much,
        "place": words.say("place not understood"),
        "ratio": too_much,
        "refers": elsewhere,
        "retracted": words.say("taken back by an operator"),
        "sheet": words.say("the sheet is missing"),
        "unreachable": words.say("could not be fetched"),
        "version": words.say("a newer version was taken before"),
        "archive": words.say("archive cannot be read"),
        "axes": words.say("other axes than declared"),
        "checksum": words.say("checksum differs"),
        "content range": words.say("not the part that was asked for"),
        "crs": words.say("other projection than declared"),
        "decoder died": words.say("decoder died"),
        "duplicate": words.say("the very bytes of another period"),
        "empty": words.say("empty file"),
        "grid": words.say("other grid than declared"),
        "infinity": words.say("infinite values"),
        "length": words.say("cut off"),
        "memory": words.say("needs too much memory"),
        "nodata": words.say("other sign of no value than declared"),
        "row": words.say("row not understood"),
        "scale": words.say("other scale than declared"),
        "size": words.say("too large"),
        "shift": words.say("step too large"),
        "tiles": words.say("tiles missing or double"),
        "time": words.say("other time than declared"),
        "valid share": words.say("too few cells have a value"),
    }.get(rule) or why_word(rule, words)


def found_word(told: str, words: Language) -> str:
    """What was found, in the reader's language where it is one of the usual findings.

    The rest is told as it was written down: names of files, numbers, words of other programs.
    """
    for pattern, say in _FOUND:
        told = re.sub(pattern, partial(say, words), told)
    return told


_FOUND: tuple[tuple[str, Callable[[Language, re.Match[str]], str]], ...] = (
    (
        r"(\S+) days old, (\S+) allowed",
        lambda words, found: words.say(
            "{age} days old, {allowed} are allowed", age=found[1], allowed=found[2]
        ),
    ),
    (
        r"(\d+) waiting for an operator's word",
        lambda words, found: words.say("{n} waiting for an operator’s word", n=found[1]),
    ),
    (
        r"it waits for an operator's word",
        lambda words, _: words.say("it waits for an operator’s word"),
    ),
    (
        r"(\d+) readings of (\d+) sensors jumped: they wait for an operator",
        lambda words, found: words.say(
            "{n} readings of {m} sensors jumped: they wait for an operator", n=found[1], m=found[2]
        ),
    ),
    (
        r"decoders run without (.+): this kernel has none",
        lambda words, found: words.say(
            "decoders run without {names}: this kernel has none", names=found[1]
        ),
    ),
    (r"an operator has refused it", lambda words, _: words.say("an operator has refused it")),
    (
        r"(\d+) of (\d+) tiles; missing: ([^;]+)",
        lambda words, found: words.say(
            "{n} of {all} tiles are there; missing: {names}",
            n=found[1],
            all=found[2],
            names=found[3],
        ),
    ),
    (
        r"median (\S+), (\S+) in (\S+): (\S+) is the most",
        lambda words, found: words.say(
            "its middle is {now}, {before} in {period}: a step of {most} is the most",
            now=found[1],
            before=found[2],
            period=found[3],
            most=found[4],
        ),
    ),
    (
        r"(\d+) taken, (\d+) rejected",
        lambda words, found: words.say("{n} taken, {m} refused", n=found[1], m=found[2]),
    ),
    (
        r"(\d+) refused and not taken since",
        lambda words, found: words.say_n(
            "{n} item refused and not taken since",
            "{n} items refused and not taken since",
            int(found[1]),
            n=found[1],
        ),
    ),
    (
        r"failed (\d+) in a row",
        lambda words, found: words.say("failed {n} times in a row", n=found[1]),
    ),
)
"""How a finding is written down -> the sentence that is read."""
