"""Lanes: the sums of one area for sixteen steps at once, in the registers of the processor.

The values of the steps of a cell lie side by side, so that one look-up of a cell and of its
weight serves all of them. Cells of a run weigh the same: they are added up as they are, in 32
bits, and weighed once. Numba does not vectorise such loops (it cannot tell that the arrays it
writes are not those it reads), so they are spelled in vectors of LLVM, which makes them the
machine's own, whatever it is.
"""

from collections.abc import Sequence
from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES: Final = 16
"""Steps that are summed at once."""
HALF: Final = 21
"""Bits of the lower half of a weight."""
ROWS: Final = 6
"""Rows of the sums: cells, weight, and weight times value and squared value, halves apart."""
LOWEST: Final = -(2**31)
"""Stands for the largest of no values."""
HIGHEST: Final = 2**31 - 1
"""Stands for the smallest of no values."""

AHEAD: Final = 8
"""How many runs ahead memory is asked for: the next cell at an edge is a row away."""

_I32, _I64 = ir.IntType(32), ir.IntType(64)
_V1, _V32, _V64 = (ir.VectorType(ir.IntType(bits), LANES) for bits in (1, 32, 64))
_WORD: Final = 16
"""Bits that the cells of most fields have: twice as many of them fit a register."""


def _lanes(kind: Any, value: int) -> Any:
    return ir.Constant(kind, [value] * LANES)


def _splat(b: Any, kind: Any, x: Any) -> Any:
    """The same number in every lane."""
    one = b.insert_element(ir.Constant(kind, ir.Undefined), x, ir.Constant(_I32, 0))
    return b.shuffle_vector(one, ir.Constant(kind, ir.Undefined), _lanes(_V32, 0))


