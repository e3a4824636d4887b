"""Polyhedra of unknown whole numbers: how far apart two places can be, for all lengths and sizes at once.

The places of a reader, the indices that it binds, lengths and sizes are unknowns, of which affine forms must not be
negative. Asked is the image of all whole solutions under an affine map to a few dimensions, as its nearest points and
the directions in which it goes on: the vertices and the extreme rays of the integer hull (Schrijver 1986, chapter 16).

Equations are solved over the whole numbers first (Hermite 1851). Then the unknowns that the image does not depend on
are eliminated (Fourier 1826, Motzkin 1936), which is exact over the whole numbers too where of each pair of bounds one
has the coefficient 1 (Pugh 1991); so it is nearly always here. What is left lies in the dimensions of the image; its
generators are found by double description, and vertices that are no solutions are cut off by branching on them.

Every limit of effort errs to the same side: the result may hold more than the image, never less.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from math import gcd
from operator import mul
from typing import NamedTuple

from unfoldgraph.base.affine import Affine
from unfoldgraph.base.limits import HULL_MOVES, HULL_PIECES, POINT_MOVES, POLYHEDRON_ROWS
from unfoldgraph.causality.cones import Cone, dual, primitive
from unfoldgraph.causality.cycles import Vector
from unfoldgraph.causality.integer_program import Effort, OutOfEffort, solution

_Forms = list[list[int]]
"""Affine forms of the same unknowns: of each the constant, then the coefficients."""


class Generators(NamedTuple):
    """What a set of vectors lies in: means of some points, plus multiples that are not negative of some rays."""

    points: tuple[Vector, ...]
    rays: tuple[Vector, ...] = ()


class Polyhedron:
    """Whole numbers that have names, and sums of their multiples that are required not to be negative.

    >>> from unfoldgraph.base.affine import index
    >>> places = Polyhedron([index("s") - 1, index("t") - index("s")])
    >>> places.generators([index("t") - index("s")])
    Generators(points=((0,),), rays=((1,),))
    >>> places.require(index("s") - index("t").times(2))
    >>> places.generators([index("t")]) is None
    True
    """

    def __init__(self, required: Iterable[Affine] = ()) -> None:
        self._required = dict.fromkeys(required)
        self._equations: dict[Affine, None] = {}

    def require(self, form: Affine) -> None:
        """Require that a sum is not negative."""
        self._required[form] = None

    def equate(self, form: Affine) -> None:
        """Require that a sum is zero."""
        self._equations[form] = None

    def is_empty(self) -> bool:
        """Say whether it is certain that it has no whole solution."""
        return self.generators(()) is None

    def point(self, weights: Mapping[str, int]) -> dict[str, int] | None:
        """Return a small solution: of least Σ weight·|number|, then the first in order; None if there is none.

        Parameters
        ----------
        weights : how much each name counts, 1 where it is not told.

        Raises
        ------
        OutOfEffort
            Where it takes too long to find.
        """
        names = _names([*self._required, *self._equations])
        rows = []
        for form in [*self._required, *self._equations, *(form.times(-1) for form in self._equations)]:
            constant, *coefficients = _row(form, names)
            rows.append((coefficients, -constant))
        found = solution([weights.get(name, 1) for name in names], rows, Effort(POINT_MOVES))
        return None if found is None else dict(zip(names, found, strict=True))

    def generators(self, image: Sequence[Affine]) -> Generators | None:
        """Return points and rays that generate the image of all solutions under some sums; None if there are none.

        Each point is the image of a solution and the rays are primitive, but for what the limits cut short: then
        it may hold more than the image.
        """
        names = _names([*self._required, *self._equations, *image])
        rows = [[_row(form, names) for form in forms] for forms in (self._required, self._equations, image)]
        return _Elimination(len(names), *rows).generators()


def narrowest(forms: Iterable[Affine]) -> list[Affine]:
    """Return sums that are at least 0 without those that others of the same terms imply.

    >>> from unfoldgraph.base.affine import index
    >>> [row.constant for row in narrowest([index("t") - 1, index("t") - 3, index("s"), index("t")])]
    [-3, 0]
    """
    found: dict[tuple[tuple[str, int], ...], Affine] = {}
    for form in forms:
        if form.terms not in found or form.constant < found[form.terms].constant:
            found[form.terms] = form
    return list(found.values())


def _names(forms: Iterable[Affine]) -> list[str]:
    """Return the names in some sums, in their order."""
    return list(dict.fromkeys(name for form in forms for name, _ in form.terms))


def _row(form: Affine, names: Sequence[str]) -> list[int]:
    factors = dict(form.terms)
    return [form.constant, *(factors.get(name, 0) for name in names)]


class _Elimination:
    """The image of one polyhedron: rows over the unknowns that are left, the first entry of each a constant.

    `bounds` must not be negative, `equations` are zero, `image` is the map. What is done to an unknown is done to its
    column in all of them, and in `whole`: the bounds as they were before unknowns were eliminated.
    """

    def __init__(self, count: int, bounds: _Forms, equations: _Forms, image: _Forms) -> None:
        self.effort, self.pieces = Effort(HULL_MOVES), Effort(HULL_PIECES)
        self.bounds, self.equations, self.image = bounds, equations, image
        self.whole: _Forms = []
        self.unknowns = list(range(1, count + 1))
        self.is_exact = True
        self._found: dict[Vector, Vector | None] = {}

    def generators(self) -> Generators | None:
        """Return the points and rays of the image, None if it is empty; where it is too much work, more than that."""
        try:
            return self._generators()
        except OutOfEffort:
            return self._box()

    def _generators(self) -> Generators | None:
        while self._solve():
            if not self._tighten():
                return None
            if not self.equations:
                break
        else:
            return None
        kept = self._echelon(self.image)
        self._order([*kept, *(unknown for unknown in self.unknowns if unknown not in kept)])
        self.whole = self.bounds
        if not self._eliminate(len(kept)):
            return None
        if self._others(()) is None:
            return None
        self._order(range(1, len(kept) + 1))
        cone = self._cone()
        along: list[int] = []
        if cone.lines:
            # Lines become unknowns of their own: vertices are whole numbers, or are not, across them alone.
            across = self._echelon(self.bounds)
            self._order([*across, *(unknown for unknown in self.unknowns if unknown not in across)])
            self.unknowns, along = self.unknowns[: len(across)], self.unknowns[len(across) :]
            cone = self._cone()
        hull = self._hull(cone)
        if hull is None:
            return None
        points, rays = hull
        still = (0,) * len(along)
        # Where the line of a point does not consist of images, the point is to be one nevertheless.
        points = [(*point, *(self._others(point) or still)[: len(along)]) for point in points]
        units = [tuple(int(other == one) for other in along) for one in along]
        ways = [*units, *(tuple(-entry for entry in unit) for unit in units)]
        none = (0,) * len(self.unknowns)
        return self._shown(points, [*((*ray, *still) for ray in rays), *((*none, *way) for way in ways)])

    def _shown(self, points: Iterable[Vector], rays: Iterable[Vector]) -> Generators:
        """Return the image of generators; of the points along lines those near zero."""
        ways = [tuple(sum(map(mul, row[1:], ray)) for row in self.image) for ray in rays]
        lines = [way for way in ways if tuple(-entry for entry in way) in ways] if self.is_exact else []
        found = []
        for point in points:
            shown = tuple(_value(row, point) for row in self.image)
            for line in lines:
                by = sum(map(mul, shown, line)) // sum(map(mul, line, line))
                shown = tuple(entry - by * step for entry, step in zip(shown, line, strict=True)) if by > 0 else shown
            found.append(shown)
        return Generators(tuple(sorted(found)), tuple(sorted(map(primitive, ways))))

    # Unknowns ---------------------------------------------------------------------------------------

    def _solve(self) -> bool:
        """Solve the equations over the whole numbers; say whether there is a solution."""
        while self.equations:
            row = self.equations.pop()
            unknown = self._isolate(row, self.unknowns, [row, *self._rows()])
            if unknown is None:
                if row[0]:
                    return False
                continue
            if row[0] % row[unknown]:
                return False
            value = -row[0] // row[unknown]
            self.unknowns.remove(unknown)
            for one in self._rows():
                one[0] += value * one[unknown]
                one[unknown] = 0
        return True

    def _rows(self) -> Iterator[list[int]]:
        return chain(self.bounds, self.equations, self.image, self.whole)

    def _isolate(self, row: list[int], unknowns: Iterable[int], rows: Iterable[list[int]]) -> int | None:
        """Change unknowns so that a row has one of some at most, by Euclid's algorithm; return which."""
        rows = list(rows)
        having = [unknown for unknown in unknowns if row[unknown]]
        while len(having) > 1:
            least = min(having, key=lambda unknown: abs(row[unknown]))
            column = [(one, one[least]) for one in rows if one[least]]
            for other in having:
                if other != least:
                    by = row[other] // row[least]
                    for one, entry in column:
                        one[other] -= by * entry
            having = [unknown for unknown in having if row[unknown]]
        return having[0] if having else None

    def _echelon(self, rows: _Forms) -> list[int]:
        """Change unknowns so that rows have few of them, each row one more at most than those before; return these."""
        found: list[int] = []
        for row in rows:
            unknown = self._isolate(row, [one for one in self.unknowns if one not in found], self._rows())
            if unknown is not None:
                found.append(unknown)
        return found

    def _order(self, unknowns: Sequence[int]) -> None:
        """Put some unknowns first, in an order, and leave out the others."""
        self.bounds, self.image = (
            [[row[0], *(row[unknown] for unknown in unknowns)] for row in rows] for rows in (self.bounds, self.image)
        )
        rest = [unknown for unknown in range(1, len(self.whole[0]) if self.whole else 0) if unknown not in unknowns]
        self.whole = [[row[0], *(row[unknown] for unknown in (*unknowns, *rest))] for row in self.whole]
        self.unknowns = list(range(1, len(unknowns) + 1))

    # Bounds -----------------------------------------------------------------------------------------

    def _tighten(self) -> bool:
        """Keep the narrowest of parallel bounds, for whole numbers; say whether there may be a solution.

        Where two leave nothing in between they are an equation.
        """
        narrowest: dict[Vector, int] = {}
        for row in self.bounds:
            if not _narrow(narrowest, row):
                return False
        for normal, constant in narrowest.items():
            opposite = narrowest.get(tuple(-entry for entry in normal))
            if opposite is not None and constant + opposite <= 0:
                if constant + opposite < 0:
                    return False
                if normal > tuple(-entry for entry in normal):
                    self.equations.append([constant, *normal])
        self.bounds = [[constant, *normal] for normal, constant in narrowest.items()]
        return True

    def _eliminate(self, kept: int) -> bool:
        """Eliminate all unknowns after the first ones (Fourier and Motzkin); say whether there may be a solution."""
        rest = set(self.unknowns[kept:])
        while rest:
            sides = {
                unknown: (
                    [row for row in self.bounds if row[unknown] > 0],
                    [row for row in self.bounds if row[unknown] < 0],
                )
                for unknown in rest
            }
            _, _, unknown = min(
                (
                    not _is_exact(unknown, *sides[unknown]),
                    len(lower) * len(upper) - len(lower) - len(upper),
                    unknown,
                )
                for unknown, (lower, upper) in sides.items()
            )
            lower, upper = sides[unknown]
            rest.remove(unknown)
            self.is_exact = self.is_exact and _is_exact(unknown, lower, upper)
            narrowest: dict[Vector, int] = {}
            for row in self.bounds:
                if not row[unknown] and not _narrow(narrowest, row):
                    return False
            for one, other in product(lower, upper):
                by, its = -other[unknown], one[unknown]
                if not _narrow(narrowest, [by * a + its * b for a, b in zip(one, other, strict=True)]):
                    return False
            self.bounds = [[constant, *normal] for normal, constant in narrowest.items()]
            if len(self.bounds) > POLYHEDRON_ROWS:
                # Fewer bounds hold for more: what is left out makes the image larger.
                self.bounds.sort(key=lambda row: (sum(map(abs, row[1:])), row))
                del self.bounds[POLYHEDRON_ROWS:]
                self.is_exact = False
        return True

    # The hull ---------------------------------------------------------------------------------------

    def _cone(self) -> Cone:
        """Return the bounds as those of a cone, with the constants as multiples of one entry more, the first."""
        size = len(self.unknowns) + 1
        cone = Cone(size, self.effort)
        cone.add([1, *[0] * (size - 1)])
        for row in sorted(self.bounds):
            cone.add(row[:size])
        return cone

    def _hull(self, cone: Cone) -> tuple[list[Vector], list[Vector]] | None:
        """Return the points and rays of the whole solutions in a polyhedron that has vertices; None if it has none."""
        rays = [ray[1:] for ray in cone.rays if not ray[0]]
        vertices = [ray for ray in cone.rays if ray[0]]
        if self._wrong(vertices) is None:
            return ([vertex[1:] for vertex in vertices], rays) if vertices else None
        try:
            points = self._points(_near(cone) if self.is_exact and rays else cone)
            return self._extreme(points, rays) if points else None
        except OutOfEffort:
            return list(dict.fromkeys(corner for vertex in vertices for corner in _corners(vertex))), rays

    def _wrong(self, vertices: Iterable[Vector]) -> Vector | None:
        """Return the first vertex that is no solution in whole numbers."""
        return next((one for one in vertices if one[0] > 1 or self._others(one[1:]) is None), None)

    def _points(self, cone: Cone) -> list[Vector]:
        """Return the points of the whole solutions in a polyhedron, cut into pieces until each vertex is a solution."""
        points: dict[Vector, None] = {}
        waiting = deque([cone])
        while waiting:
            piece = waiting.popleft()
            vertices = [ray for ray in piece.rays if ray[0]]
            wrong = self._wrong(vertices)
            if wrong is None:
                points |= dict.fromkeys(vertex[1:] for vertex in vertices)
                continue
            self.pieces.spend(1)
            if flat := piece.equations():
                points |= dict.fromkeys(self._inside(piece, flat))
            else:
                waiting += _without(piece, wrong)
        return list(points)

    def _inside(self, piece: Cone, flat: Sequence[Vector]) -> tuple[Vector, ...]:
        """Return the points of a piece that fills less dimensions, which has equations to be solved."""
        known = len(self.unknowns)
        count = known if self.is_exact else len(self.whole[0]) - 1
        bounds, equations, units = (
            [[*row, *[0] * (count - known)] for row in rows] for rows in (piece.rows, flat, _units(known))
        )
        inner = _Elimination(count, [*bounds, *([] if self.is_exact else map(list, self.whole))], equations, units)
        inner.effort, inner.pieces = self.effort, self.pieces
        found = inner._generators()
        return found.points if found else ()

    def _extreme(self, points: Iterable[Vector], rays: Iterable[Vector]) -> tuple[list[Vector], list[Vector]]:
        """Return those of some generators that are no means and sums of the others."""
        size = len(self.unknowns) + 1
        generated = [*((1, *point) for point in points), *((0, *ray) for ray in rays)]
        facets = dual(generated, (), size, self.effort)
        hull = dual(facets.rays, facets.lines, size, self.effort)
        return [ray[1:] for ray in hull.rays if ray[0]], [ray[1:] for ray in hull.rays if not ray[0]]

    def _others(self, point: Vector) -> Vector | None:
        """Return whole numbers for the other unknowns where the first ones are given, None if there are none.

        There are none of them to be told where there is nothing to doubt, or not enough effort to find them.
        """
        if self.is_exact:
            return ()
        if point not in self._found:
            given = len(point) + 1
            rows = [(row[given:], -_value(row[:given], point)) for row in self.whole]
            try:
                self._found[point] = solution([1] * len(rows[0][0]), rows, self.effort)
            except OutOfEffort:
                self._found[point] = ()
        return self._found[point]

    def _box(self) -> Generators:
        """Return what is known along each of the unknowns by itself."""
        count = len(self.unknowns)
        if count == 1:
            return self._shown([(0,)], [(-1,), (1,)])
        sides: list[tuple[Vector, ...]] = []
        rays: list[Vector] = []
        for unit in _units(count):
            found = _Elimination(count, list(map(list, self.bounds)), [], [list(unit)]).generators() or Generators(
                ((0,),)
            )
            sides.append(found.points)
            rays += [tuple(way * entry for entry in unit[1:]) for (way,) in found.rays]
        points = [tuple(entry for (entry,) in some) for some in product(*sides)]
        return self._shown(points, rays)


