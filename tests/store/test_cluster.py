"""The private PostGIS, on real servers: kills, races, accounts and folders."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from soc_monitor.store import cluster
from soc_monitor.store.cluster import programs as postgres
from soc_monitor.store.cluster.folder import LOCK, SOCKET_BYTES

SOURCE = Path(cluster.__file__).parents[3]
START = """
import sys
from pathlib import Path
from soc_monitor.store import cluster
print(cluster.start(Path(sys.argv[1])))
"""
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def place() -> Iterator[Path]:
    """A short folder that any account can pass through; what runs below it is stopped."""
    top = Path(tempfile.mkdtemp(prefix="soc-", dir="/tmp"))
    top.chmod(0o755)
    yield top
    for lock in top.rglob(LOCK):
        cluster.reset(lock.parent)
    shutil.rmtree(top)


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """One cluster with three committed rows for all tests here: initdb takes seconds."""
    top = Path(tempfile.mkdtemp(prefix="soc-", dir="/tmp"))
    top.chmod(0o755)
    cluster.start(top / "pg")
    ask(top / "pg", "create table kept as select generate_series(1, 3) as row")
    yield top / "pg"
    cluster.reset(top / "pg")
    shutil.rmtree(top)


@pytest.fixture
def folder(shared: Path) -> Path:
    """A stopped cluster with three committed rows, for tests that leave it whole."""
    cluster.stop(shared)
    return shared


@pytest.fixture
def copy(folder: Path, place: Path) -> Path:
    """The same, for tests that do not."""
    subprocess.run(["/bin/cp", "-a", folder, place / "pg"], check=True)
    return place / "pg"


@contextmanager
def renamed(path: Path, name: str) -> Iterator[Path]:
    """A file or folder under another name for a while."""
    other = path.rename(path.with_name(name))
    try:
        yield other
    finally:
        cluster.stop(other)
        other.rename(path)


def ask(folder: Path, question: str) -> object:
    """The first value of an answer, None without one."""
    address = cluster.url(folder).replace("+psycopg", "")
    with psycopg.connect(address, connect_timeout=5) as connection:
        found = connection.execute(question)
        row = found.fetchone() if found.description else None
    return row[0] if row else None


def postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def starter(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, str(folder)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until_ready(folder: Path) -> None:
    end = time.monotonic() + 15
    while not cluster.running(folder):
        assert time.monotonic() < end
        time.sleep(0.05)


def state(folder: Path) -> str:
    """What the control file says about the last end of the server."""
    told = subprocess.run(
        [next(postgres.DEBIAN.glob("*/bin/pg_controldata")), folder / "data"],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C"},
    ).stdout
    return next(line.split(":")[1].strip() for line in told.splitlines() if "state:" in line)


def test_a_start_from_nothing_answers_with_postgis_and_checksums(folder: Path) -> None:
    """The fixture was the start from nothing."""
    assert not cluster.running(folder)

    address = cluster.start(folder)

    assert address == f"postgresql+psycopg://soc_monitor@/soc_monitor?host={folder}/run"
    assert address == cluster.url(folder)
    assert cluster.running(folder)
    assert ask(folder, "select st_area('POLYGON((0 0,2 0,2 3,0 3,0 0))'::geometry)") == 6.0
    for setting, value in {
        "data_checksums": "on",
        "fsync": "on",
        "server_encoding": "UTF8",
        "listen_addresses": "",
        "max_connections": "100",
        "jit": "off",
        "timezone": "UTC",
    }.items():
        assert ask(folder, f"show {setting}") == value
    assert ask(folder, "select datcollate from pg_database where datname = 'soc_monitor'") == (
        "C.UTF-8"
    )


def test_the_socket_and_the_data_are_closed_to_others(folder: Path) -> None:
    cluster.start(folder)

    assert (folder / "run").stat().st_mode & 0o777 == 0o700
    assert (folder / "data").stat().st_mode & 0o777 == 0o700


def beginnings(folder: Path) -> int:
    return (folder / "server.log").read_text().count("starting PostgreSQL")


def test_a_second_start_finds_the_same_server_and_writes_nothing(folder: Path) -> None:
    first = cluster.start(folder)
    server, begun = postmaster(folder), beginnings(folder)
    written = (folder / "data" / "postgresql.conf").stat().st_mtime_ns

    assert cluster.start(folder) == first

    assert postmaster(folder) == server
    assert beginnings(folder) == begun
    assert "FATAL:  role" not in (folder / "server.log").read_text()
    assert (folder / "data" / "postgresql.conf").stat().st_mtime_ns == written


def test_two_starts_at_once_make_one_server(place: Path) -> None:
    folder = place / "pg"
    both = [starter(folder), starter(folder)]

    told = [process.communicate(timeout=40) for process in both]

    assert {out.strip() for out, _ in told} == {cluster.url(folder)}, told
    assert (folder / "server.log").read_text().count("ready to accept connections") == 1
    assert ask(folder, "select 1") == 1


def test_the_server_outlives_who_started_it(folder: Path) -> None:
    process = starter(folder)
    process.communicate(timeout=40)
    os.kill(postmaster(folder), 0)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)

    assert ask(folder, "select count(*) from kept") == 3


def test_a_killed_server_is_started_again_with_its_rows(folder: Path) -> None:
    cluster.start(folder)
    ask(folder, "create table just_written as select generate_series(1, 4)")
    dead = postmaster(folder)
    os.kill(dead, signal.SIGKILL)

    cluster.start(folder)

    assert postmaster(folder) != dead
    assert ask(folder, "select count(*) from just_written") == 4


def test_a_backend_left_busy_by_a_killed_server_does_not_stand_in_the_way(folder: Path) -> None:
    cluster.start(folder)
    address = cluster.url(folder).replace("+psycopg", "")
    loop = "do $$ begin loop end loop; end $$"
    busy = subprocess.Popen([shutil.which("psql") or "psql", "-X", "-c", loop, address])
    until = time.monotonic() + 10
    orphan = None
    while orphan is None:
        assert time.monotonic() < until
        orphan = ask(folder, "select pid from pg_stat_activity where query like 'do $$ begin%'")
    os.kill(postmaster(folder), signal.SIGKILL)
    time.sleep(0.5)
    assert Path(f"/proc/{orphan}").exists()

    cluster.start(folder)

    busy.wait(timeout=10)
    assert not Path(f"/proc/{orphan}/cwd").exists()
    assert ask(folder, "select count(*) from kept") == 3


def test_a_dead_server_that_nobody_reaped_does_not_stand_in_the_way(folder: Path) -> None:
    adopt = 36
    libc = ctypes.CDLL(None)
    libc.prctl(adopt, 1, 0, 0, 0)
    try:
        cluster.start(folder)
        dead = postmaster(folder)
        os.kill(dead, signal.SIGKILL)
        cluster.start(folder)
        assert ") Z " in Path(f"/proc/{dead}/stat").read_text()
        assert ask(folder, "select count(*) from kept") == 3
        cluster.stop(folder)
    finally:
        libc.prctl(adopt, 0, 0, 0, 0)
    os.waitpid(dead, 0)


def test_a_pid_that_another_process_has_by_now_does_not_stand_in_the_way(folder: Path) -> None:
    cluster.start(folder)
    os.kill(postmaster(folder), signal.SIGKILL)
    # Of the server's own account: it takes no other for a server.
    account = (folder / "data").stat().st_uid if AS_ROOT else None
    with subprocess.Popen(["/usr/bin/sleep", "60"], user=account) as other:
        pid_file = folder / "data" / "postmaster.pid"
        _, rest = pid_file.read_text().split("\n", 1)
        pid_file.write_text(f"{other.pid}\n{rest}")

        cluster.start(folder)

        assert other.poll() is None
        other.kill()
    assert ask(folder, "select count(*) from kept") == 3


@pytest.mark.parametrize("victim", ["client backend", "checkpointer", "walwriter"])
def test_a_server_with_a_killed_process_heals_itself(folder: Path, victim: str) -> None:
    cluster.start(folder)
    server = postmaster(folder)
    address = cluster.url(folder).replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as open_connection:
        row = open_connection.execute(
            "select pid from pg_stat_activity where backend_type = %s limit 1", [victim]
        ).fetchone()
        assert row
        os.kill(row[0], signal.SIGKILL)
        time.sleep(0.1)

        cluster.start(folder)

        with pytest.raises(psycopg.OperationalError):
            open_connection.execute("select 1")
    assert postmaster(folder) == server
    assert ask(folder, "select count(*) from kept") == 3


@pytest.mark.parametrize("killed_too", ["initdb", "nothing"])
def test_a_start_killed_half_way_through_initdb_is_made_good(place: Path, killed_too: str) -> None:
    folder = place / "pg"
    killed = starter(folder)
    until = time.monotonic() + 20
    while not (folder / "data.new" / "base").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    if killed_too == "initdb":
        os.killpg(killed.pid, signal.SIGKILL)
    else:
        killed.kill()
    killed.communicate()
    assert not (folder / "data").exists()

    cluster.start(folder)

    assert ask(folder, "select 1") == 1
    assert not (folder / "data.new").exists()


def test_a_start_killed_at_any_moment_is_made_good(folder: Path) -> None:
    for moment_s in (0.15, 0.2, 0.25, 0.3, 0.4):
        killed = starter(folder)
        time.sleep(moment_s)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()

        cluster.start(folder)

        assert ask(folder, "select count(*) from kept") == 3
        cluster.stop(folder)


def test_a_clean_stop_leaves_a_clean_state(folder: Path) -> None:
    cluster.start(folder)
    address = cluster.url(folder).replace("+psycopg", "")
    with psycopg.connect(address):
        assert cluster.stop(folder) is True

    assert state(folder) == "shut down"
    assert not cluster.running(folder)
    assert not (folder / "data" / "postmaster.pid").exists()
    assert cluster.stop(folder) is False
    assert cluster.url(folder) == f"postgresql+psycopg://soc_monitor@/soc_monitor?host={folder}/run"


def test_a_stop_of_nothing_makes_nothing(place: Path) -> None:
    assert cluster.stop(place / "absent") is False
    cluster.reset(place / "absent")
    assert not (place / "absent").exists()


@pytest.mark.parametrize("deleted", ["", "data"])
def test_a_folder_deleted_under_its_server_is_made_anew(copy: Path, deleted: str) -> None:
    cluster.start(copy)
    orphaned = postmaster(copy)
    shutil.rmtree(copy / deleted)

    cluster.start(copy)

    assert ask(copy, "select to_regclass('kept')") is None
    assert not Path(f"/proc/{orphaned}/cwd").exists()


def test_a_deleted_socket_is_made_again(folder: Path) -> None:
    cluster.start(folder)
    shutil.rmtree(folder / "run")

    cluster.start(folder)

    assert ask(folder, "select count(*) from kept") == 3


@pytest.mark.parametrize("name", ["x" * 90, "a b, c' \"$(false)", "données"])
def test_a_path_that_no_socket_can_have_gets_a_short_folder(folder: Path, name: str) -> None:
    with renamed(folder, name) as odd:
        address = cluster.start(odd)

        socket = Path(address.partition("host=")[2])
        assert socket.name.startswith("soc-monitor-")
        assert len(os.fsencode(socket)) < SOCKET_BYTES
        assert socket.stat().st_mode & 0o777 == 0o700
        assert socket.stat().st_uid == (odd / "data").stat().st_uid
        assert ask(odd, "select count(*) from kept") == 3
    shutil.rmtree(socket)


def test_a_socket_folder_of_someone_else_is_refused(folder: Path) -> None:
    with renamed(folder, "x" * 90) as far:
        socket = Path(cluster.url(far).partition("host=")[2])
        socket.mkdir()
        socket.chmod(0o777)
        try:
            with pytest.raises(cluster.ClusterOutOfReach, match="delete it"):
                cluster.start(far)
            with pytest.raises(cluster.ClusterOutOfReach, match="delete it"):
                cluster.url(far)
        finally:
            socket.rmdir()


def test_missing_programs_are_told_in_one_line(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "DEBIAN", place)
    monkeypatch.setenv("PATH", str(place))

    with pytest.raises(cluster.PostgresMissing) as told:
        cluster.start(place / "pg")

    assert str(told.value) == (
        "PostgreSQL with PostGIS is not installed: apt-get install postgresql postgresql-postgis"
    )
    assert not (place / "pg").exists()


def newer_version(place: Path) -> Path:
    """A PostgreSQL 99 that does nothing, whose files are in the place it tells."""
    programs = place / "99" / "bin"
    programs.mkdir(parents=True)
    for name in postgres.PROGRAMS:
        (programs / name).write_text(f"#!/bin/sh\necho 'PostgreSQL 99.1'; echo {place}\n")
        (programs / name).chmod(0o755)
    return place


def test_a_server_without_postgis_counts_as_missing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "DEBIAN", newer_version(place))
    monkeypatch.setenv("PATH", str(place))

    with pytest.raises(cluster.PostgresMissing):
        cluster.start(place / "pg")


def test_data_are_served_by_the_version_that_wrote_them(
    folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "extension").mkdir()
    (place / "extension" / "postgis.control").touch()
    for programs in postgres.DEBIAN.glob("*/bin"):
        (place / programs.parent.name).symlink_to(programs.parent)
    monkeypatch.setattr(postgres, "DEBIAN", newer_version(place))

    cluster.start(folder)

    assert ask(folder, "select count(*) from kept") == 3


def test_data_of_a_version_that_is_gone_are_told_in_one_line(place: Path) -> None:
    (place / "pg" / "data").mkdir(parents=True)
    (place / "pg" / "data" / "PG_VERSION").write_text("9\n")

    with pytest.raises(cluster.PostgresMissing, match=r"PostgreSQL 9 .* postgresql-9-postgis-3$"):
        cluster.start(place / "pg")


def test_a_server_that_cannot_start_is_told_with_its_log(folder: Path) -> None:
    with (
        renamed(folder / "data" / "global" / "pg_control", "aside"),
        pytest.raises(cluster.ClusterBroken, match="could not find the database system"),
    ):
        cluster.start(folder)


def test_a_reset_deletes_the_data_and_the_next_start_makes_new_ones(copy: Path) -> None:
    far = copy.rename(copy.with_name("x" * 90))
    socket = Path(cluster.start(far).partition("host=")[2])

    cluster.reset(far)

    assert [entry.name for entry in far.iterdir()] == [LOCK]
    assert not socket.exists()
    assert not cluster.running(far)
    cluster.start(far)
    assert ask(far, "select to_regclass('kept')") is None


def test_a_foreign_folder_is_neither_used_nor_reset(place: Path) -> None:
    mine = place / "thesis.txt"
    mine.write_text("years of work")

    with pytest.raises(cluster.NotACluster, match=r"thesis\.txt"):
        cluster.reset(place)
    with pytest.raises(cluster.NotACluster, match=r"thesis\.txt"):
        cluster.start(place)

    assert [entry.name for entry in place.iterdir()] == ["thesis.txt"]


@pytest.mark.skipif(not AS_ROOT, reason="only root has an account to drop to")
def test_as_root_the_server_is_another_account_that_must_reach_the_folder(place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)

    with pytest.raises(cluster.ClusterOutOfReach, match="SOC_DATA") as told:
        cluster.start(place / "closed" / "pg")

    assert str(told.value).startswith(f"{place}/closed is closed to the account")


@pytest.mark.skipif(not AS_ROOT, reason="the other tests already run as an ordinary user")
def test_an_ordinary_user_starts_kills_heals_and_stops(place: Path) -> None:
    """In a Python of the system: the virtualenv's may lie in root's closed home."""
    nobody = pwd.getpwnam("nobody")
    python = "/usr/bin/python3"
    known = subprocess.run(
        [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
        user=nobody.pw_uid,
        check=False,
    )
    if known.returncode:
        pytest.skip("no Python 3.11 that the account nobody can run")
    package = place / "source" / "soc_monitor"
    (package / "store").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "store" / "__init__.py").touch()
    shutil.copy(SOURCE / "soc_monitor" / "errors.py", package)
    shutil.copytree(SOURCE / "soc_monitor" / "store" / "cluster", package / "store" / "cluster")
    home = place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    script = """
