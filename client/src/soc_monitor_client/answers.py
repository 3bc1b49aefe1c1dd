"""Answers: rows with what must be known of them, and the ways into other libraries."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

NUMBERS = (
    "value",
    "lower_95",
    "upper_95",
    "lower_50",
    "upper_50",
    "std_error",
    "mapped_fraction",
)
"""Columns that become variables of an xarray dataset."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Rows of the tidy table: an area and a period each."""

    rows: list[dict[str, Any]]
    meta: dict[str, Any] = field(repr=False)

    @property
    def release(self) -> str:
        """Name of the release, which never changes."""
        return str(self.meta.get("release", ""))

    @property
    def unit(self) -> str:
        """Of the values."""
        return str(self.meta.get("unit") or (self.rows[0]["unit"] if self.rows else ""))

    @property
    def licence(self) -> str:
        """Of the data."""
        return str(self.meta.get("product", {}).get("licence", ""))

    @property
    def citation(self) -> str:
        """How to cite the numbers."""
        product = self.meta.get("product", {})
        where = self.meta.get("address", "")
        title = self.meta.get("title", "")
        source = product.get("citation") or product.get("title", "")
        return (
            f"soc-monitor ({self.release[:4]}). {title}. Release {self.release}. {where} "
            f"Source of the data: {source}"
        )

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What to know before the numbers are used."""
        return list(self.meta.get("warnings", ()))

    def to_pandas(self) -> "pd.DataFrame":
        """A frame with a row each, dates as dates; ``attrs`` has citation, licence and release."""
        import pandas as pd  # noqa: PLC0415  # only who asks for it needs it

        frame = pd.DataFrame(self.rows)
        for name in ("period_start", "period_end"):
            if name in frame:
                frame[name] = pd.to_datetime(frame[name])
        frame.attrs |= self._attributes()
        return frame

    def to_xarray(self) -> "xr.Dataset":
        """Areas by time: the value, its intervals and its mapped share."""
        import xarray as xr  # noqa: PLC0415  # only who asks for it needs it

        frame = self.to_pandas()
        known = [name for name in NUMBERS if name in frame]
        table = frame.set_index(["area_id", "period_start"])[known].astype("float64")
        made: xr.Dataset = table.to_xarray().rename(area_id="area", period_start="time")
        codes = list(dict.fromkeys(frame["area_id"]))
        made = made.sel(area=codes)
        names = dict(zip(frame["area_id"], frame["area_name"], strict=True))
        made = made.assign_coords(name=("area", [names[code] for code in codes]))
        for name in known[:6]:
            made[name].attrs["units"] = self.unit
        made.attrs |= self._attributes()
        return made

    def _attributes(self) -> dict[str, str]:
        return {
            "citation": self.citation,
            "licence": self.licence,
            "release": self.release,
            "unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class Areas(Numbers):
    """One period of many areas, with their outlines."""

    features: list[dict[str, Any]] = field(default_factory=list, repr=False)

    def to_geopandas(self) -> "gpd.GeoDataFrame":
        """A frame with outlines, WGS 84."""
        import geopandas as gpd  # noqa: PLC0415  # only who asks for it needs it

        shaped = [one for one in self.features if one.get("geometry")]
        frame = gpd.GeoDataFrame.from_features(shaped, crs="EPSG:4326")
        frame.attrs |= self._attributes()
        return frame


@dataclass(frozen=True, slots=True)
class OwnArea(Numbers):
    """The numbers of a shape of your own, a row a period."""

    area_ha: float = 0.0
