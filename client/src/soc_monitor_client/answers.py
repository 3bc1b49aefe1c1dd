"""Answers: rows with what must be known of them, and the ways into other libraries."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from soc_monitor_client.plots import caption, lines, need, new_axes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

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
    drawn: ClassVar[str] = "value"
    """Column that is plotted."""

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
        if line := self.meta.get("citation"):
            path = self.meta.get("manifest", {}).get("address", "")
            return str(line).replace(f", path {path}.", self._where)
        product = self.meta.get("product", {})
        title = self.meta.get("title", "")
        source = product.get("citation") or product.get("title", "")
        return (
            f"soc-monitor ({self.release[:4]}). {title}. Release {self.release}{self._where} "
            f"Source of the data: {source}"
        )

    @property
    def _where(self) -> str:
        """Where the numbers are had again; a path in words, where no address can be followed."""
        if address := self.meta.get("address"):
            return f". {address}"
        path = self.meta.get("manifest", {}).get("address")
        return f", path {path}." if path else "."

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What to know before the numbers are used."""
        return list(self.meta.get("warnings", ()))

    def to_pandas(self) -> "pd.DataFrame":
        """A frame with a row each, dates as dates; ``attrs`` has citation, licence and release.

        Raises:
            ImportError: pandas is not installed.
        """
        pandas = need("pandas", "pandas")
        frame: pd.DataFrame = pandas.DataFrame(self.rows)
        for name in ("period_start", "period_end"):
            if name in frame:
                frame[name] = pandas.to_datetime(frame[name])
        frame.attrs |= self._attributes()
        return frame

    def to_xarray(self) -> "xr.Dataset":
        """Areas by time: the value, its intervals and its mapped share.

        Raises:
            ImportError: xarray is not installed.
            ValueError: there are several variables.
        """
        need("xarray", "xarray")
        self._one_variable()
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

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """A line for each area with its 95 % and 50 % intervals, and the source below.

        Args:
            ax: axes to draw on; None: those of a new figure.

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: there are several variables.
        """
        self._one_variable()
        axes = ax or new_axes()
        lines(axes, self.rows, self.drawn)
        self._caption(axes)
        return axes

    def _one_variable(self) -> None:
        names = sorted({str(row.get("variable", "")) for row in self.rows})
        if len(names) > 1:
            msg = f"{', '.join(names)}: ask for one of them, or use to_pandas()"
            raise ValueError(msg)

    def _caption(self, axes: "Axes") -> None:
        title = str(self.meta.get("title", ""))
        names = {str(row.get("area_name", "")) for row in self.rows}
        if len(names) == 1:
            title = ", ".join(filter(None, (title, names.pop())))
        caption(axes, title=title, unit=self.unit, source=self.citation)

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
        """A frame with outlines, WGS 84.

        Raises:
            ImportError: geopandas is not installed.
        """
        geopandas = need("geopandas", "geopandas")
        shaped = [one for one in self.features if one.get("geometry")]
        frame: gpd.GeoDataFrame = geopandas.GeoDataFrame.from_features(shaped, crs="EPSG:4326")
        frame.attrs |= self._attributes()
        return frame

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """A map: areas by their value, grey where there is none, and the source below.

        Args:
            ax: axes to draw on; None: those of a new figure.

        Raises:
            ImportError: geopandas or matplotlib is not installed.
        """
        frame = self.to_geopandas()
        axes = ax or new_axes()
        frame.astype({"value": "float64"}).plot(
            column="value",
            ax=axes,
            legend=True,
            legend_kwds={"label": self.unit, "shrink": 0.6},
            missing_kwds={"color": "#9aa0a6"},
        )
        caption(axes, title=str(self.meta.get("title", "")), unit="", source=self.citation)
        axes.set_xticks([])
        axes.set_yticks([])
        return axes


@dataclass(frozen=True, slots=True)
class OwnArea(Numbers):
    """The numbers of a shape of your own, a row a period."""

    area_ha: float = 0.0
    drawn: ClassVar[str] = "mean"
