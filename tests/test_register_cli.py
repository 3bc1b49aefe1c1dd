"""The verbs of registers, keys and plan, from the first key to a published release."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from soc_monitor.cli import app
from soc_monitor.errors import BadValue, NotAllowed

RUNNER = CliRunner()
PARTNER = ("name=Île verte", "country=FRA", "kind=ngo", "role=member", "evidence=https://a.example")


@pytest.fixture
def run(
    clone: Callable[[str], str],
    starter_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Any]:
    """Runs the command on a copy of the starter data; gives what it printed, read as JSON."""
    monkeypatch.setenv("DATABASE_URL", clone(starter_template))
    monkeypatch.setenv("SOC_DATA", str(tmp_path))

    def call(*arguments: str, code: int = 0) -> Any:
        done = RUNNER.invoke(app, list(arguments))
        if isinstance(done.exception, BadValue | NotAllowed):
            raise done.exception
        assert done.exit_code == code, done.output
        return [json.loads(line) for line in done.output.splitlines()]

    return call


def test_from_a_key_to_a_release(run: Callable[..., Any], tmp_path: Path) -> None:
    (ana,) = run("keys", "create", "Ana", "--role", "reviewer", "--json")
    (ben,) = run("keys", "create", "Ben", "--role", "reviewer", "--json")
    (cem,) = run("keys", "create", "Cem", "--register", "partners", "--json")
    hers, his, editors = (("--key", one["key"]) for one in (ana, ben, cem))

    with pytest.raises(NotAllowed, match="not known"):
        run("register", "propose", "partners", *PARTNER, "--key", "soc_x_y")
    run("register", "propose", "partners", *PARTNER, *hers, "--json")
    run("register", "propose", "partners", *PARTNER, *hers, "--json", code=3)
    (waiting,) = run("register", "queue", "--json")
    entry = waiting["entry"]
    for who, why in ((hers, "has proposed it"), (editors, "reviews nothing")):
        with pytest.raises(NotAllowed, match=why):
            run("register", "review", "partners", entry, "--accept", *who)
    run("register", "review", "partners", entry, "--accept", *his, "--json")
    (release,) = run("register", "publish", *his, "--json")
    assert release["release"].count(".") == 2
    run("register", "publish", *his, "--json", code=3)
    (version,) = run("register", "history", "partners", entry, "--json")
    assert (version["by"], version["reviewed by"]) == ("Ana", "Ben")
    assert version["shown from"] == release["release"]

    changed = ("name=Île Verte", *PARTNER[1:])
    with pytest.raises(BadValue, match="needs a reason"):
        run("register", "propose", "partners", *changed, *hers)
    file = tmp_path / "p.csv"
    file.write_text(
        "Nom,Pays,Type,Rôle,Preuve\nSol vivant,Mali,ong,membre,https://b.example\n,,,,\n"
    )
    seen = run("register", "import", "partners", str(file), "--dry-run", "--json")
    assert [one["outcome"] for one in seen] == ["ready", "empty"]
    taken = run("register", "import", "partners", str(file), *editors, "--json")
    assert taken[0]["outcome"] == "new"
    run("register", "import", "partners", str(file), *editors, "--json", code=3)
    verbs = [one["verb"] for one in run("audit", "--json")]
    assert verbs == ["propose", "publish", "accept", "propose", *3 * ["create key"]]


def test_the_plan_is_told_with_the_numbers_of_its_rule(run: Callable[..., Any]) -> None:
    rows = {one["objective"]: one for one in run("plan", "status", "--json")}
    assert len(rows) == 24
    assert rows["F3"]["2030"] == "late"
    told = run("plan", "status", "--explain", "a1", "--json")
    old = next(one for one in told if one.get("reason") == "too_old")
    assert old["value"]["period"] == "2021"
    assert old["value"]["denominator"] == 184
