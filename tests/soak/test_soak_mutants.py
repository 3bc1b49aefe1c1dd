"""The long dose of broken files: a thousand of each format, and what they cost in memory."""

import resource
from pathlib import Path

import numpy as np
import pytest

from soc_monitor.decoding.bounds import BLOCK, MEMORY
from soc_monitor.errors import ItemRejected

from ..decoding.test_rasters import (  # noqa: TID252  # folders of tests are no packages
    FORMATS,
    layer,
    mutate,
    take,
)
from .conftest import Note, dose, forget_peak, peak_mb

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]


@pytest.mark.parametrize("name", FORMATS)
def test_mutated_files_are_refused_or_hold_plausible_values(
    name: str, tmp_path: Path, note: Note, seed: int
) -> None:
    make, variable = FORMATS[name]
    chance, whole, refused = np.random.default_rng(seed), make(), 0
    rules: dict[str, int] = {}
    files = dose(1000)
    forget_peak()
    before = peak_mb()
    for number in range(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a").write_bytes(mutate(whole, chance))
        try:
            found = take(folder / "a", layer(variable=variable))
        except ItemRejected as error:
            refused += 1
            rules[error.rule] = rules.get(error.rule, 0) + 1
        else:
            assert found.shape == (4, 8)
            assert np.nanmin(found) >= 0
            assert np.nanmax(found) <= 1000
    # The greatest of all processes that this one has waited for [KiB]: its decoders, mostly. It
    # counts what they shared with this one when they were forked, so it is an upper bound.
    decoder_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    grew_mb = peak_mb() - before
    note(
        files=files,
        refused=refused,
        decoder_died=rules.get("decoder died", 0),
        decoder_peak_mb=round(decoder_mb),
        service_grew_mb=round(grew_mb),
    )
    assert refused
    assert 0 < decoder_mb * 1024**2 <= MEMORY
    assert grew_mb * 1024**2 <= BLOCK
