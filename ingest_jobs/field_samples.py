"""Field samples of soil organic carbon with coordinates.

Source: LimeSoDa, a collection of open field-scale data sets, CC BY-SA 4.0. Set by set, the carbon
is a share of the fine earth by mass, or a mass per volume of soil.
"""

from datetime import date

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import DataClass, IngestJob, Sample, Samples

UNITS = {"%": ("soc_content", "%"), "g dm-3": ("soc_per_volume", "g dm-3")}


def last_month(text: str) -> date | None:
    """First day of the month, or of the last month of a span such as ``2017-02/2018-02``."""
    if not text:
        return None
    year, month = map(int, text.rpartition("/")[2].split("-"))
    return date(year, month, 1)


def sample(row: dict[str, str]) -> Sample | None:
    """A line of the collection; None where no carbon was measured."""
    if not row["soc_value"]:
        return None
    variable, unit = UNITS[row["soc_unit"]]
    return Sample(
        key=row["sample_id"],
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        top_cm=float(row["depth_top_cm"]),
        bottom_cm=float(row["depth_bottom_cm"]),
        variable=variable,
        value=float(row["soc_value"]),
        unit=unit,
        sampled_on=last_month(row["date"]),
        data_class=DataClass.OBSERVED,
        attributes={
            name: row[name]
            for name in ("dataset", "date", "clay_pct", "ph", "method", "note")
            if row[name]
        },
    )


job = IngestJob(
    id="field_samples",
    title={
        "en": "Field samples of soil organic carbon",
        "fr": "Prélèvements de carbone organique du sol",
        "es": "Muestras de campo de carbono orgánico del suelo",
    },
    feed=ShelfFeed(
        folder="starter/limesoda", keys=("field_samples.csv.gz",), version="limesoda 0.1.5"
    ),
    into=Samples(item="field_samples.csv.gz", sample_of=sample),
    licence="CC-BY-SA-4.0",
    citation=(
        "Schmidinger, J. et al. (2025). LimeSoDa: a dataset collection for benchmarking of machine "
        "learning regressors in digital soil mapping. arXiv:2502.20139"
    ),
    link="https://arxiv.org/abs/2502.20139",
    on=True,
)
