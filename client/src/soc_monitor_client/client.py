"""Client: what one asks of a service, or of a folder of its files."""

import json
import shutil
import time
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlparse

from soc_monitor_client import folder, offline
from soc_monitor_client.addresses import has_release
from soc_monitor_client.answers import Areas, Numbers, OwnArea
from soc_monitor_client.transport import (
    Answer,
    Http,
    Problem,
    ProvisionalWarning,
    StaleWarning,
    default_cache,
    wait_of,
)

API = "/api/v1"
LONGEST_EXPORT_S = 3600.0
MOVING = "Some numbers are provisional: replaced when their period is closed."


class Client:
    """One service and one release: every answer of a client is of the same.

    Args:
        where: the service's address, or ``file:///folder`` with files exported from one.
        release: name of a release; None: the newest one when the first answer is asked for.
        cache: folder of kept answers; None: the user's cache folder; False: none are kept.
        key: raises the limits of the service; nothing needs one.
    """

    def __init__(
        self,
        where: str,
        *,
        release: str | None = None,
        cache: Path | str | bool | None = None,
        key: str = "",
    ) -> None:
        """Nothing is asked before the first question."""
        parts = urlparse(where)
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        kept = default_cache() if cache is None or cache is True else None
        if not isinstance(cache, bool) and cache is not None:
            kept = Path(cache)
        self.http = Http(where.rstrip("/"), kept, key)
        self._release = release
        self._newest = release is None
        self._late: dict[str, str] | None = None
        self._warned: set[str] = set()

    @property
    def release(self) -> str:
        """The release that all answers are of."""
        if self._release is None:
            if self._folder is not None:
                _, meta = next(folder.tables(self._folder))
                self._release = str(meta["release"])
            else:
                latest = self.http.send(f"{API}/releases/latest").json()
                self._release = str(latest.get("name") or latest["data"]["name"])
        return self._release

    def series(
        self,
        area: str | list[str],
        variable: str | list[str] = "stock",
        *,
        depth: str | None = None,
        t: str = "..latest",
        level: str | None = None,
        **keys: str,
    ) -> Numbers:
        """An indicator through time, or several of one product below each other.

        Args:
            area: an id such as ``FRA``, several, or ``FRA~ESP``.
            variable: ``stock``, ``total``, ``rate``, … or the id of an indicator; or several.
            depth: of a short variable [cm]: ``0-30``.
            t: ``latest``, ``2010``, ``1960..1990``.
            level: all areas of this level inside of ``area``: ``adm0``, ``adm1``.
            keys: others of the API: ``u``, ``src``, ``labels``.

        Raises:
            Problem: the service refuses, and says why.
        """
        codes = area if isinstance(area, str) else "~".join(area)
        variables = variable if isinstance(variable, str) else "~".join(variable)
        if self._folder is not None:
            held = (
                table
                for table in folder.tables(self._folder)
                if str(table[1].get("release")) == self.release
            )
            rows, meta = offline.series(
                held,
                codes.split("~"),
                variables.split("~"),
                t=t,
                level=level,
                keys={**keys, "d": depth},
            )
            self._say_moving(rows)
            return Numbers(rows, meta)
        asked = {"area": codes, "lvl": level, "v": variables, "d": depth, "t": t, **keys}
        rows, meta = self.pages("/series.json", asked)
        return Numbers(rows, meta)

    def map(
        self,
        variable: str = "stock",
        *,
        depth: str | None = None,
        level: str = "adm0",
        t: str = "latest",
        **keys: str,
    ) -> Areas:
        """One period of every area of a level, with outlines; ``depth`` as of :meth:`series`."""
        if self._folder is not None:
            shown, meta = offline.features(
                self._folder, self.release, variable, level=level, t=t, keys={**keys, "d": depth}
            )
            rows = [one["properties"] for one in shown]
            self._say_moving(rows)
            return Areas(rows, meta, shown)
        asked = {"lvl": level, "v": variable, "d": depth, "t": t, **keys}
        found = self._get("/map.geojson", asked).json()
        meta = self._told(found["metadata"])
        return Areas([one["properties"] for one in found["features"]], meta, found["features"])

    def own_area(
        self,
        shape: dict[str, Any],
        variable: str = "stock",
        *,
        depth: str | None = None,
        **keys: str,
    ) -> list[OwnArea]:
        """The numbers of shapes of your own: GeoJSON, one or many. Nothing of them is kept.

        ``depth`` is as of :meth:`series`.
        """
        self._need_service("own_area")
        address = self._address("aoi/statistics", {"v": variable, "d": depth, **keys})
        answer = self.http.send(address, body=json.dumps(shape).encode())
        found = answer.json()
        meta = self._told(found["meta"])
        return [OwnArea(one["data"], meta, one["area_ha"]) for one in found["data"]]

    def objectives(self) -> list[dict[str, Any]]:
        """The 24 objectives of the Initiative, with status and evidence."""
        if self._folder is not None:
            return offline.document(self._folder, "objectives", self.release)
        found: list[dict[str, Any]] = self._get("/objectives", {}).json()["data"]
        return found

    def areas(self, text: str = "", *, level: str | None = None) -> list[dict[str, Any]]:
        """Areas by a part of their name in any language, or all of a level."""
        if self._folder is not None:
            known = offline.document(self._folder, "areas", self.release)
            asked = text.casefold()
            return [
                one
                for one in known
                if level in {None, one["level"]}
                and any(asked in str(name).casefold() for name in one["names"].values())
            ]
        rows, _ = self.pages("/areas", {"q": text, "lvl": level})
        return rows

    def download(self, name: str, path: Path | str, **keys: str) -> Path:
        """A file of the API, such as ``series.parquet`` or ``grid.tif``; waits while it is made.

        Raises:
            Problem: the service refuses, or could not make it.
        """
        self._need_service("download")
        address = self._address(name, keys)
        end = time.monotonic() + LONGEST_EXPORT_S
        while True:
            answer = self.http.get(address)
            if answer.status != 202:
                break
            told = answer.json()
            if told["state"] == "failed" or time.monotonic() > end:
                raise Problem(500, {"title": "Not made", "detail": told["detail"] or "too slow"})
            time.sleep(wait_of(answer.headers.get("retry-after", ""), 0))
        target = Path(path)
        part = target.with_name(f".{target.name}.part")
        part.write_bytes(answer.body)
        shutil.move(part, target)
        return target

    def _address(self, path: str, keys: dict[str, Any]) -> str:
        """An address with its keys, of this client's release where it is of one."""
        asked = {key: value for key, value in keys.items() if value}
        if has_release(path):
            asked["rel"] = self.release
        query = urlencode(asked, safe="~.,")
        return f"{API}/{path.lstrip('/')}{'?' if query else ''}{query}"

    def _get(self, path: str, keys: dict[str, Any]) -> Answer:
        self._need_service(path)
        return self.http.get(self._address(path, keys))

    def pages(self, path: str, keys: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """All rows of a list that comes in pages."""
        found = self._get(path, keys).json()
        rows, meta = list(found["data"]), self._told(found["meta"])
        following = meta.get("links", {}).get("next")
        while following:
            found = self.http.get(following).json()
            rows += found["data"]
            following = found["meta"].get("links", {}).get("next")
        return rows, meta

    def _told(self, meta: dict[str, Any]) -> dict[str, Any]:
        """Say once what the numbers have about them, and where they are."""
        for one in meta.get("warnings", ()):
            self._warn("/".join([one["code"], *filter(None, [one.get("input")])]), one["detail"])
        if self._newest:
            # A pinned answer says nothing of it: it is the same for ever.
            for name in meta.get("product", {}).get("source_ids", ()):
                if name in self._late_inputs():
                    self._warn(f"stale/{name}", self._late_inputs()[name])
        pinned = meta.get("links", {}).get("pinned", "")
        return {**meta, "address": f"{self.http.base}{pinned}" if pinned else ""}

    def _late_inputs(self) -> dict[str, str]:
        """Inputs that are older than they may be, by id; asked once, for the newest release."""
        if self._late is None:
            try:
                told = self.http.send(f"{API}/freshness", tries=1).json()["data"]
            except (Problem, OSError) as error:
                # The numbers are there, and are worth more than what is said of them.
                told = []
                self._warn("stale", f"Whether any input is late is not known: {error}")
            self._late = {
                one["job_id"]: f"{one['title']} is late: the newest observation ended "
                f"{one['age_days']} days ago, {one['allowed_days']} are allowed."
                for one in told
                if one["state"] in {"late", "broken"}
                and None not in {one["age_days"], one["allowed_days"]}
                and one["age_days"] > one["allowed_days"]
            }
        return self._late

    def _say_moving(self, rows: list[dict[str, Any]]) -> None:
        if any(row["status"] == "provisional" for row in rows):
            self._warn("provisional", MOVING)

    def _warn(self, code: str, detail: str) -> None:
        if code not in self._warned:
            self._warned.add(code)
            kind = StaleWarning if code.startswith("stale") else ProvisionalWarning
            warnings.warn(detail, kind, stacklevel=5)

    def _need_service(self, what: str) -> None:
        if self._folder is not None:
            detail = f"{what} needs a service"
            raise Problem(404, {"title": "Not in a folder of files", "detail": detail})
