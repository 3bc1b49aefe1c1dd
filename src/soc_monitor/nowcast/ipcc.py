"""IPCC default tables of 2019, and how land-cover classes are read as IPCC land uses.

Numbers are t C/ha or ratios, each with half of its 95 % interval in per cent of the value. They
come from the 2019 Refinement to the 2006 IPCC Guidelines, Vol. 4: reference stocks from Ch. 2,
Table 2.3, factors from Ch. 5, Table 5.5. The reference stocks and the factors were derived
together: editions are never mixed.
"""

from types import MappingProxyType

Value = tuple[float, float]
"""(value, half of the 95 % interval in per cent of it)."""

SOC_REF: MappingProxyType[str, dict[str, Value]] = MappingProxyType(
    {
        "polar": {"HAC": (59, 41), "sandy": (27, 67)},
        "boreal": {
            "HAC": (63, 18),
            "sandy": (10, 90),
            "spodic": (117, 90),
            "volcanic": (20, 90),
            "wetland": (116, 65),
        },
        "cool_temperate_dry": {
            "HAC": (43, 8),
            "LAC": (33, 90),
            "sandy": (13, 33),
            "volcanic": (20, 90),
            "wetland": (87, 90),
        },
        "cool_temperate_moist": {
            "HAC": (81, 5),
            "LAC": (76, 51),
            "sandy": (51, 13),
            "spodic": (128, 14),
            "volcanic": (136, 14),
            "wetland": (128, 13),
        },
        "warm_temperate_dry": {
            "HAC": (24, 5),
            "LAC": (19, 16),
            "sandy": (10, 5),
            "volcanic": (84, 65),
            "wetland": (74, 17),
        },
        "warm_temperate_moist": {
            "HAC": (64, 5),
            "LAC": (55, 8),
            "sandy": (36, 23),
            "spodic": (143, 30),
            "volcanic": (138, 12),
            "wetland": (135, 28),
        },
        "tropical_dry": {
            "HAC": (21, 5),
            "LAC": (19, 10),
            "sandy": (9, 9),
            "volcanic": (50, 90),
            "wetland": (22, 17),
        },
        "tropical_moist": {
            "HAC": (40, 7),
            "LAC": (38, 5),
            "sandy": (27, 12),
            "volcanic": (70, 90),
            "wetland": (68, 17),
        },
        "tropical_wet": {
            "HAC": (60, 8),
            "LAC": (52, 6),
            "sandy": (46, 20),
            "volcanic": (77, 27),
            "wetland": (49, 19),
        },
        "tropical_montane": {
            "HAC": (51, 10),
            "LAC": (44, 11),
            "sandy": (52, 34),
            "volcanic": (96, 31),
            "wetland": (82, 50),
        },
    }
)
"""Climate -> soil class -> reference stock under native vegetation, 0-30 cm."""

LONG_TERM_CULTIVATED: MappingProxyType[str, Value] = MappingProxyType(
    {
        # The boreal and polar zones share the cool temperate moist factor: the table has one row.
        "polar": (0.70, 12),
        "boreal": (0.70, 12),
        "cool_temperate_dry": (0.77, 14),
        "cool_temperate_moist": (0.70, 12),
        "warm_temperate_dry": (0.76, 12),
        "warm_temperate_moist": (0.69, 16),
        "tropical_dry": (0.92, 13),
        "tropical_moist": (0.83, 11),
        "tropical_wet": (0.83, 11),
        "tropical_montane": (0.86, 50),
    }
)
"""Land-use factor of annual crops; full tillage and medium input have the factor 1."""

PERENNIAL_TEMPERATE: Value = (0.72, 22)
"""Land-use factor of tree crops outside of the tropics."""

PERENNIAL_TROPICAL: Value = (1.01, 25)
"""The same in the tropics; one stored source has 1.10, two have 1.01."""

PADDY: Value = (1.35, 4)
"""Land-use factor of rice that stands in water, in every climate."""

NATIVE_USES = ("forest", "grassland", "shrub", "sparse", "wetland")
"""Land uses whose factors are all 1: native or nominally managed."""

LAND_USE: MappingProxyType[str, tuple[int, ...]] = MappingProxyType(
    {
        "cropland": (
            10,
            11,
            30,
            40,
        ),
        "cropland_perennial": (12,),
        "paddy": (20,),
        "forest": (
            50,
            60,
            61,
            62,
            70,
            71,
            72,
            80,
            81,
            82,
            90,
            100,
            110,
        ),
        "grassland": (130,),
        "shrub": (
            120,
            121,
            122,
        ),
        "sparse": (
            140,
            150,
            151,
            152,
            153,
        ),
        "wetland": (
            160,
            170,
            180,
        ),
        "artificial": (190,),
        "bare": (
            200,
            201,
            202,
        ),
        "water": (210,),
        "ice": (220,),
    }
)
"""IPCC land use -> classes of the ESA CCI land-cover legend, as FAO's GSOCseq reads them. Flooded
woods and mangroves are wetlands; class 20, irrigated or flooded crops, is paddy, though it holds
other irrigated crops too. Bare, water, ice and artificial land are not estimated: they are masked,
not zero."""
