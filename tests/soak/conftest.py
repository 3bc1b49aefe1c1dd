"""The soak tests drive what the journeys drive, for longer."""

from ..journeys.conftest import driven as driven  # noqa: TID252  # folders of tests are no packages
from ..journeys.conftest import driven_alone as driven_alone  # noqa: TID252
from ..journeys.conftest import small_shelf as small_shelf  # noqa: TID252
from ..journeys.conftest import undisturbed as undisturbed  # noqa: TID252