def _typed(
    _: Any, sums: Any, extremes: Any, values: Any, shift: Any, steps: Any, step: Any, offset: Any,
    length: Any, weight: Any, first: Any, last: Any, fill: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """What ``sum_lanes`` takes, and how its code is made."""
    kinds = (
        sums, extremes, values, shift, steps, step, offset, length, weight, first, last, fill,
    )  # fmt: skip
    return types.void(*kinds), _generate


def _generate(context: Any, b: Any, signature: Any, args: Any) -> Any:
    sums, extremes, values, offset, length, weight = (
        context.make_array(signature.args[i])(context, b, args[i]).data for i in (0, 1, 2, 6, 7, 8)
    )
    shift, steps, step, first, last, fill = (args[i] for i in (3, 4, 5, 9, 10, 11))
    cell = _Cell(b, signature.args[2].dtype, fill)
    # Local vectors live in registers: LLVM sees that nobody else knows their place.
    acc = [_local(b, _V64, 0) for _ in range(ROWS)]
    ends = [_local(b, cell.kind, end) for end in cell.no_ends]
    run = [_local(b, kind, 0) for kind in (cell.kind, _V32, _V32, _V32)]
    with cgutils.for_range_slice(b, first, last, ir.Constant(_I64, 1), intp=_I64) as (i, _):
        later = b.add(i, ir.Constant(_I64, AHEAD))
        later = b.select(b.icmp_signed("<", later, last), later, i)
        begin = b.sub(b.sext(b.load(b.gep(offset, [later])), _I64), shift)
        _prefetch(b, b.gep(values, [b.add(b.mul(begin, steps), step)]))
        halves = _halves(b, b.load(b.gep(weight, [i])))
        begin = b.sub(b.sext(b.load(b.gep(offset, [i])), _I64), shift)
        cells = b.sext(b.load(b.gep(length, [i])), _I64)
        start = b.gep(values, [b.add(b.mul(begin, steps), step)])
        single = b.icmp_signed("==", cells, ir.Constant(_I64, 1))
        with b.if_else(single) as (one, several):
            with one:
                there, x = cell.load(start, ends)
                weighed = b.and_(b.sext(there, _V64), _splat(b, _V64, halves[0]))
                squared = b.zext(b.mul(x, x), _V64)
                _add(b, acc[:2], (b.zext(there, _V64), weighed))
                _weigh(b, acc, halves, b.sext(x, _V64), squared)
            with several:
                for local in run:
                    b.store(_lanes(local.type.pointee, 0), local)
                # The run below begins a row further on, where no processor looks by itself.
                below = b.add(i, ir.Constant(_I64, 1))
                below = b.select(b.icmp_signed("<", below, last), below, i)
                below = b.sub(b.sext(b.load(b.gep(offset, [below])), _I64), shift)
                below = b.gep(values, [b.add(b.mul(below, steps), step)])
                _sum_run(b, cell, (start, below, steps), cells, run, ends)
                n, x, low, high = (b.load(local) for local in run)
                n = b.zext(n, _V64)
                squares = b.add(b.zext(low, _V64), b.shl(b.zext(high, _V64), _lanes(_V64, 16)))
                _add(b, acc[:2], (n, b.mul(n, _splat(b, _V64, halves[0]))))
                _weigh(b, acc, halves, b.sext(x, _V64), squares)
    for row, local in enumerate(acc):
        _store(b, b.load(local), sums, row, 8)
    for row, local in enumerate(ends):
        _store(b, cell.widened(b.load(local)), extremes, row, 4)
    return context.get_dummy_value()


def _sum_run(
    b: Any, cell: "_Cell", some: tuple[Any, Any, Any], cells: Any, run: Any, ends: Any
) -> None:
    """Add the cells of a run: how many have a value, the values, halves of their squares.

    Two at a time where two squares fit 32 bits: then they are halved and added once.
    """
    start, below, steps = some
    one = ir.Constant(_I64, 1)

    def terms(at: Any) -> tuple[Any, Any, Any]:
        there, x = cell.load(b.gep(start, [b.mul(at, steps)]), ends)
        return b.zext(there, cell.kind), x, b.mul(x, x)

    def add(at: Any, n: Any, x: Any, squares: Any) -> None:
        _prefetch(b, b.gep(below, [b.mul(at, steps)]))
        # Up to 256 squares of 32 bits: halves of them do not overflow.
        low = b.and_(squares, _lanes(_V32, 0xFFFF))
        high = b.lshr(squares, _lanes(_V32, 16))
        _add(b, run, (n, x, low, high))

    if cell.kind == _V32:
        with cgutils.for_range(b, cells, intp=_I64) as loop:
            add(loop.index, *terms(loop.index))
        return
    with cgutils.for_range(b, b.lshr(cells, one), intp=_I64) as loop:
        at = b.shl(loop.index, one)
        pair = zip(terms(at), terms(b.add(at, one)), strict=True)
        add(at, *(b.add(left, right) for left, right in pair))
    with b.if_then(b.trunc(cells, ir.IntType(1))):
        at = b.sub(cells, one)
        add(at, *terms(at))


class _Cell:
    """How a cell of some steps is taken from memory."""

    def __init__(self, b: Any, dtype: Any, fill: Any) -> None:
        self._b = b
        self._dtype = dtype
        narrow = dtype.bitwidth < _WORD or (dtype.bitwidth == _WORD and dtype.signed)
        bits = _WORD if narrow else 32
        self.kind = ir.VectorType(ir.IntType(bits), LANES)
        self.no_ends = (2 ** (bits - 1) - 1, -(2 ** (bits - 1)))
        """Smallest and largest of no values."""
        self._fill = _splat(b, self.kind, b.trunc(fill, self.kind.element))
        # A fill that no cell can have must not lose its upper bits and be one.
        held = b.icmp_signed("==", b.sext(b.trunc(fill, self.kind.element), _I64), fill)
        self._no_fill = _splat(b, _V1, b.not_(held))

    def load(self, place: Any, ends: Sequence[Any]) -> tuple[Any, Any]:
        """Which steps have a value, and the values (0 where there is none); ends are widened."""
        b = self._b
        stored = ir.VectorType(ir.IntType(self._dtype.bitwidth), LANES)
        v = b.load(b.bitcast(place, stored.as_pointer()), align=1)
        if self._dtype.bitwidth < self.kind.element.width:
            v = b.sext(v, self.kind) if self._dtype.signed else b.zext(v, self.kind)
        there = b.or_(b.icmp_signed("!=", v, self._fill), self._no_fill)
        for local, order, none in zip(ends, ("<", ">"), self.no_ends, strict=True):
            new, old = b.select(there, v, _lanes(self.kind, none)), b.load(local)
            b.store(b.select(b.icmp_signed(order, new, old), new, old), local)
        return there, self.widened(b.select(there, v, _lanes(self.kind, 0)))

    def widened(self, v: Any) -> Any:
        """The same in 32 bits."""
        return v if self.kind == _V32 else self._b.sext(v, _V32)


def _prefetch(b: Any, place: Any) -> None:
    """Have memory fetched that will be read soon."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte, _I32, _I32, _I32])
    fetch = cgutils.get_or_insert_function(b.module, kind, "llvm.prefetch.p0i8")
    b.call(fetch, [b.bitcast(place, byte), *(ir.Constant(_I32, n) for n in (0, 3, 1))])


def _local(b: Any, kind: Any, value: int) -> Any:
    place = cgutils.alloca_once(b, kind)
    b.store(_lanes(kind, value), place)
    return place


def _halves(b: Any, w: Any) -> tuple[Any, Any, Any]:
    """A weight, its high and its low half."""
    low = b.and_(w, ir.Constant(_I64, (1 << HALF) - 1))
    # Known to have 32 bits, so that a product with 32 bits is one instruction.
    high = b.zext(b.trunc(b.lshr(w, ir.Constant(_I64, HALF)), _I32), _I64)
    return w, high, low


def _weigh(b: Any, acc: Sequence[Any], halves: Sequence[Any], x: Any, squares: Any) -> None:
    """Add weight times values and weight times squares, halves of the weight apart."""
    high, low = (_splat(b, _V64, half) for half in halves[1:])
    products = (b.mul(half, some) for some in (x, squares) for half in (high, low))
    _add(b, acc[2:], tuple(products))


def _add(b: Any, acc: Sequence[Any], terms: Sequence[Any]) -> None:
    for local, term in zip(acc, terms, strict=True):
        b.store(b.add(b.load(local), term), local)


def _store(b: Any, lanes: Any, array: Any, row: int, align: int) -> None:
    place = b.gep(array, [ir.Constant(_I64, row * LANES)])
    b.store(lanes, b.bitcast(place, lanes.type.as_pointer()), align=align)


sum_lanes: Any = intrinsic(_typed)
"""Sums over the runs first to last - 1, of the steps step to step + 15; for compiled code.

Args:
    sums: written (6, 16): cells, w, high half of w times x, low half, the same times x x.
    extremes: written (2, 16): smallest and largest; of no value, what no value can be beyond.
    values: (cell, step), integers up to 32 bits, between -65535 and 65535 unless missing. Sixteen
        steps are read of every cell, whatever it has: what lies behind it is read too.
    shift: cells that lie before the first one of ``values``.
    steps: steps of a cell.
    step: the first of the sixteen.
    offset, length, weight: the runs of a block operator, of up to 256 cells each.
    first, last: which runs; up to 512 cells, so that no sum overflows.
    fill: value that means missing.
"""
