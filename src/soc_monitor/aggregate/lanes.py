"""Lanes: the sums of one area for four steps at once, in the registers of the processor.

The values of the steps of a cell lie side by side, so that one look-up of a cell and of its
weight serves all of them. Numba does not vectorise such a loop (it cannot tell that the arrays it
writes are not those it reads), so the loop is spelled in vectors of LLVM, which makes them the
machine's own, whatever it is.
"""

from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES: Final = 4
"""Steps that are summed at once."""
HALF: Final = 21
"""Bits of the lower half of a weight."""
ROWS: Final = 6
"""Rows of the sums: cells, weight, and weight times value and squared value, halves apart."""
LOWEST: Final = -(2**31)
"""Stands for the largest of no values."""
HIGHEST: Final = 2**31 - 1
"""Stands for the smallest of no values."""

_I32, _I64 = ir.IntType(32), ir.IntType(64)
_V32, _V64 = ir.VectorType(_I32, LANES), ir.VectorType(_I64, LANES)


def _lanes(kind: Any, value: int) -> Any:
    return ir.Constant(kind, [value] * LANES)


def _splat(b: Any, kind: Any, x: Any) -> Any:
    """The same number in every lane."""
    one = b.insert_element(ir.Constant(kind, ir.Undefined), x, ir.Constant(_I32, 0))
    return b.shuffle_vector(one, ir.Constant(kind, ir.Undefined), _lanes(_V32, 0))


def _typed(
    _: Any, sums: Any, extremes: Any, values: Any, steps: Any, step: Any, offset: Any, length: Any,
    weight: Any, first: Any, last: Any, fill: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """What ``sum_lanes`` takes, and how its code is made."""
    kinds = (sums, extremes, values, steps, step, offset, length, weight, first, last, fill)
    return types.void(*kinds), _generate


def _generate(context: Any, b: Any, signature: Any, args: Any) -> Any:
    sums, extremes, values, offset, length, weight = (
        context.make_array(signature.args[i])(context, b, args[i]).data for i in (0, 1, 2, 5, 6, 7)
    )
    steps, step, first, last = args[3], args[4], args[8], args[9]
    # Local vectors live in registers: LLVM sees that nobody else knows their place.
    acc = [_local(b, _V64, 0) for _ in range(ROWS)]
    ends = [_local(b, _V32, none) for none in (HIGHEST, LOWEST)]
    fill = _splat(b, _V32, b.trunc(args[10], _I32))
    with cgutils.for_range_slice(b, first, last, ir.Constant(_I64, 1), intp=_I64) as (i, _):
        halves = _halves(b, b.load(b.gep(weight, [i])))
        cell = b.sext(b.load(b.gep(offset, [i])), _I64)
        cells = b.sext(b.load(b.gep(length, [i])), _I64)
        start = b.gep(values, [b.add(b.mul(cell, steps), step)])
        with cgutils.for_range(b, cells, intp=_I64) as loop:
            place = b.gep(start, [b.mul(loop.index, steps)])
            _add_cell(b, _load(b, place, signature.args[2].dtype), fill, halves, acc, ends)
    for row, local in enumerate(acc):
        _store(b, b.load(local), sums, row, 8)
    for row, local in enumerate(ends):
        _store(b, b.load(local), extremes, row, 4)
    return context.get_dummy_value()


def _local(b: Any, kind: Any, value: int) -> Any:
    place = cgutils.alloca_once(b, kind)
    b.store(_lanes(kind, value), place)
    return place


def _halves(b: Any, w: Any) -> tuple[Any, Any, Any]:
    """A weight, its high and its low half; the halves are known to have 32 bits."""
    high = b.trunc(b.ashr(w, ir.Constant(_I64, HALF)), _I32)
    low = b.trunc(b.and_(w, ir.Constant(_I64, (1 << HALF) - 1)), _I32)
    wide = (b.zext(_splat(b, _V32, half), _V64) for half in (high, low))
    return (_splat(b, _V64, w), *wide)


def _load(b: Any, place: Any, dtype: Any) -> Any:
    stored = ir.VectorType(ir.IntType(dtype.bitwidth), LANES)
    raw = b.load(b.bitcast(place, stored.as_pointer()), align=1)
    if dtype.bitwidth == _I32.width:
        return raw
    return b.sext(raw, _V32) if dtype.signed else b.zext(raw, _V32)


def _add_cell(b: Any, v: Any, fill: Any, halves: Any, acc: Any, ends: Any) -> None:
    """Add one cell of four steps to the local sums."""
    w, high, low = halves
    there = b.icmp_signed("!=", v, fill)
    x = b.select(there, v, _lanes(_V32, 0))
    squared = b.zext(b.mul(x, x), _V64)
    x = b.sext(x, _V64)
    weighed = b.and_(b.sext(there, _V64), w)
    terms = (
        b.zext(there, _V64), weighed, b.mul(high, x), b.mul(low, x),
        b.mul(high, squared), b.mul(low, squared),
    )  # fmt: skip
    for local, term in zip(acc, terms, strict=True):
        b.store(b.add(b.load(local), term), local)
    for local, order, none in zip(ends, ("<", ">"), (HIGHEST, LOWEST), strict=True):
        new, old = b.select(there, v, _lanes(_V32, none)), b.load(local)
        b.store(b.select(b.icmp_signed(order, new, old), new, old), local)


def _store(b: Any, lanes: Any, array: Any, row: int, align: int) -> None:
    place = b.gep(array, [ir.Constant(_I64, row * LANES)])
    b.store(lanes, b.bitcast(place, lanes.type.as_pointer()), align=align)


sum_lanes: Any = intrinsic(_typed)
"""Sums over the runs first to last - 1, of the steps step to step + 3; for compiled code.

Args:
    sums: written (6, 4): cells, w, high half of w times x, low half, the same times x x.
    extremes: written (2, 4): smallest and largest.
    values: (cell, step), integers up to 32 bits, between -65535 and 65535 unless missing.
    steps: steps of a cell.
    step: the first of the four.
    offset, length, weight: the runs of a block operator.
    first, last: which runs; up to 512 cells, so that no sum overflows.
    fill: value that means missing.
"""
