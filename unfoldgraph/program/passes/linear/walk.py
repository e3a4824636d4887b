"""What a value is of the past of some signals: a sum of what was, each times a coefficient, and a rest.

A recurrence is linear by what it computes and not by how it is spelled: `(1 - z) * h + z * c`, `h + z * (c - h)` and
`-(z - 1) * h + c * z` are walked to the same sum, through other signals of the same turn too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import elementwise, matrix_product
from unfoldgraph.algebra.table.laws import Entries
from unfoldgraph.base.affine import Affine, index
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Entry,
    Extents,
    Number,
    Reduce,
    Value,
    WholeNumber,
    has_sequences,
    indices_of,
    nodes,
    parts,
    shape_of,
)
from unfoldgraph.program.passes.sums import is_product, negative, signed_terms, sum_of

#: Linear in the first of two operands, as a quotient is.
_IN_FIRST = ((0,),)


class NotLinear(Exception):
    """A value is no sum of the past with coefficients that do not depend on it."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """What a place of the past is multiplied by.

    Attributes
    ----------
    value : None for 1.
    sign : 1 or -1, kept apart: `-(-a)` is `a`.
    kind : "entries" for a product entry by entry, "matrix" for one of a matrix with a vector.
    """

    value: Value | None = None
    sign: int = 1
    kind: Literal["entries", "matrix"] = "entries"


@dataclass(frozen=True, slots=True)
class Taps:
    """Places of the past that a sum over a range reads, with `coefficient` at each `lag`.

    Both go by `index`, from `first` to `last`.
    """

    index: str
    first: Affine
    last: Affine
    lag: Affine
    coefficient: Value | None
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Product:
    """A matrix of the past times a vector, which stands first in the products that are `turned`."""

    vector: Value
    turned: bool


Tap = tuple[str, int]
"""The name of a signal, and how many turns ago it is read."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum: the past by taps, sums over ranges of it by the name of the signal, and a rest, None for 0.

    Where the past is of matrices there may be its products too: with a vector, `products`, and of those the outer
    products with another vector, `outers`.
    """

    past: Mapping[Tap, Coefficient] = field(default_factory=dict)
    sums: Mapping[str, Taps] = field(default_factory=dict)
    rest: Value | None = None
    products: Mapping[Tap, Product] = field(default_factory=dict)
    outers: Mapping[Tap, tuple[Product, Value]] = field(default_factory=dict)

    @property
    def is_free(self) -> bool:
        """Whether nothing of the past is in it."""
        return not (self.past or self.sums or self.products or self.outers)

    @property
    def is_plain(self) -> bool:
        """Whether there are no products of matrices in it."""
        return not (self.products or self.outers)


def is_zero(value: Value | None) -> bool:
    """Say whether a value is the number 0, or none."""
    return value is None or (isinstance(value, Number) and value.value == 0)


class LinearWalk:
    """Walks the values of one turn of a loop.

    Parameters
    ----------
    turn : the index of the loop.
    names : the arrays whose places are the past.
    step : 1 where the loop goes forward and what was is at `turn - lag`, -1 where it goes backward.
    least : the least lag of what is the past; of a loop's own signals that is 1.
    """

    def __init__(self, turn: str, names: Collection[str], step: int = 1, least: int = 1) -> None:
        self.turn, self.names, self.step, self.least = turn, names, step, least
        #: What is computed earlier in the same turn.
        self.known: dict[str, Linear] = {}
        self.found: dict[int, Linear] = {}
        #: What is known by its identity has to last.
        self.kept: list[Value] = []

    def form(self, root: Value) -> Linear:
        """Return what a value is of the past; raises `NotLinear`.

        >>> from unfoldgraph.base.affine import index, length, whole
        >>> from unfoldgraph.program.ir import Buffer, Dim
        >>> h = Access(Buffer("h", "result", (Dim("t", length("t"), "axis", before=1),)), (("t", index("t") - 1),))
        >>> a = Access(Buffer("a", "argument"))
        >>> kept = Apply("mul", (Apply("sub", (Number(1), a), ()), h), ())
        >>> form = LinearWalk("t", {"h"}).form(Apply("add", (kept, Apply("mul", (a, Number(5)), ())), ()))
        >>> list(form.past), form.past["h", 1].value is kept.arguments[0], form.rest.row
        ([('h', 1)], True, 'mul')
        """
        self.kept.append(root)
        for node in nodes([root], stop=lambda node: id(node) in self.found or isinstance(node, Reduce)):
            if id(node) not in self.found:
                self.found[id(node)] = self._form(node)
        return self.found[id(root)]

    def _form(self, node: Value) -> Linear:
        if isinstance(node, Access) and node.array.name in self.names:
            return self._of_past(node)
        if isinstance(node, Reduce):
            return self._sum(node) if self._reads_past(node) else Linear(rest=node)
        own = [self.found[id(part)] for part in parts(node)]
        if all(one.is_free and one.rest is part for one, part in zip(own, parts(node), strict=True)):
            return Linear(rest=node)
        if not isinstance(node, Apply) or node.shape is None:
            raise NotLinear
        row = OPERATORS[node.row]
        if row.laws.signs:
            return _added([one if sign > 0 else _negated(one) for one, sign in zip(own, row.laws.signs, strict=True)])
        if is_product(node):
            scaled, by = own if not own[0].is_free else own[::-1]
            return _scaled(scaled, by, node.row)
        if row.rule is elementwise and row.laws.linear_in == _IN_FIRST:
            return _scaled(own[0], own[1], node.row)
        if row.laws.entries is Entries.CROSSED:
            return _crossed(own[0], own[1])
        if row.rule is not matrix_product:
            raise NotLinear
        if own[0].is_free and len(node.shape) == 1 and len(shape_of(node.arguments[0]) or ()) == 2:
            return _applied(own[0], own[1], node.shape)
        return _multiplied(own[0], own[1], node)

    def _of_past(self, node: Access) -> Linear:
        lag = self._lag(node)
        if lag == 0 and node.array.name in self.known:
            return self.known[node.array.name]
        if lag < self.least:
            raise NotLinear
        return Linear({(node.array.name, lag): Coefficient()})

    def _lag(self, node: Access) -> int:
        (at, *others) = [place for _, place in node.places]
        if others or not isinstance(at, Affine):
            raise NotLinear
        back = (index(self.turn) - at).times(self.step)
        if back.terms:
            raise NotLinear
        return back.constant

    def _reads_past(self, root: Value) -> bool:
        return any(isinstance(node, Access) and node.array.name in self.names for node in nodes([root]))

    def _sum(self, node: Reduce) -> Linear:
        """Return a sum over a range of products of what was with coefficients."""
        ends = (node.first, node.last)
        if not _is_sum(node) or node.condition is not None or not all(isinstance(end, Affine) for end in ends):
            raise NotLinear
        assert isinstance(node.first, Affine) and isinstance(node.last, Affine)
        if self.turn in (*indices_of(node.first), *indices_of(node.last)):
            raise NotLinear
        sign, factors = _factors(node.value)
        read = [one for one in factors if self._reads_past(one)]
        others = [one for one in factors if not self._reads_past(one)]
        if len(read) != 1 or not isinstance(read[0], Access) or len(others) > 1:
            raise NotLinear
        ((_, at), *more) = read[0].places
        if more or not isinstance(at, Affine):
            raise NotLinear
        lag = (index(self.turn) - at).times(self.step)
        if lag.factor(node.index) != 1 or indices_of(lag) != [node.index]:
            raise NotLinear
        found = Taps(node.index, node.first, node.last, lag, others[0] if others else None, sign)
        return Linear(sums={read[0].array.name: found})


def _is_sum(node: Reduce) -> bool:
    """Say whether a reduction adds up its terms, and does no more."""
    joining = OPERATORS[node.row].joining
    if joining is None or joining.is_average or not joining.operator:
        return False
    return OPERATORS[joining.operator].laws.signs == (1, 1)


def _scaled(one: Linear, by: Linear, row: str) -> Linear:
    """Return a sum times, or divided by, what has no past in it."""
    if not by.is_free:
        raise NotLinear
    factor = by.rest
    if is_zero(factor) or factor is None:
        # It is no coefficient: 0 times what is infinite is no number.
        raise NotLinear
    if one.sums:
        raise NotLinear
    past = {}
    for tap, own in one.past.items():
        value = own.value
        if own.kind == "matrix":
            if shape_of(factor) != () or value is None:
                raise NotLinear
            value = Apply(row, (value, factor), shape_of(value))
        elif value is None:
            is_quotient = OPERATORS[row].laws.linear_in == _IN_FIRST
            value = Apply(row, (Number(1), factor), shape_of(factor)) if is_quotient else factor
        else:
            value = Apply(row, (value, factor), _wider(shape_of(value), shape_of(factor)))
        past[tap] = Coefficient(value, own.sign, own.kind)
    if not one.is_plain and shape_of(factor) != ():
        raise NotLinear

    def scaled(of: Product) -> Product:
        return replace(of, vector=Apply(row, (of.vector, factor), shape_of(of.vector)))

    rest = None if one.rest is None else Apply(row, (one.rest, factor), _wider(shape_of(one.rest), shape_of(factor)))
    return _changed(one, past, {}, rest, scaled)


def _changed(
    one: Linear,
    past: Mapping[Tap, Coefficient],
    sums: Mapping[str, Taps],
    rest: Value | None,
    changed: Callable[[Product], Product],
) -> Linear:
    """Return a sum with its products of matrices changed, and the rest of it given."""
    products = {tap: changed(own) for tap, own in one.products.items()}
    outers = {tap: (changed(own), other) for tap, (own, other) in one.outers.items()}
    return Linear(past, sums, rest, products, outers)


def _wider(one: Extents | None, other: Extents | None) -> Extents | None:
    """Return the shape of an operation entry by entry: a number takes that of what stands beside it."""
    return None if one is None or other is None else one or other


def _added(parts_of_it: Sequence[Linear]) -> Linear:
    """Return a sum of sums."""
    first, *others = parts_of_it
    past, sums, rest = dict(first.past), dict(first.sums), first.rest
    products, outers = dict(first.products), dict(first.outers)
    for other in others:
        for tap, product in other.products.items():
            products[tap] = _sum_of_products(products[tap], product) if tap in products else product
        for tap, (product, vector) in other.outers.items():
            if tap in outers:
                if not is_same(outers[tap][1], vector):
                    raise NotLinear
                product = _sum_of_products(outers[tap][0], product)
            outers[tap] = product, vector
        for tap, own in other.past.items():
            past[tap] = _sum_of(past[tap], own) if tap in past else own
        if not sums.keys().isdisjoint(other.sums):
            raise NotLinear
        sums |= other.sums
        rest = _sum_of_rests(rest, other.rest)
    return Linear(past, sums, rest, products, outers)


def _sum_of_products(one: Product, other: Product) -> Product:
    if one.turned != other.turned:
        raise NotLinear
    return replace(one, vector=sum_of([(1, one.vector), (1, other.vector)]))


def _sum_of_rests(one: Value | None, other: Value | None) -> Value | None:
    if one is None or other is None:
        return other if one is None else one
    shape = _wider(shape_of(one), shape_of(other))
    if isinstance(other, Apply) and OPERATORS[other.row].laws.signs == (-1,):
        return Apply("sub", (one, other.arguments[0]), shape)
    return Apply("add", (one, other), shape)


def _negated(one: Linear) -> Linear:
    past = {tap: replace(own, sign=-own.sign) for tap, own in one.past.items()}
    sums = {name: replace(own, sign=-own.sign) for name, own in one.sums.items()}
    rest = None if one.rest is None else negative(one.rest)
    return _changed(one, past, sums, rest, lambda of: replace(of, vector=negative(of.vector)))


def _sum_of(one: Coefficient, other: Coefficient) -> Coefficient:
    """Return the sum of two coefficients of one place."""
    if one.kind != other.kind:
        raise NotLinear
    left, right = (Number(1) if own.value is None else own.value for own in (one, other))
    shape = _wider(shape_of(left), shape_of(right))
    value = Apply("add" if one.sign == other.sign else "sub", (left, right), shape)
    return Coefficient(value, one.sign, one.kind)


def _applied(matrix: Linear, vector: Linear, shape: Extents) -> Linear:
    """Return a matrix, without past in it, times a sum."""
    if not matrix.is_free or matrix.rest is None or vector.sums or not vector.is_plain:
        raise NotLinear
    if len(shape_of(matrix.rest) or ()) != 2 or len(shape) != 1:
        raise NotLinear
    past = {}
    for tap, own in vector.past.items():
        if own.kind != "entries" or (own.value is not None and shape_of(own.value) != ()):
            raise NotLinear
        value = matrix.rest
        if own.value is not None:
            value = Apply("mul", (matrix.rest, own.value), shape_of(matrix.rest))
        past[tap] = Coefficient(value, own.sign, "matrix")
    rest = None if vector.rest is None else Apply("matmul", (matrix.rest, vector.rest), shape)
    return Linear(past, {}, rest)


def _multiplied(one: Linear, other: Linear, node: Apply) -> Linear:
    """Return a sum of matrices of the past times a vector, or a matrix that is one and outer products; or turned."""
    of_past, by, turned = (other, one.rest, True) if one.is_free else (one, other.rest, False)
    if not (one.is_free or other.is_free) or by is None or of_past.sums or not of_past.is_plain:
        raise NotLinear
    if any(own.kind != "entries" or shape_of(own.value or Number(1)) != () for own in of_past.past.values()):
        raise NotLinear
    rest = of_past.rest
    if rest is not None:
        rest = Apply(node.row, (by, rest) if turned else (rest, by), node.shape)
    if len(shape_of(by) or ()) == 1:
        return Linear(rest=rest, products={tap: _product(own, by, turned) for tap, own in of_past.past.items()})
    found = []
    for sign, term in signed_terms(by):
        if isinstance(term, Apply) and OPERATORS[term.row].laws.entries is Entries.DIAGONAL:
            scaled = Linear(of_past.past)
        elif (vectors := outer_of(term)) is not None:
            # A matrix times the outer product of two vectors is that of its product with the first, and the second.
            first, second = vectors[::-1] if turned else vectors
            scaled = Linear(outers={tap: (_product(own, first, turned), second) for tap, own in of_past.past.items()})
        else:
            raise NotLinear
        found.append(scaled if sign > 0 else _negated(scaled))
    return _added([*found, Linear(rest=rest)])


def _product(one: Coefficient, vector: Value, turned: bool) -> Product:
    """Return the product of a matrix of the past, times a number, with a vector."""
    if one.value is not None:
        vector = Apply("mul", (one.value, vector), shape_of(vector))
    return Product(vector if one.sign > 0 else negative(vector), turned)


def _crossed(one: Linear, other: Linear) -> Linear:
    """Return the outer product of a product with a matrix of the past, and of a vector."""
    of_past, by, turned = (other, one.rest, True) if one.is_free else (one, other.rest, False)
    is_of_products = not (of_past.past or of_past.sums or of_past.outers)
    if not (one.is_free or other.is_free) or by is None or not is_of_products:
        raise NotLinear
    if any(own.turned != turned for own in of_past.products.values()):
        raise NotLinear
    rest = None
    if of_past.rest is not None:
        sides = (by, of_past.rest) if turned else (of_past.rest, by)
        extents = [extent for side in sides for extent in shape_of(side) or ()]
        rest = Apply(_OUTER.name, sides, tuple(extents))
    return Linear(rest=rest, outers={tap: (own, by) for tap, own in of_past.products.items()})


def outer_of(value: Value) -> tuple[Value, Value] | None:
    """Return the two vectors whose outer product a value is; signs and numbers go to the first. None of all else."""
    if isinstance(value, Apply) and OPERATORS[value.row].laws.entries is Entries.CROSSED:
        one, other = value.arguments
        return one, other
    if isinstance(value, Apply) and OPERATORS[value.row].laws.signs == (-1,):
        found = outer_of(value.arguments[0])
        return None if found is None else (negative(found[0]), found[1])
    if is_product(value):
        for number, inner in (value.arguments, value.arguments[::-1]):
            found = outer_of(inner) if shape_of(number) == () else None
            if found is not None:
                one, other = found
                return Apply(value.row, (number, one), shape_of(one)), other
    return None


(_OUTER,) = (row for row in OPERATORS.values() if row.laws.entries is Entries.CROSSED)
"""The outer product."""


def is_same(one: Value, other: Value) -> bool:
    """Say whether two values are written alike, and so are the same in every turn.

    >>> is_same(Apply("neg", (Number(1),), ()), Apply("neg", (Number(1),), ())), is_same(Number(1), Number(2))
    (True, False)
    """
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if one is other:
            continue
        match one, other:
            case (Number(), Number()) if one.value == other.value:
                pass
            case (Access(), Access()) if one.array == other.array and one.places == other.places:
                pass
            case (Apply(), Apply()) if (one.row, one.data, one.shape) == (other.row, other.data, other.shape):
                waiting += zip(one.arguments, other.arguments, strict=True)
            case _:
                return False
    return True


def _factors(value: Value) -> tuple[int, list[Value]]:
    """Return the factors of a product of two, without their signs, and the sign of all."""
    sign, (value,) = _unsigned([value])
    if not is_product(value):
        return sign, [value]
    own, factors = _unsigned(value.arguments)
    return sign * own, factors


def _unsigned(values: Sequence[Value]) -> tuple[int, list[Value]]:
    """Return values without their signs, and the product of these."""
    sign, found = 1, []
    for one in values:
        while isinstance(one, Apply) and OPERATORS[one.row].laws.signs == (-1,):
            sign, one = -sign, one.arguments[0]
        found.append(one)
    return sign, found


def value_of(one: Coefficient | None, sign: int) -> Value:
    """Return a coefficient, times a sign, as a value."""
    if one is None:
        return Number(0)
    value = Number(1) if one.value is None else one.value
    if one.sign * sign > 0:
        return value
    return Number(-value.value) if isinstance(value, Number) and not isinstance(value.value, str) else negative(value)


def is_varied(node: Value) -> bool:
    """Say whether a value is of a sequence, and not one that all may share."""
    return isinstance(node, Access) and has_sequences(node.array)


def is_per_sequence(root: Value) -> bool:
    """Say whether a value is one for every sequence."""
    return any(is_varied(node) for node in nodes([root]))


def named_indices(node: Value) -> list[str]:
    """Return the indices that the places of a value go by, those in its parts left out."""
    if isinstance(node, Access):
        return [name for _, place in node.places for name in indices_of(place)]
    if isinstance(node, Entry):
        return [name for place in node.places for name in indices_of(place)]
    return indices_of(node.at) if isinstance(node, WholeNumber) else []
