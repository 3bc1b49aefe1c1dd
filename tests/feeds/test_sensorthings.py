"""A SensorThings service on loopback, of the shape that the standard gives, page by page."""

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds import SensorThingsFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.lorawan import Field, counter
from soc_monitor.feeds.lorawan import reader as lorawan_reader
from soc_monitor.feeds.sensorthings import reader
from soc_monitor.model import Access, Item, Observation, Refused, Station

from .conftest import Server, send

ACCESS = Access(window=(date(2026, 11, 1), date(2026, 11, 30)), plain_http=True)


def stream(number: int, name: str = "soil moisture", symbol: str = "%") -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [8.1, 49.2]}
    return {
        "@iot.id": number, "unitOfMeasurement": {"name": "-", "symbol": symbol},
        "ObservedProperty": {"@iot.id": name, "name": name},
        "Thing": {"@iot.id": "t'1", "name": "Field 7", "Locations": [{"location": point}]},
    }  # fmt: skip


def observation(hour: int, result: Any, **other: Any) -> dict[str, Any]:
    told = {"@iot.id": hour, "phenomenonTime": f"2026-11-01T{hour:02d}:00:00Z",
            "resultTime": None, "result": result}  # fmt: skip
    return {**told, **other}


def links(server: Server, *streams: dict[str, Any]) -> None:
    """What streams link to, by their own addresses."""
    for one in streams:
        for name in ("Thing", "ObservedProperty"):
            path = f"/v1.1/Datastreams({one['@iot.id']})/{name}"
            server.on(path, send(json.dumps(one[name]).encode()))


def page(*values: Any, following: str = "") -> Any:
    body: dict[str, Any] = {"value": list(values)}
    return send(json.dumps(body | ({"@iot.nextLink": following} if following else {})).encode())


def feed(server: Server) -> SensorThingsFeed:
    return SensorThingsFeed(root=f"{server.address}/v1.1", first=date(2026, 1, 1),
                            limits=Limits(pause_s=0.01, tries=2))  # fmt: skip


def rows(server: Server, folder: Path) -> list[Any]:
    made = feed(server)
    (item,) = made.find(ACCESS)
    file = made.fetch(ACCESS, item, folder)
    read = reader({"soil moisture": "soil_moisture"})(item)
    found: list[Any] = []
    for line in file.read_text().splitlines():
        found += read(json.loads(line))
    return found


def test_streams_and_observations_are_read_to_the_last_page(server: Server, tmp_path: Path) -> None:
    server.on("/v1.1/Datastreams", page(stream(42), stream(43, "wind")))
    links(server, stream(43, "wind"))
    server.on(
        "/v1.1/Datastreams(42)/Observations",
        page(observation(1, 23.1), following="Observations?$skip=1"),
        page(observation(2, 0, resultTime="2026-11-03T00:00:00Z"),
             observation(3, 24, phenomenonTime="2026-11-01T03:00:00Z/2026-11-01T04:00:00Z"),
             observation(4, "wet"), observation(5, True)),
    )  # fmt: skip
    server.on("/v1.1/Datastreams(43)/Observations", page(observation(1, 9)))
    station, first, second, third, text, truth, other, wind = rows(server, tmp_path)
    assert station == Station(id="t'1", name="Field 7", lon=8.1, lat=49.2)
    assert (first.value, first.unit, first.variable) == (23.1, "%", "soil_moisture")
    assert (second.value, second.result_time.day, third.time.hour) == (0, 3, 3)
    assert (text.rule, text.found) == ("value", "no number: 'wet'")
    assert truth.found == "no number: True"
    assert (other.id, wind.variable, wind.rule, wind.each) == ("t'1", "wind", "variable", False)
    asked = next(path for path in server.paths() if "(42)/Observations?" in path)
    # Seven days before the window: what came late is asked for again.
    assert "phenomenonTime%20ge%202026-10-25T00%3A00%3A00Z" in asked


def test_a_service_that_mixes_up_what_it_expands_is_read_by_its_links(
    server: Server, tmp_path: Path
) -> None:
    first, second = stream(42), stream(43)
    second["Thing"] = {**second["Thing"], "@iot.id": "t2", "name": "Field 8"}
    # It gives every stream the thing of the first.
    server.on("/v1.1/Datastreams", page(first, {**second, "Thing": first["Thing"]}))
    links(server, first, second)
    server.on("/v1.1/Datastreams(42)/Observations", page(observation(1, 23)))
    server.on("/v1.1/Datastreams(43)/Observations", page(observation(1, 24)))
    found = rows(server, tmp_path)
    assert [one.name for one in found if isinstance(one, Station)] == ["Field 7", "Field 8"]
    read = {one.station: one.value for one in found if isinstance(one, Observation)}
    assert read == {"t'1": 23, "t2": 24}


def test_a_long_window_is_asked_for_piece_by_piece_without_a_hole(server: Server) -> None:
    whole = Access(window=(date(2026, 2, 1), date(2026, 11, 30)), plain_http=True)
    spans = [(one.about["since"], one.about["until"]) for one in feed(server).find(whole)]
    assert (spans[0][0], spans[-1][1]) == (date(2026, 1, 25), date(2026, 11, 30))
    assert len(spans) == 5
    for before, after in pairwise(spans):
        assert after[0] - before[1] == timedelta(days=1)


