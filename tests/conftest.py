"""What tests share: a real PostGIS for the session, a fresh database for each test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from soc_monitor.store import cluster, schema
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store, open_store

ROOT = Path(__file__).parents[1]


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
