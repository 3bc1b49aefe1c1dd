"""Samples and maps, against closed forms that were worked out on paper."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_monitor.errors import BadValue
from soc_monitor.model.change import linear_rate
from soc_monitor.nowcast import assimilation as oi
from soc_monitor.nowcast import depth
from soc_monitor.nowcast.assimilation import Observations, analyse
from soc_monitor.nowcast.depth import Layer

KM_A_DEGREE = math.pi * oi.EARTH_KM / 180


def observed(*samples: tuple[int, float, float]) -> Observations:
    cell, value, sd = zip(*samples, strict=True)
    return Observations(
        cell=np.array(cell), value=np.array(value), variance=np.array(sd, float) ** 2
    )


def line(*km: float, scale: float = 20.0, stratum: tuple[int, ...] | None = None):  # type: ignore[no-untyped-def]  # a function
    """Correlation of cells on a meridian."""
    lat = np.array(km) / KM_A_DEGREE
    kinds = np.array(stratum or (0,) * len(km))
    return oi.by_distance(np.zeros(len(km)), lat, kinds, lambda d: np.exp(-d / scale))


def test_one_sample_in_one_cell() -> None:
    after = analyse(np.array([50.0]), np.array([10.0]), observed((0, 60.0, 5.0)), line(0))
    assert after.mean == pytest.approx([58.0], abs=1e-9)
    assert after.sd == pytest.approx([math.sqrt(20)], abs=1e-9)
    assert after.weight == pytest.approx([0.8], abs=1e-9)


def test_a_neighbour_ten_kilometres_away_moves_with_it() -> None:
    after = analyse(
        np.array([50.0, 60.0]), np.array([10.0, 12.0]), observed((0, 56.0, 3.0)), line(0, 10)
    )
    assert after.mean == pytest.approx([55.504587, 64.006441], abs=1e-5)
    assert after.sd == pytest.approx([2.873479, 9.767263], abs=1e-5)


def test_another_stratum_moves_half_as_much() -> None:
    mean, sd = np.array([50.0, 60.0]), np.array([10.0, 12.0])
    same = analyse(mean, sd, observed((0, 56.0, 3.0)), line(0, 10))
    other = analyse(mean, sd, observed((0, 56.0, 3.0)), line(0, 10, stratum=(0, 1)))
    assert other.mean[1] - 60 == pytest.approx((same.mean[1] - 60) / 2)
    assert other.mean[0] == pytest.approx(same.mean[0])


def test_samples_one_by_one_and_all_at_once_give_the_same() -> None:
    # One cell, where the error after the first is the error before the second.
    mean, sd = np.array([50.0]), np.array([10.0])
    first = analyse(mean, sd, observed((0, 60.0, 5.0)), line(0))
    second = analyse(first.mean, first.sd, observed((0, 52.0, 8.0)), line(0))
    batch = analyse(mean, sd, oi.together(observed((0, 60.0, 5.0), (0, 52.0, 8.0))), line(0))
    assert batch.mean == pytest.approx(second.mean, abs=1e-9)
    assert batch.sd == pytest.approx(second.sd, abs=1e-9)


@given(st.permutations([(0, 55.0, 6.0), (1, 70.0, 9.0), (2, 40.0, 5.0), (0, 58.0, 7.0)]))
def test_the_order_of_samples_does_not_matter(samples: list[tuple[int, float, float]]) -> None:
    mean, sd = np.array([50.0, 60.0, 45.0]), np.array([10.0, 12.0, 9.0])
    usual = [(0, 55.0, 6.0), (1, 70.0, 9.0), (2, 40.0, 5.0), (0, 58.0, 7.0)]
    one, other = (
        analyse(mean, sd, oi.together(observed(*some)), line(0, 10, 25))
        for some in (usual, samples)
    )
    assert one.mean == pytest.approx(other.mean, abs=1e-9)
    assert one.sd == pytest.approx(other.sd, abs=1e-9)


def test_blocks_of_cells_change_nothing() -> None:
    mean, sd = np.linspace(40, 60, 7), np.linspace(8, 12, 7)
    seen = observed((2, 70.0, 5.0), (5, 30.0, 5.0))
    whole = analyse(mean, sd, seen, line(*range(0, 70, 10)))
    parts = analyse(mean, sd, seen, line(*range(0, 70, 10)), block=3)
    assert parts.mean == pytest.approx(whole.mean, abs=1e-12)


def test_a_sample_that_comes_twice_counts_once() -> None:
    samples = [("a", "2020-06", "0-30", 60.0), ("a", "2020-06", "0-30", 60.0)]
    assert oi.once(samples, key=lambda one: one[:3]) == samples[:1]


def test_a_sample_that_cannot_be_true_is_set_aside() -> None:
    seen = observed((0, 60.0, 5.0), (0, 140.0, 5.0))
    assert oi.outliers(np.array([50.0]), np.array([10.0]), seen).tolist() == [False, True]


def test_on_average_the_innovation_of_honest_errors_is_one() -> None:
    draws = np.random.default_rng(3)
    truth = draws.normal(50.0, 10.0, 20_000)
    seen = Observations(
        cell=np.arange(20_000),
        value=truth + draws.normal(0, 5, 20_000),
        variance=np.full(20_000, 25.0),
    )
    found = oi.innovation(np.full(20_000, 50.0), np.full(20_000, 10.0), seen)
    assert found.mean() == pytest.approx(1.0, abs=0.05)


def test_what_near_samples_have_in_common_does_not_average_away() -> None:
    # Two cells 10 km apart by hand: B 100 and 100 e^-0.5, R 25 and 16 e^-0.5.
    mean, sd, near = np.full(2, 50.0), np.full(2, 10.0), math.exp(-0.5)
    alone = observed((0, 60.0, 5.0), (1, 60.0, 5.0))
    shared = replace(alone, common=np.full(2, 4.0))
    after = analyse(mean, sd, shared, line(0, 10))
    gain = (100 + 100 * near) / (100 + 100 * near + 25 + 16 * near)
    assert after.mean == pytest.approx(50 + 10 * gain, abs=1e-9)
    assert (after.mean < analyse(mean, sd, alone, line(0, 10)).mean).all()
    # Out of each other's reach it does not matter.
    far = [analyse(mean, sd, one, line(0, 2000)).mean for one in (alone, shared)]
    assert far[0] == pytest.approx(far[1], abs=1e-9)


def test_intervals_hold_the_truth_where_surveys_err_together() -> None:
    random, cells, trials = np.random.default_rng(4), np.arange(12), 1500
    near = line(*(10.0 * cells), scale=100.0)
    alike = near(cells, cells)
    root = np.linalg.cholesky(alike)
    mean, sd, own, common = np.full(12, 60.0), np.full(12, 12.0), 4.0, 6.0
    inside: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(trials):
        truth = mean + sd * (root @ random.normal(size=12))
        told = truth + own * random.normal(size=12) + common * (root @ random.normal(size=12))
        variance = np.full(12, own**2 + common**2)
        for counted, held in inside.items():
            seen = Observations(
                cell=cells, value=told, variance=variance, common=common if counted else 0.0
            )
            after = analyse(mean, sd, seen, near)
            held.append(float((np.abs(after.mean - truth) <= 1.96 * after.sd).mean()))
    assert 0.94 <= np.mean(inside[True]) <= 0.96
    assert np.mean(inside[False]) < 0.90


def test_an_ensemble_says_the_same_as_the_closed_form() -> None:
    draws = np.random.default_rng(5)
    prior = draws.normal(50.0, 10.0, 5000)
    seen = 60.0 + draws.normal(0, 5, 5000)
    # Each member is updated by itself, with an observation that errs for it alone.
    sd = np.array([prior.std(ddof=1)])
    posterior = np.array(
        [
            analyse(np.array([one]), sd, observed((0, told, 5.0)), line(0)).mean[0]
            for one, told in zip(prior.tolist(), seen.tolist(), strict=True)
        ]
    )
    assert posterior.mean() == pytest.approx(58.0, rel=0.02)
    assert posterior.std(ddof=1) == pytest.approx(math.sqrt(20), rel=0.02)


@given(st.floats(20, 200), st.floats(1, 60), st.floats(0, 300), st.floats(1, 60), st.floats(0, 500))
def test_a_sample_never_makes_a_map_less_sure(
    mean: float, sd: float, value: float, error: float, km: float
) -> None:
    after = analyse(
        np.array([mean, mean]), np.array([sd, sd]), observed((0, value, error)), line(0, km)
    )
    assert (after.sd <= sd + 1e-9).all()
    assert ((after.weight >= -1e-12) & (after.weight <= 1)).all()
    assert (after.mean >= 0).all()


def test_a_corrected_level_is_no_change() -> None:
    history = np.array([50.0, 50.4, 51.0])
    moved = oi.rebase(history, np.array(51.0), np.array(58.0))
    assert moved[-1] == pytest.approx(58.0)
    before, after = (linear_rate(h[2], h[0], 5) for h in (history, moved))
    assert after == pytest.approx(before, abs=1e-9)
    assert oi.rebase(np.array([0.0]), np.array(0.0), np.array(5.0)).tolist() == [0.0]


# --- depth -------------------------------------------------------------------------------------


def test_the_stock_of_three_layers_is_that_of_the_worked_example() -> None:
    layers = [(2.4, 1.10, 5, 0.05), (1.8, 1.25, 10, 0.08), (1.2, 1.40, 15, 0.12)]
    stocks = [depth.layer_stock(*layer) for layer in layers]
    assert stocks == pytest.approx([12.540, 20.700, 22.176])
    assert sum(stocks) == pytest.approx(55.416)
    spreads = (0.03, 0.03, 0.04)
    errors = [
        stock * depth.layer_error(0.10, 0.05, layer[3], sd)
        for stock, layer, sd in zip(stocks, layers, spreads, strict=True)
    ]
    assert depth.profile_error(errors, 0.0) == pytest.approx(3.886, abs=5e-4)
    assert depth.profile_error(errors, 1.0) == pytest.approx(6.544, abs=5e-4)


def layer(top: float, bottom: float, stock: float) -> Layer:
    return Layer(top_cm=top, bottom_cm=bottom, stock=stock, sd=stock / 10)


def test_a_thin_last_layer_is_cut_in_proportion() -> None:
    found = depth.to_reference([layer(0, 20, 40.0), layer(20, 35, 15.0)])
    assert found.value == pytest.approx(50.0)
    assert not found.inferred


def test_a_thick_last_layer_is_cut_by_the_curve_of_the_profile() -> None:
    # Carbon falls with depth: the upper half of 10-50 cm holds more than half of it.
    found = depth.to_reference([layer(0, 10, 30.0), layer(10, 50, 40.0)])
    assert 50.0 < found.value < 60.0


@given(st.floats(1, 80), st.floats(1, 80), st.floats(1, 80))
def test_a_curve_keeps_the_mass_of_every_layer(a: float, b: float, c: float) -> None:
    edges, total = np.array([0.0, 10, 30, 60]), np.cumsum([0.0, a, b, c])
    for edge, stock in zip(edges, total, strict=True):
        assert depth.cumulated_at(edges, total, edge) == pytest.approx(stock, abs=1e-9)
    fine = [depth.cumulated_at(edges, total, z) for z in np.linspace(0, 60, 61)]
    assert (np.diff(fine) >= -1e-9).all()


def test_what_lies_below_the_samples_is_inferred_and_less_sure() -> None:
    found = depth.to_reference([layer(0, 20, 40.0)])
    assert found.inferred
    assert found.value > 40 * 1.2
    assert found.sd / found.value > 0.1


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "without a layer"),
        ([layer(5, 30, 40.0)], "5-30 cm"),
        ([layer(0, 10, 20.0), layer(20, 30, 10.0)], "from 10 cm"),
        ([layer(0, float("nan"), 20.0)], "without depth"),
        ([layer(0, 0, 20.0)], "0-0 cm"),
    ],
)
def test_a_sample_without_depth_is_named(layers: list[Layer], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        depth.to_reference(layers)


def test_compaction_alone_is_no_gain_at_equal_mass() -> None:
    loose, dense = 1.2 * 30 * 100, 1.4 * 30 * 100
    carbon = 0.015
    fixed = dense * carbon / (loose * carbon)
    assert fixed > 1.15
    base, now = depth.at_equal_mass(
        np.array([0, loose]), np.array([0, loose * carbon]),
        np.array([0, dense]), np.array([0, dense * carbon]),
    )  # fmt: skip
    assert now == pytest.approx(base)