import os, signal, sys
from pathlib import Path
from soc_monitor.store import cluster
folder = Path(sys.argv[1])
cluster.start(folder)
dead = int((folder / "data/postmaster.pid").read_text().split()[0])
os.kill(dead, signal.SIGKILL)
cluster.start(folder)
assert cluster.running(folder)
assert int((folder / "data/postmaster.pid").read_text().split()[0]) != dead
assert os.stat(f"{folder}/run/.s.PGSQL.5432").st_uid == os.getuid() != 0
assert cluster.stop(folder)
print(cluster.url(folder))
try:
    cluster.start(Path(sys.argv[2]))
except cluster.ClusterOutOfReach as error:
    print(error)
"""
    (place / "closed").mkdir(mode=0o700)

    told = subprocess.run(
        [python, "-c", script, str(home / "pg"), str(place / "closed" / "pg")],
        env={"PYTHONPATH": str(place / "source"), "PATH": "/usr/bin:/bin", "HOME": str(home)},
        cwd="/",
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    address, refusal = told.stdout.splitlines()
    assert address == f"postgresql+psycopg://soc_monitor@/soc_monitor?host={home}/pg/run"
    assert "is closed to the account nobody" in refusal
    assert "SOC_DATA" in refusal
    # Root takes over what an ordinary user made, as that user.
    cluster.start(home / "pg")
    assert ask(home / "pg", "select 1") == 1
    assert (home / "pg" / "data" / "postmaster.pid").stat().st_uid == nobody.pw_uid
