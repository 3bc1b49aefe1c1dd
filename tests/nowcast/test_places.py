"""Places of samples: sites that are visited again are found again, wherever they lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.nowcast import places
from soc_monitor.nowcast.places import number_places

DEGREE_M = 111_195.0
"""Length of a degree of a meridian of the sphere [m]."""


def moved(lon: np.ndarray, lat: np.ndarray, east: np.ndarray, north: np.ndarray) -> tuple[
    np.ndarray, np.ndarray
]:  # fmt: skip
    """Positions so many metres away."""
    to = lon + east / (DEGREE_M * np.cos(np.radians(lat)))
    return (to + 180) % 360 - 180, lat + north / DEGREE_M


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (2.43, 46.5), (24.0, 65.0), (180.0, -16.8)])
def test_sites_that_are_met_within_metres_are_one_place_each(lon: float, lat: float) -> None:
    rng = np.random.default_rng(1)
    row, column = np.divmod(np.arange(400), 20)
    sites = moved(np.full(400, lon), np.full(400, lat), 331.0 * (column - 10), 331.0 * (row - 10))
    every = [moved(*sites, *rng.normal(0, 10, (2, 400))) for _ in range(4)]
    found = number_places(*(np.concatenate(axis) for axis in zip(*every, strict=True)))
    np.testing.assert_array_equal(found, np.tile(np.arange(400), 4))


@pytest.mark.parametrize("lat", [0.0, 46.5, 65.0])
def test_the_limit_is_a_hundred_metres_in_every_direction(lat: float) -> None:
    turn = np.radians(np.arange(0, 360, 15))
    for distance, same in ((99.0, True), (101.0, False)):
        for angle in turn:
            away = moved(np.full(1, 10.0), np.full(1, lat), distance * np.sin(angle)[None],
                         distance * np.cos(angle)[None])  # fmt: skip
            lon, lat_of = np.append(10.0, away[0]), np.append(lat, away[1])
            assert (number_places(lon, lat_of) == 0).all() == same


def test_a_field_that_is_sampled_densely_is_one_place_in_any_order() -> None:
    lon, lat = moved(np.full(200, 5.0), np.full(200, 50.0), 50.0 * np.arange(200), np.zeros(200))
    order = np.random.default_rng(2).permutation(200)
    assert set(number_places(lon[order], lat[order])) == {0}


def test_nothing_sampled_is_no_place() -> None:
    assert number_places(np.empty(0), np.empty(0)).tolist() == []


def test_a_place_has_the_number_of_its_first_position_however_often_it_comes() -> None:
    lon = np.array([7.0, 5.0, 5.0005, 7.0, 5.0, 6.0])
    lat = np.full(6, 50.0)
    assert number_places(lon, lat).tolist() == [0, 1, 1, 0, 1, 5]


def test_visits_of_one_position_are_not_compared_with_each_other() -> None:
    # Pair by pair these would be ten thousand million.
    n = 100_000
    assert not number_places(np.full(n, 5.0), np.full(n, 50.0)).any()


def by_pairs(lon: np.ndarray, lat: np.ndarray) -> list[int]:
    """The rule itself: every pair is looked at, and what is joined takes the least number."""
    at = places.positions(lon, lat)
    near = np.linalg.norm(at[:, None] - at[None], axis=2) <= places.PLACE_M
    place = np.arange(len(at))
    while True:
        least = np.where(near, place, len(at)).min(axis=1, initial=len(at))
        if np.array_equal(least, place):
            return [int(one) for one in place]
        place = least


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(0, 120),
    wide=st.sampled_from([20.0, 150.0, 600.0, 2500.0]),
    where=st.sampled_from([(0.0, 0.0), (180.0, -16.8), (24.0, 65.0), (0.0, 89.9999)]),
)
def test_places_are_those_of_the_pairs_however_the_samples_lie(
    seed: int, count: int, wide: float, where: tuple[float, float]
) -> None:
    rng = np.random.default_rng(seed)
    # Some on a lattice of exactly the limit and a fraction of it, some anywhere, some twice.
    lattice = rng.choice([25.0, 50.0, 100.0]) * rng.integers(-6, 7, (2, count))
    offset = np.where(rng.random(count) < 0.5, lattice, rng.uniform(-wide, wide, (2, count)))
    lon, lat = moved(np.full(count, where[0]), np.full(count, where[1]), *offset)
    again = rng.integers(0, count, count // 4) if count else np.empty(0, int)
    lon, lat = np.append(lon, lon[again]), np.append(lat, lat[again])
    assert number_places(lon, lat).tolist() == by_pairs(lon, lat)


def test_a_dense_plot_is_not_looked_at_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    usual = np.linalg.norm

    def counted(apart: np.ndarray, *, axis: int) -> np.ndarray:
        looked.append(apart[..., 0].size)
        return np.asarray(usual(apart, axis=axis))

    monkeypatch.setattr(np.linalg, "norm", counted)
    n = 20_000
    offset = np.random.default_rng(3).uniform(-200, 200, (2, n))
    found = number_places(*moved(np.full(n, 5.0), np.full(n, 50.0), *offset))
    assert set(found) == {0}
    assert sum(looked) < n * n / 50


def test_two_dense_strips_that_do_not_meet_are_not_looked_at_pair_by_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    usual = np.linalg.norm

    def counted(apart: np.ndarray, *, axis: int) -> np.ndarray:
        looked.append(apart[..., 0].size)
        return np.asarray(usual(apart, axis=axis))

    monkeypatch.setattr(np.linalg, "norm", counted)
    # Askew, so that the boxes around them come near each other, and they are 122 m apart.
    n, side = 4_000, places.CUBE_M
    along = np.random.default_rng(4).uniform(0.01, 0.97, n) * side
    strip = np.stack([along, 0.98 * side - along])
    offset = np.concatenate([strip, strip + np.array([[2 * side], [side]])], axis=1)
    found = number_places(*moved(np.zeros(2 * n), np.zeros(2 * n), *offset))
    assert set(found) == {0, n}
    assert sum(looked) < n * n / 50


def test_a_long_chain_in_any_order_is_joined_in_few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []
    usual = np.array_equal

    def counted(one: np.ndarray, other: np.ndarray) -> bool:
        rounds.append(len(one))
        return usual(one, other)

    monkeypatch.setattr(np, "array_equal", counted)
    n = 5_000
    east = 99.0 * np.random.default_rng(5).permutation(n)
    assert set(number_places(*moved(np.zeros(n), np.zeros(n), east, np.zeros(n)))) == {0}
    assert len(rounds) < 100  # link by link there would be a thousand and more
