"""The command, as a person or a script meets it: words on the right stream, and exit codes."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from soc_monitor import cli
from soc_monitor.commands import account
from soc_monitor.settings import Settings

from .runs.made_up import GOOD, NODATA, raster

LINE = 1


def command(data: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """``soc-monitor`` in a process of its own, with its data in a folder of the test's."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SOC_")}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "soc_monitor.cli", *arguments],
        env={**environment, "SOC_DATA": str(data), **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_names_the_verbs(tmp_path: Path) -> None:
    done = command(tmp_path, "--help")
    assert done.returncode == 0
    for verb in ("up", "doctor", "migrate", "web", "worker", "db", "jobs", "runs", "release"):
        assert f"  {verb} " in done.stdout


def test_an_unknown_verb_is_wrong_usage(tmp_path: Path) -> None:
    assert command(tmp_path, "sow").returncode == 2


def test_jobs_are_listed_one_json_object_a_line(tmp_path: Path) -> None:
    done = command(tmp_path, "jobs", "list", "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"areas", "land_cover", "soil_carbon_debt"} <= {row["job"] for row in rows}
    assert {row["on"] for row in rows if row["job"] == "soil_carbon_debt"} == {"no"}


def test_a_mirror_that_has_its_folder_switches_a_job_on(tmp_path: Path) -> None:
    (tmp_path / "mirror" / "soil-carbon-debt").mkdir(parents=True)
    mirror = str(tmp_path / "mirror")
    done = command(tmp_path, "jobs", "list", "--json", SOC_MIRROR=mirror)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["on"] for row in rows if row["job"] == "soil_carbon_debt"} == {"yes"}


def test_a_setting_that_cannot_be_used_is_named_in_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, "jobs", "list", SOC_PORT="soil")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == LINE
    assert "SOC_PORT" in done.stderr


def test_what_is_printed_of_the_settings_holds_no_secret() -> None:
    held = (
        "secret",
        "reader_password",
        "metrics_token",
        "alert_mail",
        "alert_hook",
        "mirror",
        "DATABASE_URL",
    )
    told = repr(Settings(**{name: f"canary-{name}" for name in held}))
    assert "port=" in told
    assert "canary" not in told


def test_a_wrong_job_file_of_an_operator_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "broken.py").write_text("job = 1\n")
    (tmp_path / "own" / "torn.py").write_text("job = (\n")
    own = str(tmp_path / "own")
    done = command(tmp_path, "jobs", "validate", SOC_INGEST_JOBS=own)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert "broken.py: holds no IngestJob" in first
    assert "torn.py: SyntaxError" in second
    assert done.stdout.endswith("are right, 2 are not\n")


@pytest.mark.parametrize("verb", [("web",), ("worker",), ("release", "list")])
def test_a_database_without_tables_is_refused_with_what_to_run(
    tmp_path: Path, postgis: str, verb: tuple[str, ...]
) -> None:
    done = command(tmp_path, *verb, DATABASE_URL=postgis)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == LINE
    assert "soc-monitor migrate" in done.stderr