def test_two_depths_at_one_thing_are_two_sensors(server: Server, tmp_path: Path) -> None:
    server.on("/v1.1/Datastreams", page(stream(42), stream(43)))
    links(server, stream(43))
    server.on("/v1.1/Datastreams(42)/Observations", page(observation(1, 23)))
    server.on("/v1.1/Datastreams(43)/Observations", page(observation(1, 24)))
    found = [one for one in rows(server, tmp_path) if isinstance(one, Observation)]
    assert [(one.station, one.variable, one.datastream) for one in found] == [
        ("t'1", "soil_moisture", "42"), ("t'1", "soil_moisture", "43"),
    ]  # fmt: skip


def test_a_thing_without_a_place_says_so_and_keeps_its_readings(
    server: Server, tmp_path: Path
) -> None:
    placeless = stream(42)
    placeless["Thing"]["Locations"] = []
    server.on("/v1.1/Datastreams", page(placeless))
    server.on("/v1.1/Datastreams(42)/Observations", page(observation(1, 23)))
    told, reading = rows(server, tmp_path)
    assert (told.rule, told.station) == ("place", "t'1")
    assert (reading.station, reading.value) == ("t'1", 23)


def test_a_service_that_refuses_our_order_is_asked_plainly_and_once(
    server: Server, tmp_path: Path
) -> None:
    server.on("/v1.1/Datastreams", send(b"{}", status=422), page(stream(42)))
    server.on("/v1.1/Datastreams(42)/Observations", page(observation(1, 23)))
    assert len(rows(server, tmp_path)) == 2
    ours = ["%24orderby" in path or "$orderby" in path or "$top" in path for path in server.paths()]
    assert ours == [True, False, False]
    # What is refused for another reason, or in the middle, is no question of manners.
    server.on("/v1.1/Datastreams", send(b"{}", status=403))
    with pytest.raises(FeedUnreachable, match="answered 403"):
        rows(server, tmp_path)


def test_a_loop_of_pages_and_a_link_elsewhere_end_with_an_error(
    server: Server, tmp_path: Path
) -> None:
    server.on("/v1.1/Datastreams(42)/Observations", page())
    server.on("/v1.1/Datastreams", page(stream(42), following="Datastreams?again"))
    with pytest.raises(FeedUnreachable, match="the next page was there before"):
        rows(server, tmp_path)
    away = f"http://localhost:{server.server_port}/v1.1/Datastreams"
    server.on("/v1.1/Datastreams", page(stream(42), following=away))
    with pytest.raises(FeedUnreachable, match="is not a host of this feed"):
        rows(server, tmp_path)
    server.on("/v1.1/Datastreams", send(b'{"value": {}}'))
    with pytest.raises(FeedUnreachable, match="'value' is not a list"):
        rows(server, tmp_path)


UPLINK = {
    "end_device_ids": {"device_id": "probe-1", "dev_eui": "70B3D57ED0000001"},
    "received_at": "2026-11-01T10:00:01.2Z",
    "uplink_message": {
        "session_key_id": "AXA5", "f_port": 1, "frm_payload": "AQ==",
        "decoded_payload": {"vwc": 23.1, "temp": 0, "battery": 3.3},
        "rx_metadata": [{"location": {"latitude": 1.0, "longitude": 2.0}}],
        "received_at": "2026-11-01T10:00:00.123456789Z",
        "locations": {"user": {"latitude": 51.1, "longitude": 3.7}},
    },
}  # fmt: skip
FIELDS = {"vwc": Field(variable="soil_moisture", unit="%"),
          "temp": Field(variable="soil_temperature", unit="degC")}  # fmt: skip


def test_an_uplink_is_read_with_what_it_leaves_out() -> None:
    read = lorawan_reader(FIELDS)(Item(key="-", address="-"))
    station, moisture, temperature, battery = read(json.dumps(UPLINK).encode())
    assert station == Station(id="probe-1", name="probe-1", lon=3.7, lat=51.1)
    assert isinstance(moisture, Observation)
    assert (moisture.value, moisture.time.microsecond) == (23.1, 123456)
    assert isinstance(temperature, Observation)
    assert (temperature.value, temperature.datastream) == (0, "temp")
    assert isinstance(battery, Refused)
    assert (battery.rule, battery.variable, battery.each) == ("variable", "battery", False)
    assert counter(json.dumps(UPLINK).encode()) == ("70B3D57ED0000001/AXA5", 0)
    with pytest.raises(ValueError, match="simulated"):
        read(json.dumps({**UPLINK, "simulated": True}).encode())


@pytest.mark.parametrize("told", ["23.1", "wet", True, None, [23.1]])
def test_a_value_that_is_no_number_is_refused_and_its_neighbour_taken(told: Any) -> None:
    payload = {"temp": told, "vwc": 23.1}
    message = {**UPLINK["uplink_message"], "decoded_payload": payload}  # type: ignore[dict-item]  # an object
    read = lorawan_reader(FIELDS)(Item(key="-", address="-"))
    _, broken, moisture = read({**UPLINK, "uplink_message": message})
    assert isinstance(broken, Refused)
    assert (broken.rule, broken.variable) == ("value", "soil_temperature")
    assert "no number" in broken.found
    assert isinstance(moisture, Observation)
    assert moisture.value == 23.1
