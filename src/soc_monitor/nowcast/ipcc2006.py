"""IPCC default tables of 2006, for comparison alone: every product says which edition it is from.

Reference stocks under native vegetation, 0-30 cm, in t C/ha: 2006 IPCC Guidelines, Vol. 4, Ch. 2,
Table 2.3. The Guidelines give each of them the same half of a 95 % interval, 90 % of the value.
There is no polar row. What stands in dispute: the wet tropics hold less carbon in soils of
high-activity clay than in sand (44 and 66), which the 2019 Refinement turned round (60 and 46).
"""

from types import MappingProxyType

from soc_monitor.nowcast.ipcc import Value

HALF_95 = 90.0
"""Half of the 95 % interval of every reference stock, in per cent of it."""

_STOCKS: dict[str, dict[str, int]] = {
    "boreal": {
        "HAC": 68,
        "sandy": 10,
        "spodic": 117,
        "volcanic": 20,
        "wetland": 146,
    },
    "cool_temperate_dry": {
        "HAC": 50,
        "LAC": 33,
        "sandy": 34,
        "volcanic": 20,
        "wetland": 87,
    },
    "cool_temperate_moist": {
        "HAC": 95,
        "LAC": 85,
        "sandy": 71,
        "spodic": 115,
        "volcanic": 130,
        "wetland": 87,
    },
    "warm_temperate_dry": {
        "HAC": 38,
        "LAC": 24,
        "sandy": 19,
        "volcanic": 70,
        "wetland": 88,
    },
    "warm_temperate_moist": {
        "HAC": 88,
        "LAC": 63,
        "sandy": 34,
        "volcanic": 80,
        "wetland": 88,
    },
    "tropical_dry": {
        "HAC": 38,
        "LAC": 35,
        "sandy": 31,
        "volcanic": 50,
        "wetland": 86,
    },
    "tropical_moist": {
        "HAC": 65,
        "LAC": 47,
        "sandy": 39,
        "volcanic": 70,
        "wetland": 86,
    },
    "tropical_wet": {
        "HAC": 44,
        "LAC": 60,
        "sandy": 66,
        "volcanic": 130,
        "wetland": 86,
    },
    "tropical_montane": {
        "HAC": 88,
        "LAC": 63,
        "sandy": 34,
        "volcanic": 80,
        "wetland": 86,
    },
}

SOC_REF: MappingProxyType[str, dict[str, Value]] = MappingProxyType(
    {
        climate: {soil: (float(stock), HALF_95) for soil, stock in soils.items()}
        for climate, soils in _STOCKS.items()
    }
)
"""Climate -> soil class -> reference stock under native vegetation, 0-30 cm."""

LONG_TERM_CULTIVATED: MappingProxyType[str, Value] = MappingProxyType(
    {
        "boreal": (0.69, 12),
        "cool_temperate_dry": (0.80, 9),
        "cool_temperate_moist": (0.69, 12),
        "warm_temperate_dry": (0.80, 9),
        "warm_temperate_moist": (0.69, 12),
        "tropical_dry": (0.58, 61),
        "tropical_moist": (0.48, 46),
        "tropical_wet": (0.48, 46),
        "tropical_montane": (0.64, 50),
    }
)
"""Land-use factor of annual crops; full tillage and medium input have the factor 1."""

PERENNIAL: Value = (1.00, 50)
"""Land-use factor of tree crops, everywhere."""

PADDY: Value = (1.10, 50)
"""Land-use factor of rice that stands in water, everywhere."""