def _units(count: int) -> list[list[int]]:
    """Return a row for each of some unknowns that is this unknown."""
    return [[0, *(int(other == one) for other in range(count))] for one in range(count)]


def _narrow(narrowest: dict[Vector, int], row: Sequence[int]) -> bool:
    """Take in a bound on whole numbers, if it is the narrowest of its direction; False where it never holds."""
    constant, *normal = row
    shared = gcd(*normal)
    if not shared:
        return constant >= 0
    key = tuple(normal) if shared == 1 else tuple(entry // shared for entry in normal)
    constant //= shared
    if key not in narrowest or constant < narrowest[key]:
        narrowest[key] = constant
    return True


def _is_exact(unknown: int, lower: _Forms, upper: _Forms) -> bool:
    """Say whether between whole bounds of an unknown there is a whole number."""
    return all(row[unknown] == 1 for row in lower) or all(row[unknown] == -1 for row in upper)


def _value(row: Sequence[int], point: Sequence[int]) -> int:
    return row[0] + sum(entry * at for entry, at in zip(row[1:], point, strict=True))


def _corners(vertex: Vector) -> Iterator[Vector]:
    """Yield the whole numbers around the fractions of a vertex."""
    scale, *entries = vertex
    return product(*({entry // scale: None, -(-entry // scale): None} for entry in entries))


def _near(cone: Cone) -> Cone:
    """Return a part of a polyhedron that has an end everywhere and still tells the points of its whole solutions.

    These are means of vertices plus less than once each ray: with once a ray less they would be solutions as well.
    """
    vertices = [ray for ray in cone.rays if ray[0]]
    ways = [ray for ray in cone.rays if not ray[0]]
    near = cone.copy()
    for row in cone.rows[1:]:
        most = max(-(-sum(map(mul, row, vertex)) // vertex[0]) for vertex in vertices)
        most += sum(sum(map(mul, row, way)) for way in ways)
        near.add([most - row[0], *(-entry for entry in row[1:])])
    return near


def _without(piece: Cone, vertex: Vector) -> Iterator[Cone]:
    """Yield pieces that hold all whole solutions in a polyhedron but for a vertex."""
    scale, *entries = vertex
    for at, entry in enumerate(entries):
        unit = [int(one == at) for one in range(len(entries))]
        back = [-one for one in unit]
        if scale > 1 and not entry % scale:
            continue
        below, above = (entry // scale, -(-entry // scale)) if scale > 1 else (entry - 1, entry + 1)
        for row in ((below, *back), (-above, *unit)):
            narrower = piece.copy()
            narrower.add(row)
            yield narrower
        if scale > 1:
            return
        piece = piece.copy()
        piece.add((entry, *back))
        piece.add((-entry, *unit))
