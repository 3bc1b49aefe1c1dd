"""Outlook: what answers about the nowcast of an area look like."""

from datetime import date
from typing import Annotated

from pydantic import Field

from soc_monitor.api.bodies.base import Body


class MonthBody(Body):
    """A month of the nowcast, and how much of what drove it was observed."""

    period: date
    weather_share: Annotated[
        float, Field(description="Share of the modelled area whose weather is real")
    ]
    vegetation_share: Annotated[float, Field(description="The same of vegetation")]
    moisture_share: Annotated[float, Field(description="The same of observed soil moisture")]
    provisional: Annotated[
        bool,
        Field(
            description="Made anew when a driver comes that is missing, or preliminary, in this "
            "month or in one before it"
        ),
    ]


class MonthsMeta(Body):
    """How many months are real: weather of the very month on half of the modelled area."""

    release: str
    area_id: str
    product_id: str
    months: Annotated[int, Field(description="The first is the origin: nothing is followed yet")]
    real_weather: int
    real_vegetation: int
    observed_moisture: int
    provisional: int
    provisional_since: Annotated[
        date | None,
        Field(description="First month that may be made anew, and with it all that follow it"),
    ]
    last_real_weather: date | None
    last_real_vegetation: date | None
    mapped_ha: Annotated[float | None, Field(description="Modelled in the newest month")]
    masked_ha: Annotated[
        dict[str, float] | None,
        Field(
            description="Not modelled, by the first reason that holds: `organic` soils, `wetland`, "
            "`paddy`, `artificial`, `bare`, `water`, `ice`, `no_stock` of the map, `no_carbon`, "
            "`no_use` known, `no_texture`, `no_error`, `no_weather`, `no_equilibrium`"
        ),
    ]


class MonthsBody(Body):
    """The months of the nowcast of an area, oldest first."""

    meta: MonthsMeta
    data: list[MonthBody]


class PointBody(Body):
    """The end of a year under a scenario."""

    year: int
    stock_t_ha: float
    gain_t_ha: Annotated[float, Field(description="Over business as usual")]
    rate_permille: Annotated[
        float, Field(description="Gain of this very year in ‰ of the stock at the start")
    ]


class ScenarioBody(Body):
    """A scenario: its increase of the plant input, and its years; the first is the start."""

    increase_percent: float
    gap_t_ha: Annotated[float, Field(description="Over business as usual, at the end")]
    gap_t: Annotated[float, Field(description="The same of the whole modelled area")]
    points: list[PointBody]


class ScenariosMeta(Body):
    """What the scenarios rest on."""

    release: str
    area_id: str
    product_id: str
    data_class: str
    unit: str
    start_year: int
    end_year: int
    mapped_ha: float
    aspiration_permille: Annotated[
        float, Field(description="Of the stock at the start, a year: for a line beside the curves")
    ]


class ScenariosBody(Body):
    """Business as usual, and more plant input, for one area; empty where nothing is modelled."""

    meta: ScenariosMeta | None
    data: list[ScenarioBody]


class SurveyBody(Body):
    """A survey that visits the same sites twice."""

    years: Annotated[int, Field(description="Between the two visits")]
    paired_sites: Annotated[int, Field(description="That show 4 ‰ a year over that time")]


class DetectionBody(Body):
    """How large a change must be to be seen at all, and what it takes."""

    release: str
    area_id: str
    product_id: str
    base_period: str | None
    period: str | None
    stock_t_ha: float | None
    std_error_permille: Annotated[float | None, Field(description="Of the rate of the product")]
    least_rate_permille: Annotated[
        float | None,
        Field(description="Least rate that the product would show: 2.80 standard errors"),
    ]
    samples: Annotated[
        int | None,
        Field(
            description="Visits of the area's places in the last ten years: a place on a day is "
            "one, so that a place may be in it more than once"
        ),
    ]
    places: Annotated[
        int | None,
        Field(description="The places themselves: positions within 100 m of each other are of one"),
    ]
    least_change_t_ha: Annotated[
        float | None,
        Field(
            description="Least change that one more visit of every place would show, were they "
            "independent; null: there are none"
        ),
    ]
    years_until_detectable: Annotated[
        float | None,
        Field(
            description="Until 4 ‰ a year adds up to that change; null: there are no places. The "
            "model alone never shows it: its own error grows as fast as the change"
        ),
    ]
    structure_permille: Annotated[
        float, Field(description="Error of the model's shape, which no area averages away")
    ]
    site_spread: Annotated[
        float, Field(description="Spread of the differences of sites as a share of the stock")
    ]
    surveys: list[SurveyBody]
