"""Rules that files are refused by: each is told to readers in words."""

import re
from pathlib import Path

import soc_monitor
from soc_monitor.web.i18n import language
from soc_monitor.web.ops_words import rule_word

RAISED = re.compile(r"(?:Refused|Rejected)\((?:rule=)?\"([a-z ]+)\"")


def test_every_rule_that_a_file_is_refused_by_has_its_words() -> None:
    sources = Path(soc_monitor.__file__).parent.rglob("*.py")
    rules = {rule for path in sources for rule in RAISED.findall(path.read_text("utf-8"))}
    assert len(rules) > 40
    for rule in rules:
        said = [rule_word(rule, language(code)) for code in ("en", "fr", "es")]
        assert rule not in said[1:], rule
        assert len(set(said)) == 3, rule
