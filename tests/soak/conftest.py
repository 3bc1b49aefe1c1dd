"""The soak tests drive what the journeys drive, for longer."""

from ..journeys import conftest as journeys  # noqa: TID252  # folders of tests are no packages

driven = journeys.driven
driven_alone = journeys.driven_alone
small_shelf = journeys.small_shelf
undisturbed = journeys.undisturbed
