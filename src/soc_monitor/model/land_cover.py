"""Land cover: the classes of the maps of the European Space Agency, which several jobs share."""

from typing import Final

ESA_CLASSES: Final = {
    10: "Cropland, rainfed",
    11: "Cropland, rainfed, herbaceous cover",
    12: "Cropland, rainfed, tree or shrub cover",
    20: "Cropland, irrigated or post-flooding",
    30: "Mosaic cropland (>50 %) / natural vegetation (<50 %)",
    40: "Mosaic natural vegetation (>50 %) / cropland (<50 %)",
    50: "Tree cover, broadleaved, evergreen, closed to open (>15 %)",
    60: "Tree cover, broadleaved, deciduous, closed to open (>15 %)",
    61: "Tree cover, broadleaved, deciduous, closed (>40 %)",
    62: "Tree cover, broadleaved, deciduous, open (15-40 %)",
    70: "Tree cover, needleleaved, evergreen, closed to open (>15 %)",
    71: "Tree cover, needleleaved, evergreen, closed (>40 %)",
    72: "Tree cover, needleleaved, evergreen, open (15-40 %)",
    80: "Tree cover, needleleaved, deciduous, closed to open (>15 %)",
    81: "Tree cover, needleleaved, deciduous, closed (>40 %)",
    82: "Tree cover, needleleaved, deciduous, open (15-40 %)",
    90: "Tree cover, mixed leaf type (broadleaved and needleleaved)",
    100: "Mosaic tree and shrub (>50 %) / herbaceous cover (<50 %)",
    110: "Mosaic herbaceous cover (>50 %) / tree and shrub (<50 %)",
    120: "Shrubland",
    121: "Evergreen shrubland",
    122: "Deciduous shrubland",
    130: "Grassland",
    140: "Lichens and mosses",
    150: "Sparse vegetation (tree, shrub, herbaceous cover) (<15 %)",
    151: "Sparse tree (<15 %)",
    152: "Sparse shrub (<15 %)",
    153: "Sparse herbaceous cover (<15 %)",
    160: "Tree cover, flooded, fresh or brackish water",
    170: "Tree cover, flooded, saline water",
    180: "Shrub or herbaceous cover, flooded",
    190: "Urban areas",
    200: "Bare areas",
    201: "Consolidated bare areas",
    202: "Unconsolidated bare areas",
    210: "Water bodies",
    220: "Permanent snow and ice",
}
"""Codes and names of the UN Land Cover Classification System as the maps have them.

Source:
    ESA Climate Change Initiative Land Cover, Product User Guide v2.0 (2017); the same in
    the yearly maps of the Copernicus Climate Change Service. Codes that are no multiple of 10 are
    finer classes, there where a region could tell them.
"""
