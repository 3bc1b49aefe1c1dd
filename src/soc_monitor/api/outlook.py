"""Outlook: what answers about the nowcast of an area look like."""

from datetime import date
from typing import Annotated

from pydantic import Field

from soc_monitor.api.bodies import Body


class MonthBody(Body):
    """A month of the nowcast, and how much of what drove it was observed."""

    period: date
    weather_share: Annotated[
        float, Field(description="Share of the modelled area whose weather is real")
    ]
    vegetation_share: Annotated[float, Field(description="The same of vegetation")]
    provisional: Annotated[
        bool, Field(description="Made anew when a driver that is missing, or preliminary, comes")
    ]


class MonthsMeta(Body):
    """How many months are real: weather of the very month on half of the modelled area."""

    release: str
    area_id: str
    product_id: str
    months: Annotated[int, Field(description="The first is the origin: nothing is followed yet")]
    real_weather: int
    real_vegetation: int
    provisional: int
    last_real_weather: date | None
    last_real_vegetation: date | None
    mapped_ha: Annotated[float | None, Field(description="Modelled in the newest month")]
    organic_ha: Annotated[float | None, Field(description="Organic soils, which are not modelled")]


class MonthsBody(Body):
    """The months of the nowcast of an area, oldest first."""

    meta: MonthsMeta
    data: list[MonthBody]
