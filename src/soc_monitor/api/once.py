"""Once: answers of a function that are kept, each worked out by one thread while others wait."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Slot:
    lock: Any = field(default_factory=Lock)
    found: list[Any] = field(default_factory=list)
    wanting: int = 0
    """Threads that wait for the answer, or work it out."""


class Once(Generic[T]):
    """A function whose newest answers are kept."""

    def __init__(self, most: int, make: Callable[..., T]) -> None:
        """As ``once`` has it."""
        self._most, self._make = most, make
        self._entry = Lock()
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()

    def begun(self, *key: Any) -> bool:
        """Whether an answer is kept, or on its way: it costs nobody anything more."""
        with self._entry:
            return key in self._slots

    def __call__(self, *key: Any) -> T:
        """The answer, made where it is not kept."""
        # Two threads that come together must not have a slot each.
        with self._entry:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            if len(self._slots) > self._most:
                self._slots.popitem(last=False)
            slot.wanting += 1
        try:
            if not slot.found:
                with slot.lock:
                    if not slot.found:
                        slot.found.append(self._make(*key))
        finally:
            with self._entry:
                slot.wanting -= 1
                # What failed, and nobody tries again, has not begun: who comes next pays for it.
                if not (slot.found or slot.wanting) and self._slots.get(key) is slot:
                    del self._slots[key]
        answer: T = slot.found[0]
        return answer


def once(most: int, make: Callable[..., T]) -> Once[T]:
    """``make``, whose newest answers are kept; what fails is not kept, and is tried again.

    Readers come in crowds: after a release all of them want the same outlines and the same
    numbers, and a cache that lets each work them out makes the slowest answer as slow as all.

    Args:
        most: answers kept; that which was wanted longest ago goes first.
        make: its arguments are hashable.

    Example:
        >>> asked = []
        >>> double = once(2, lambda n: asked.append(n) or 2 * n)
        >>> double(4), double(4), asked
        (8, 8, [4])
    """
    return Once(most, make)
