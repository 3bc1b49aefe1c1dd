"""What the worker does beside its queue goes on, whatever one look meets."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from soc_monitor import operations
from soc_monitor.store.files import Kept


def test_a_keeper_goes_on_after_what_nobody_thought_of(caplog: pytest.LogCaptureFixture) -> None:
    stop = threading.Event()
    looks: list[int] = []

    def look() -> None:
        looks.append(len(looks))
        if len(looks) == 1:
            raise FileNotFoundError("gone")
        stop.set()

    loop = operations._every  # noqa: SLF001  # its loop
    thread = threading.Thread(target=loop, args=(stop, lambda: stop.wait(0.01), look), daemon=True)
    with caplog.at_level("ERROR"):
        thread.start()
        assert stop.wait(10), "the thread has ended"
    thread.join(10)
    assert looks == [0, 1]
    assert "FileNotFoundError: gone" in caplog.text


def test_a_file_that_another_worker_has_removed_meanwhile_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path, most_bytes=1)
    for name in ("aa" * 32, "bb" * 32):
        kept.path(name).parent.mkdir()
        kept.path(name).write_bytes(b"12")
    real = Path.glob

    def meanwhile(self: Path, pattern: str) -> Iterator[Path]:
        found = list(real(self, pattern))
        kept.path("aa" * 32).unlink()
        return iter(found)

    monkeypatch.setattr(Path, "glob", meanwhile)
    assert kept.tidy() == 1
    assert kept.find("bb" * 32) is None