def test_an_unreachable_database_is_one_plain_line(tmp_path: Path) -> None:
    done = command(tmp_path, "release", "list", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == LINE
    assert "database" in done.stderr


def test_the_first_look_at_a_migrated_store_shows_nothing_and_fails_at_nothing(
    tmp_path: Path, database_url: str
) -> None:
    for verb in (("release", "list"), ("runs", "list"), ("freshness",)):
        done = command(tmp_path, *verb, "--json", DATABASE_URL=database_url)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_unknown_job_and_an_unknown_run_are_told_plainly(
    tmp_path: Path, database_url: str
) -> None:
    job = command(tmp_path, "jobs", "run", "nope", DATABASE_URL=database_url)
    run = command(tmp_path, "runs", "show", "nope", DATABASE_URL=database_url)
    assert (job.returncode, run.returncode) == (1, 1)
    assert "no job" in job.stderr
    assert "areas" in job.stderr, "it says which there are"
    assert "not the id of a run" in run.stderr


def test_a_job_runs_once_and_then_has_nothing_new(tmp_path: Path, database_url: str) -> None:
    first = command(tmp_path, "jobs", "run", "plan", "--json", DATABASE_URL=database_url)
    again = command(tmp_path, "jobs", "run", "plan", "--json", DATABASE_URL=database_url)
    ended = json.loads(first.stdout.splitlines()[0])
    assert (ended["job_id"], ended["state"], ended["taken"]) == ("plan", "done", 24)
    assert again.returncode == 3
    listed = command(tmp_path, "items", "list", "plan", "--json", DATABASE_URL=database_url)
    files = [json.loads(line) for line in listed.stdout.splitlines()]
    assert files, listed.stderr
    assert {file["checksum"] for file in files} == {"unverified"}
    assert all(len(file["sha256"]) == 64 for file in files)


OWN = """
from dataclasses import replace
from datetime import date
from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer
words = {"en": "a", "fr": "b", "es": "c"}
cube = Cube(product="own", variable="v", unit="t ha-1", freq=Freq.YEAR, grid=Grid(nx=36, ny=18),
            data_class=DataClass.MODELLED, dtype="int16", fill=-32767)
first = Layer(cube=cube, item="a.tif", period=date(2010, 1, 1), period_end=date(2010, 12, 31),
              unit="t ha-1", valid=(0.0, 1000.0), nodata=-32767, max_shift=1.0)
second = replace(first, item="b.tif", period=date(2011, 1, 1), period_end=date(2011, 12, 31))
job = IngestJob(id="own", title=words, feed=UrlFeed(base="https://example.org", folder="own",
                keys=("a.tif", "b.tif")), layers=(first, second), licence="CC0-1.0", citation="c",
                link="l")
"""


def test_an_operator_takes_back_reads_again_and_decides_from_the_command_line(
    tmp_path: Path, database_url: str
) -> None:
    mirror, jobs = tmp_path / "mirror" / "own", tmp_path / "jobs"
    mirror.mkdir(parents=True)
    jobs.mkdir()
    (jobs / "own.py").write_text(OWN)
    raster(mirror / "a.tif", GOOD)
    raster(mirror / "b.tif", np.where(GOOD == NODATA, GOOD, GOOD + 50))

    def said(code: int, *words: str) -> list[dict[str, Any]]:
        done = command(tmp_path, *words, "--json", DATABASE_URL=database_url,
                       SOC_MIRROR=str(mirror.parent), SOC_INGEST_JOBS=str(jobs))  # fmt: skip
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    span = ("--from", "2010", "--to", "2011")
    plan = said(0, "jobs", "backfill", "own", *span, "--dry-run")
    assert [one["would be"] for one in plan] == ["fetched", "fetched"]
    # One is taken, the other held; there are no areas to make numbers of.
    (ended, *_) = said(1, "jobs", "backfill", "own", *span)
    assert (ended["state"], ended["taken"], ended["rejected"]) == ("partly", 1, 1)
    (again,) = said(4, "jobs", "run", "own")
    assert (again["state"], again["rejected"]) == ("refused", 1)
    (read,) = said(3, "jobs", "replay", ended["id"][:13], "--dry-run")
    assert read["outcome"] == "same"
    listed = command(tmp_path, "runs", "list", DATABASE_URL=database_url,
                     COLUMNS="60", FORCE_COLOR="1").stdout  # fmt: skip
    assert f"run: {ended['id'][:8]}\n" in listed, "a terminal has room for the beginning alone"
    (stopped,) = said(3, "runs", "cancel", ended["id"])
    assert stopped["stopped"] is False, "it had ended"
    (held,) = said(0, "holds", "list")
    assert (held["job"], held["state"]) == ("own", "waiting")
    assert said(0, "holds", "accept", held["hold"])[0]["changed"]
    assert not said(3, "holds", "reject", held["hold"])[0]["changed"], "it was decided"
    said(1, "holds", "reject", "nothing")
    assert said(0, "jobs", "pause", "own")[0]["changed"]
    assert said(0, "jobs", "resume", "own")[0] == {
        "job": "own", "paused": False, "until": None, "changed": True,
    }  # fmt: skip


def test_the_openapi_document_needs_no_database(tmp_path: Path) -> None:
    done = command(tmp_path, "openapi")
    assert done.returncode == 0, done.stderr
    assert "/api/v1/series.json" in json.loads(done.stdout)["paths"]


def test_the_doctor_names_what_is_missing(tmp_path: Path, postgis: str) -> None:
    done = command(tmp_path, "doctor", "--json", DATABASE_URL=postgis)
    found = {row["what"]: row["state"] for row in map(json.loads, done.stdout.splitlines())}
    assert found["data folder"] == "ok"
    assert found["database"] == "missing"
    assert done.returncode == 1
    never = tmp_path / "never"
    assert '"data folder"' in command(tmp_path, "doctor", "--json", SOC_DATA=str(never)).stdout
    assert not never.exists(), "to look makes nothing"


def test_a_data_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    for wrong in (file, file / "below"):
        done = command(tmp_path, "up", "--once", SOC_DATA=str(wrong))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert str(wrong) in done.stderr


LOOKS = {
    "up", "migrate", "web", "worker", "doctor", "verify", "audit", "openapi", "freshness", "rothc",
    "db start", "db stop", "db url", "db reset", "jobs list", "jobs show", "jobs validate",
    "runs list", "runs show", "runs logs", "release list", "release plan", "release diff",
    "plan status", "keys list", "backup", "restore",
    "alerts list", "alerts test", "alerts look", "holds list", "register queue",
    "register history", "register template", "export", "export series", "export map",
    "export grid", "subscriptions list", "items list", "bench", "sensors list",
}  # fmt: skip
"""What changes nothing that somebody could be asked about; the service itself; and the database as
a whole, which takes its own record with it."""


def test_the_benchmarks_are_run_by_name(tmp_path: Path) -> None:
    done = command(tmp_path, "bench", "--quick", "--only", "nothing")
    assert done.returncode == 2
    assert "no such group; there are:" in done.stderr
    assert "engine_peers" in done.stderr


def leaves(group: Any, *before: str) -> Iterator[tuple[str, set[str]]]:
    """Every command, with the names of its options."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, *before, name)
        else:
            yield " ".join((*before, name)), {word for one in command.params for word in one.opts}


def test_every_command_that_changes_something_asks_who_does_it() -> None:
    found = dict(leaves(typer.main.get_command(cli.app)))
    nameless = {name for name, told in found.items() if not told & {"--by", "--key"}}
    assert nameless <= LOOKS, nameless - LOOKS
    assert found.keys() >= LOOKS - {"export"}, "a name that is no command's"


def test_who_did_it_is_written_down_and_without_a_word_it_is_the_account(
    tmp_path: Path, database_url: str
) -> None:
    def said(*words: str) -> subprocess.CompletedProcess[str]:
        done = command(tmp_path, *words, DATABASE_URL=database_url)
        assert done.returncode == 0, done.stderr
        return done

    said("jobs", "pause", "chirps_rain", "--by", "Ada")
    said("jobs", "resume", "chirps_rain")
    said("keys", "create", "Ben", "--by", "Ada")
    acts = [json.loads(line) for line in said("audit", "--json").stdout.splitlines()]
    assert [(act["actor"], act["verb"]) for act in acts] == [
        ("Ada", "create key"), (account(), "resume"), ("Ada", "pause"),
    ]  # fmt: skip
    assert account()


def test_a_job_is_run_for_one_period_that_is_one(tmp_path: Path, database_url: str) -> None:
    wrong = command(tmp_path, "jobs", "run", "plan", "--at", "soon", DATABASE_URL=database_url)
    assert wrong.returncode == 1
    assert "soon" in wrong.stderr
    words = ("jobs", "run", "plan", "--at", "2024-01", "--dry-run", "--json")
    told = command(tmp_path, *words, DATABASE_URL=database_url)
    assert told.returncode == 0, told.stderr
    assert [json.loads(line)["would be"] for line in told.stdout.splitlines()] == ["fetched"]


def test_a_level_of_logs_that_is_none_is_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, "db", "stop", SOC_LOG_LEVEL="foo")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, LINE), done.stderr
    assert "SOC_LOG_LEVEL" in done.stderr


def test_the_exit_codes_are_in_the_help(tmp_path: Path) -> None:
    said = command(tmp_path, "--help").stdout
    for code, words in ((0, "done"), (3, "nothing new"), (6, "another run"), (7, "done in part")):
        assert f"  {code}  {words}" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("register", "import", "partners", "."), "Is a directory"),
        (("export", "series", "area=FRA", "-o", "/nodir/x.csv"), "/nodir is no folder"),
        (("export", "series", "area=FRA", "-o", "."), ". is a folder"),
        (("backup", "{data}/backup"), "cannot be inside of"),
    ],
)
def test_a_place_that_cannot_be_used_is_one_line(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    done = command(tmp_path, *(word.format(data=tmp_path) for word in words))
    assert (done.returncode, len(done.stderr.splitlines())) == (1, LINE), done.stderr
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == [], "nothing was begun for it"


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command(tmp_path, "web", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, LINE), done.stderr
    assert "cannot be listened on" in done.stderr


def test_a_data_folder_whose_name_was_mistyped_is_not_made(tmp_path: Path) -> None:
    done = command(tmp_path / "never", "runs", "list")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, LINE), done.stderr
    assert f"nothing has been set up in {tmp_path}/never" in done.stderr
    assert list(tmp_path.iterdir()) == []
