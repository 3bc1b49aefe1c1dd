"""What tests share: a real PostGIS for the session, a fresh database for each test."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from soc_monitor import operations
from soc_monitor.settings import Settings
from soc_monitor.store import cluster, schema
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store, open_store

ROOT = Path(__file__).parents[1]

# Tests start hundreds of processes: without compiled code kept, each takes seconds to begin.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes is the machine's doing.
settings.register_profile("whatever the load", deadline=None)
settings.load_profile("whatever the load")

# All tests come from one address; those of the limit set their own.
os.environ["SOC_REQUESTS_PER_MINUTE"] = "0"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the shared reference data; tests that need it skip where it is not."""
    folder = Path(os.environ.get("SOC_TEST_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        here = (ROOT.parent / "shared").is_dir()
        assert not here, "shared data are here, SOC_TEST_SHARED points elsewhere"
        pytest.skip("shared data are not here")
    return folder


@pytest.fixture(scope="session")
def postgis() -> Iterator[str]:
    """URL of a private PostGIS that lives as long as the session."""
    folder = Path(tempfile.mkdtemp(prefix="soc-test-"))
    folder.chmod(0o755)  # the server runs under another account when the tests run as root
    try:
        yield cluster.start(folder / "postgres")
    finally:
        cluster.stop(folder / "postgres")
        shutil.rmtree(folder)


def database(url: str, name: str) -> str:
    """The same server, another database."""
    head, _, tail = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{tail}"


@pytest.fixture(scope="session")
def template(postgis: str) -> str:
    """Name of a database with the newest schema, to be cloned."""
    _admin(postgis, "CREATE DATABASE template_soc")
    engine = make_engine(database(postgis, "template_soc"), statement_s=0)
    schema.upgrade(engine)
    engine.dispose()
    return "template_soc"


def _admin(url: str, statement: str) -> None:
    engine = create_engine(database(url, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def database_url(postgis: str, template: str) -> Iterator[str]:
    """URL of an empty database of this test's own, with the newest schema."""
    name = f"t{uuid.uuid4().hex}"
    _admin(postgis, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield database(postgis, name)
    _admin(postgis, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store of this test's own."""
    opened = open_store(database_url, tmp_path / "arrays", statement_s=60)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def clone(postgis: str) -> Iterator[Callable[[str], str]]:
    """Makes a database from a template, by name, and gives its URL; all go with the session."""
    made = []

    def new(template: str) -> str:
        made.append(f"c{uuid.uuid4().hex}")
        _admin(postgis, f"CREATE DATABASE {made[-1]} TEMPLATE {template}")
        return database(postgis, made[-1])

    yield new
    for name in made:
        _admin(postgis, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def starter_arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the arrays of ``starter_url``."""
    return tmp_path_factory.mktemp("starter") / "arrays"


@pytest.fixture(scope="session")
def starter_template(postgis: str, template: str, starter_arrays: Path) -> str:
    """Name of a database with all starter data, ingested and published once, to be cloned."""
    _admin(postgis, f"CREATE DATABASE template_starter TEMPLATE {template}")
    settings = Settings(data=starter_arrays.parent, mirror="", ingest_jobs=None, jobs=())
    store = operations.open_for_runs(settings, database(postgis, "template_starter"))
    failures = operations.set_up(settings, store)
    store.close()
    assert failures == []
    return "template_starter"


@pytest.fixture(scope="session")
def starter_url(clone: Callable[[str], str], starter_template: str) -> str:
    """URL of a database with all starter data in one release, for tests that only read."""
    return clone(starter_template)


@pytest.fixture(scope="session")
def starter_store(starter_url: str, starter_arrays: Path) -> Iterator[Store]:
    """A store with all starter data in one release, for tests that only read."""
    opened = open_store(starter_url, starter_arrays, statement_s=60)
    yield opened
    opened.close()
