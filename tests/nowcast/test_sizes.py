"""Sizes of errors that other tests draw their truth from: pinned to where they come from."""

import pytest

from soc_monitor.nowcast.erring import FILLED
from soc_monitor.nowcast.forecast import PACE_SD, UNTOLD


def test_errors_have_the_sizes_of_their_sources() -> None:
    # 10 % of the rate constants and 25 % of the level of input, one error in equilibrium.
    assert pytest.approx(0.10**2 + 0.25**2) == PACE_SD**2
    # The middle of the 20 to 40 % a cell that published comparisons of soil maps find.
    assert pytest.approx((0.20 + 0.40) / 2) == UNTOLD
    # As the page of methods says: what is filled from a mean year errs twice as much.
    assert FILLED == 2
