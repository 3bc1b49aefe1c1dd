"""Carbon over clay: where its limits hold, and where a class begins."""

import numpy as np
import pytest

from soc_monitor.nowcast import soil_structure


def look(carbon: float, clay: float) -> tuple[float, float]:
    """Ratio and class of a soil that is the same down to 30 cm, where nothing else is known."""
    layers = np.ones((3, 1, 1))
    found = soil_structure.ratio(carbon * layers, clay * layers, layers)
    one = layers[0]
    told = soil_structure.applies(carbon * one, clay * one, None, None, None)
    return float(found.item()), float(soil_structure.classes(found, told).item())


@pytest.mark.parametrize(
    ("carbon", "clay", "ratio", "told"),
    [
        (2.0, 5.0, 40.0, True), (2.0, 4.99, 40.08, False), (3.0, 60.0, 5.0, True),
        (3.0, 60.01, 5.0, False), (11.99, 20.0, 59.95, True), (12.0, 20.0, 60.0, False),
    ],
)  # fmt: skip
def test_carbon_to_clay_is_judged_in_mineral_soils_of_usual_texture_alone(
    carbon: float, clay: float, ratio: float, *, told: bool
) -> None:
    found, judged = look(carbon, clay)
    assert found == pytest.approx(ratio, abs=0.01)
    assert (judged > 0) is told


@pytest.mark.parametrize(
    ("carbon", "name"),
    [
        (1.53, "degraded"), (1.54, "moderate"), (1.99, "moderate"), (2.0, "good"),
        (2.49, "good"), (2.5, "very_good"),
    ],
)  # fmt: skip
def test_a_class_begins_at_a_thirteenth_a_tenth_and_an_eighth(carbon: float, name: str) -> None:
    assert soil_structure.CLASSES[int(look(carbon, 20.0)[1])] == name
