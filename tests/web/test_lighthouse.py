"""Lighthouse, from npm, with Debian's Chromium: its scores on an emulated phone.

It is no part of the product: it is installed where npm and its registry can be reached, into a
folder that is kept between runs.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

VERSION = "12.8.2"
FLAGS = "--headless=new --no-sandbox --disable-background-networking --no-first-run"
DOCUMENTS = ("/fr/", "/en/status", "/es/methods", "/fr/progress", "/fr/compare?area=FRA~ESP")
WORKBENCH = ("/fr/soc", "/fr/soc/FRA")
LEAST = {"accessibility": 100, "best-practices": 100, "seo": 95}

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def lighthouse() -> Path:
    """Its command; skipped where it cannot be had."""
    npm, chromium = shutil.which("npm"), shutil.which("chromium")
    if npm is None or chromium is None:
        pytest.skip("Lighthouse needs npm and chromium")
    kept = os.environ.get("SOC_TEST_LIGHTHOUSE")
    folder = Path(kept or Path(tempfile.gettempdir()) / f"soc-lighthouse-{VERSION}")
    command = folder / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        asked = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder)]
        done = subprocess.run(
            [*asked, f"lighthouse@{VERSION}"], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"npm could not install Lighthouse: {done.stderr[-300:]}")
    return command


def audit(command: Path, url: str) -> dict[str, Any]:
    asked = [str(command), url, "--output=json", "--quiet", f"--chrome-flags={FLAGS}"]
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    done = subprocess.run(
        asked, env=environment, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def scores(report: dict[str, Any]) -> dict[str, int]:
    return {name: round(100 * one["score"]) for name, one in report["categories"].items()}


def named(report: dict[str, Any]) -> list[str]:
    """The audits that failed, of all categories but speed."""
    return [
        f"{ref['id']}: {json.dumps(report['audits'][ref['id']].get('details', {}))[:500]}"
        for name, one in report["categories"].items()
        if name != "performance"
        for ref in one["auditRefs"]
        if ref["weight"] and report["audits"][ref["id"]]["score"] not in {None, 1}
    ]


@pytest.mark.parametrize("path", [*DOCUMENTS, *WORKBENCH])
def test_lighthouse_finds_nothing(lighthouse: Path, starter: Any, path: str) -> None:
    report = audit(lighthouse, starter.url + path)
    found = scores(report)
    print(path, found)  # noqa: T201  # of the workbench, speed is told and not judged
    for name, least in LEAST.items():
        assert found[name] >= least, (path, found, named(report))
    if path in DOCUMENTS:
        assert found["performance"] >= 90, (path, found)
    assert report["audits"]["cumulative-layout-shift"]["numericValue"] <= 0.05
