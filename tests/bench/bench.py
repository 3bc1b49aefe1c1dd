"""What a group of figures gets to work with: rounds that alternate, processes of their own."""

import gc
import multiprocessing
import statistics
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soc_monitor.runs.progress import Progress


class Disagreement(AssertionError):
    """Two contenders gave different answers: their times mean nothing."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What one call took, and what it gave."""

    wall: float
    """[s]"""
    cpu: float
    """Of all threads of this process [s]."""
    answer: Any


class Takings(dict[str, list[Taking]]):
    """All rounds of some contenders, by name."""

    def ratio(self, above: str, below: str, *, cpu: bool = False) -> float:
        """Median over the rounds of one contender's time over another's [1]."""
        pairs = zip(self[above], self[below], strict=True)
        return statistics.median(a.cpu / b.cpu if cpu else a.wall / b.wall for a, b in pairs)

    def seconds(self, name: str, *, cpu: bool = False) -> float:
        """Median time of a contender [s]."""
        return statistics.median(t.cpu if cpu else t.wall for t in self[name])

    def answer(self, name: str) -> Any:
        """What a contender gave, in the last round."""
        return self[name][-1].answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run of one group."""

    quick: bool
    """A few minutes for all groups together: fewer rounds, smaller cases left out."""
    folder: Path
    """Empty, for files; it goes with the run."""
    report: Progress
    """Draws the bars."""

    def alternate(
        self,
        title: str,
        contenders: Mapping[str, Callable[[], Any]],
        *,
        rounds: int,
        cold: Collection[str] = (),
    ) -> Takings:
        """Let contenders take turns; each is called once before, so that no round compiles.

        Args:
            title: of the bar.
            contenders: by name; the order turns around from round to round.
            rounds: how often each is measured.
            cold: those that have nothing to compile, and are not called before.

        Returns:
            What each took and gave. Answers of all rounds but the last are dropped.
        """
        total = len(contenders) * (rounds + 1) - len(cold)
        takings = Takings({name: [] for name in contenders})
        done = 0
        for number in range(rounds + 1):
            order = list(contenders.items())
            for name, call in order if number % 2 else reversed(order):
                if not number and name in cold:
                    continue
                self.report(f"{title}: {name}", done, total)
                taking = timed(call)
                if number:
                    takings[name] = [Taking(t.wall, t.cpu, None) for t in takings[name]]
                    takings[name].append(taking)
                done += 1
                self.report(title, done, total)
        return takings


def timed(call: Callable[[], Any]) -> Taking:
    """Call once: wall time, CPU time, and what came out."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    answer = call()
    return Taking(time.perf_counter() - wall, time.process_time() - cpu, answer)


def alone(call: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """Call in a fresh process: what came out, and the most memory it ever held [GB].

    Args:
        call: a function of a module, so that the process can find it.
        arguments: what it is called with.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_watched, call, arguments).result()


def _watched(call: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, float]:
    answer = call(*arguments)
    # Not getrusage: its peak is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return answer, int(peak.split()[1]) * 1024 / 1e9
