"""Variables: the short names that the service takes, and the ids that stand in its tables."""

from soc_monitor_client.transport import Problem

WITH_DEPTH = {
    "aspiration-gap": "soc_aspiration_gap",
    "change": "soc_change",
    "debt": "soc_debt",
    "debt-total": "soc_debt_total",
    "distance": "soc_distance",
    "gap-benchmark": "soc_gap_benchmark",
    "gap-saturation": "soc_gap_saturation",
    "gap-scenario": "soc_gap",
    "moisture": "moisture_anomaly",
    "moisture-percentile": "moisture_percentile",
    "rate": "soc_rate",
    "rate-compound": "soc_rate_compound",
    "samples": "sample_support",
    "sampled-places": "sampled_places",
    "sdg-degraded": "sdg_soc_degraded",
    "sdg-degraded-inclusive": "sdg_soc_degraded_inclusive",
    "sdg-status": "sdg_soc_status",
    "sdg-improved": "sdg_soc_improved",
    "sdg-stable": "sdg_soc_stable",
    "soc-clay": "soc_clay_ratio",
    "soc-clay-degraded": "soc_clay_degraded",
    "soc-clay-degraded-expected": "soc_clay_degraded_expected",
    "soc-clay-excluded": "soc_clay_excluded",
    "soc-clay-good-expected": "soc_clay_good_expected",
    "soc-clay-moderate-expected": "soc_clay_moderate_expected",
    "soc-clay-very-good-expected": "soc_clay_very_good_expected",
    "stock": "soc_stock",
    "total": "soc_total",
}
"""Short name to the id without its depth."""
WITHOUT_DEPTH = {
    "bare": "bare_soil_days",
    "bare-observed": "bare_soil_observed",
    "input-age": "input_age",
    "ndvi": "ndvi_anomaly",
    "npp-anomaly": "npp_anomaly",
    "temperature": "temperature_anomaly",
    "vegetation-coverage": "vegetation_coverage",
    "weather-coverage": "weather_coverage",
}
"""Short name to the id, of what has no depth."""
OF_CHANGE = ("soc_aspiration_gap", "soc_change", "soc_distance", "soc_rate", "soc_rate_compound")
"""Ids, without their depth, of what is counted from a year."""
USUAL_DEPTH = "0-30"


def variable_id(variable: str, depth: str | None = None) -> str:
    """The id of a variable in tables.

    Args:
        variable: a short name, or an id.
        depth: of the layer [cm]: ``0-30``, which is also what None means.

    Raises:
        Problem: the variable is of another depth, or has none.

    Example:
        >>> variable_id("rate"), variable_id("stock", "0-100"), variable_id("ndvi")
        ('soc_rate_0_30cm', 'soc_stock_0_100cm', 'ndvi_anomaly')
        >>> variable_id("soc_total_0_30cm")
        'soc_total_0_30cm'
    """
    if variable in WITH_DEPTH:
        return f"{WITH_DEPTH[variable]}_{_ending(depth or USUAL_DEPTH)}"
    found = WITHOUT_DEPTH.get(variable, variable)
    if depth and not found.endswith(f"_{_ending(depth)}"):
        raise Problem(422, {"title": "Another depth", "detail": f"{variable} is not of {depth} cm"})
    return found


def is_of_change(name: str) -> bool:
    """Whether a variable, by its id, is counted from a year.

    Example:
        >>> is_of_change("soc_rate_0_30cm"), is_of_change("soc_stock_0_30cm")
        (True, False)
    """
    return name.partition("_0_")[0] in OF_CHANGE


def _ending(depth: str) -> str:
    return f"{depth.replace('-', '_')}cm"
