"""The words of the domain: frozen values, no input or output."""

from soc_monitor.model.area import LANGUAGES, UNASSIGNED, WORLD, Area, Level
from soc_monitor.model.cube import Cube, DataClass, Freq, Slice, weakest
from soc_monitor.model.grid import Grid
from soc_monitor.model.indicator import Indicator
from soc_monitor.model.job import (
    Access,
    Areas,
    Channel,
    Computation,
    Feed,
    IngestJob,
    Item,
    Layer,
    Quality,
    Readings,
    Register,
    Repair,
    Samples,
    SnapEdges,
    Stations,
    Target,
    TileSet,
    tile_names,
)
from soc_monitor.model.observation import Observation, PassOn, Refused, Sample, Station
from soc_monitor.model.record import Record
from soc_monitor.model.release import Calculation, Release
from soc_monitor.model.run import Run, RunState
from soc_monitor.model.series import Estimate, Series
from soc_monitor.model.service import ServiceDay
from soc_monitor.model.state import LEAST_MAPPED, Reason, State

__all__ = [
    "LANGUAGES",
    "LEAST_MAPPED",
    "UNASSIGNED",
    "WORLD",
    "Access",
    "Area",
    "Areas",
    "Calculation",
    "Channel",
    "Computation",
    "Cube",
    "DataClass",
    "Estimate",
    "Feed",
    "Freq",
    "Grid",
    "Indicator",
    "IngestJob",
    "Item",
    "Layer",
    "Level",
    "Observation",
    "PassOn",
    "Quality",
    "Readings",
    "Reason",
    "Record",
    "Refused",
    "Register",
    "Release",
    "Repair",
    "Run",
    "RunState",
    "Sample",
    "Samples",
    "Series",
    "ServiceDay",
    "Slice",
    "SnapEdges",
    "State",
    "Station",
    "Stations",
    "Target",
    "TileSet",
    "tile_names",
    "weakest",
]
