"""Once: answers of a function that are kept, each worked out by one thread while others wait."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Slot:
    lock: Any = field(default_factory=Lock)
    found: list[Any] = field(default_factory=list)


def once(most: int, make: Callable[..., T]) -> Callable[..., T]:
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
    entry = Lock()
    slots = lru_cache(maxsize=most)(lambda *_key: _Slot())

    def find(*key: Any) -> T:
        # The cache itself would let two threads that come together have a slot each.
        with entry:
            slot = slots(*key)
        if not slot.found:
            with slot.lock:
                if not slot.found:
                    slot.found.append(make(*key))
        answer: T = slot.found[0]
        return answer

    return find
