"""What the explorer opens with is drawn before the first reader asks for it."""

import threading
import time

from starlette.testclient import TestClient

from soc_monitor.api.premade import Premade, keep_up
from soc_monitor.model import Release
from soc_monitor.web.state import State, settle
from soc_monitor.web.takeover import tile_address


def test_the_tiles_of_the_first_view_are_made_ahead(site: TestClient) -> None:
    state = site.app.state  # type: ignore[attr-defined]
    release: Release = state.catalogue.newest()
    premade: Premade = state.premade
    listed = site.get("/api/v1/indicators").json()["data"]
    settled = settle(State(), (one for one in listed if one["products"]))
    shown, indicator = settled.state, str(settled.indicator["id"])
    where = (settled.product, indicator, settled.period, shown.lvl)
    address = tile_address(release.name, shown.fill, *where)
    fill = address.removeprefix(f"/tiles/{release.name}/")
    doubt = fill.replace("fill/", f"doubt/{shown.unc}/", 1)

    stop = threading.Event()
    worker = threading.Thread(target=keep_up, args=(state.catalogue.store, premade, stop))
    worker.start()
    end = time.monotonic() + 60
    try:
        for layer in (fill, doubt):
            path = layer.format(z=3, x=7, y=7)
            while premade.find(release, path) is None:
                assert time.monotonic() < end, path
                time.sleep(0.1)
            drawn = site.get(f"/tiles/{release.name}/{path}").content
            assert drawn == premade.find(release, path)
    finally:
        stop.set()
        worker.join()
