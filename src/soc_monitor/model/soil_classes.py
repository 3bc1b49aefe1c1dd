"""Soil classes: reference groups of the WRB, as SoilGrids 2.0 numbers them."""

from typing import Final

WRB_GROUPS: Final = (
    "Acrisols", "Albeluvisols", "Alisols", "Andosols", "Arenosols", "Calcisols", "Cambisols",
    "Chernozems", "Cryosols", "Durisols", "Ferralsols", "Fluvisols", "Gleysols", "Gypsisols",
    "Histosols", "Kastanozems", "Leptosols", "Lixisols", "Luvisols", "Nitisols", "Phaeozems",
    "Planosols", "Plinthosols", "Podzols", "Regosols", "Solonchaks", "Solonetz", "Stagnosols",
    "Umbrisols", "Vertisols",
)  # fmt: skip
"""By their number."""
VOLCANIC: Final = WRB_GROUPS.index("Andosols")
"""Soils of volcanic ash: they hold carbon by their own minerals."""
ORGANIC: Final = WRB_GROUPS.index("Histosols")
WEATHERED: Final = tuple(
    WRB_GROUPS.index(name)
    for name in ("Acrisols", "Ferralsols", "Lixisols", "Nitisols", "Plinthosols")
)
"""Strongly weathered soils of the tropics, whose clay is of low activity."""
