"""Words of the console: states, verbs and kinds as operators read them."""

from soc_monitor.web.i18n import Language


def run_word(state: str, words: Language) -> str:
    """The state of a run."""
    return {
        "running": words.say("under way"),
        "done": words.say("done"),
        "nothing_new": words.say("nothing new"),
        "partly": words.say("partly done"),
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
        "publish": words.say("not published"),
        "disk": words.say("little room"),
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
    }.get(verb, verb)
