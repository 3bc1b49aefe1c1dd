"""Detect: how large a change must be, and how long it must last, to be seen at all."""

import math

from soc_monitor.model.change import ASPIRATION, STANDARD

ALPHA, POWER = 0.05, 0.8
"""Chance to see a change where there is none, and to see one where there is."""


def threshold(alpha: float = ALPHA, power: float = POWER) -> float:
    """Standard errors that a change must measure to be seen.

    Source:
        z(1 - alpha / 2) + z(power): two-sided test of a normal mean.

    Example:
        >>> round(threshold(), 4)
        2.8016
    """
    return STANDARD.inv_cdf(1 - alpha / 2) + STANDARD.inv_cdf(power)


def site_difference_sd(sd: float, correlation: float) -> float:
    """Spread of the difference between two visits of a site: ``sd sqrt(2 (1 - correlation))``.

    Example:
        >>> round(site_difference_sd(10.0, 0.5), 9)
        10.0
    """
    return sd * math.sqrt(2 * (1 - correlation))


def least_change(sd: float, sites: float, *, paired: bool = True) -> float:
    """Minimum detectable change between two surveys.

    Args:
        sd: of the differences of the sites if they are visited twice, else of the sites [any].
        sites: visited in each survey, or their effective number where neighbours go together.
        paired: whether the same sites are visited twice.

    Returns:
        [as ``sd``]; infinite without sites.

    Source:
        2.8016 sd / sqrt(n), and 2.8016 sd sqrt(2 / n) for two sets of sites.

    Example:
        >>> round(least_change(12.0, 785), 3)
        1.2
    """
    if sites <= 0:
        return math.inf
    return threshold() * sd * math.sqrt((1 if paired else 2) / sites)


def sites_needed(sd: float, change: float) -> int:
    """Paired sites that show a change: 60 t/ha, a spread of 20 %, 4 permille over 5 years need 785.

    Example:
        >>> [sites_needed(12.0, 60 * 0.004 * years) for years in (5, 10, 1)]
        [785, 197, 19623]
    """
    return math.ceil((threshold() * sd / change) ** 2)


def years_until_detectable(
    base: float, level_sd: float, *, rate: float = ASPIRATION, rate_sd: float = 0.0
) -> float | None:
    """Years until a steady rate stands out of its error.

    Args:
        base: stock at the start [any].
        level_sd: standard error of the difference of two stocks, however far apart [as ``base``].
        rate: that goes on year after year [permille yr-1].
        rate_sd: error that grows with time, such as a model's own [permille yr-1].

    Returns:
        Years; None: never, for the error grows as fast as the change.

    Source:
        Smallest t with ``rate base t = 2.8016 sqrt(level_sd^2 + (rate_sd base t)^2)``.

    Example:
        >>> round(years_until_detectable(60.0, 1.2 / threshold()), 9)
        5.0
        >>> years_until_detectable(60.0, 0.4, rate_sd=2.0) is None
        True
    """
    z = threshold()
    left = rate**2 - (z * rate_sd) ** 2
    if base <= 0 or left <= 0:
        return None
    return z * level_sd / (base / 1000 * math.sqrt(left))
