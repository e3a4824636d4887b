"""Shapes with sizes that are numbers, names or still unknown, and the rule of each kind of operator.

A shape is a tuple of sizes, `()` for a scalar; None stands for a shape that is not known yet. A size is a
number, a name (`"m"`), or an unknown that `Sizes.fresh` made and `Sizes.unify` resolves. Two different
names are two different sizes: what fits only by chance of the data is a mistake.

A rule refines what is known: it takes the shapes of the arguments and of the result, and returns both with
more of them known. It raises `Mismatch` where they cannot fit. Rules run both ways, so one table serves to
find the shape of `U @ x` and the shape of `b` in `b + U @ x`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unfoldgraph.algebra.expression import Binding, Index, SizeSum, Slice, sum_of_entry
from unfoldgraph.base.affine import Affine, is_size, plain_name, size, whole

Size = int | str
Shape = tuple[Size, ...]
Shapes = list[Shape | None]
Rule = Callable[[Shapes, Shape | None, Any, "Sizes"], tuple[Shapes, Shape | None]]


class Mismatch(Exception):
    """Shapes that do not fit: a sentence, and the positions of the arguments it is about."""

    def __init__(self, sentence: str, *positions: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.positions = positions


class Sizes:
    """The unknown sizes of one circuit and what they turned out to be."""

    def __init__(self) -> None:
        self._known_as: dict[str, Size] = {}
        self._count = 0
        self._news: list[str] = []

    def fresh(self) -> str:
        """Return a size nothing is known of."""
        self._count += 1
        return f"?{self._count}"

    def find(self, size: Size) -> Size:
        """Return what a size is now known as."""
        passed: list[str] = []
        while isinstance(size, str) and size in self._known_as:
            passed.append(size)
            size = self._known_as[size]
        # Of thousands that are made one after the other, none is to be passed again and again.
        for one in passed[:-1]:
            self._known_as[one] = size
        return size

    def resolve(self, shape: Shape) -> Shape:
        """Return the shape with every size as it is now known."""
        return tuple(self.find(size) for size in shape)

    def unify(self, one: Shape, other: Shape, *positions: int) -> Shape:
        """Make two shapes one; raises `Mismatch` where they differ."""
        one, other = self.resolve(one), self.resolve(other)
        if len(one) != len(other):
            raise Mismatch("their shapes differ", *positions)
        for left, right in zip(one, other, strict=True):
            self.same(left, right, *positions)
        return self.resolve(one)

    def same(self, one: Size, other: Size, *positions: int) -> None:
        """Make two sizes one; raises `Mismatch` where they are different numbers or names."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return
        if not is_fresh(other):
            one, other = other, one
        if not is_fresh(other):
            raise Mismatch(f"size {other} is not size {one}", *positions)
        self._known_as[str(other)] = one
        self._news.append(str(other))

    def newly_known(self) -> list[str]:
        """Return the unknown sizes of which something was found since this was last asked."""
        news, self._news = self._news, []
        return news


def is_fresh(size: Size) -> bool:
    """Say whether a size is one that `Sizes.fresh` made and nothing has named yet."""
    return isinstance(size, str) and size.startswith("?")


def spell(shape: Shape | None) -> str:
    """Return a shape as a reader of the equations would write it.

    >>> spell(("m",)), spell((3, "n")), spell(()), spell(None)
    ('a vector (m)', 'a matrix (3, n)', 'a scalar', 'of unknown shape')
    """
    if shape is None:
        return "of unknown shape"
    if not shape:
        return "a scalar"
    sizes = ", ".join("?" if is_fresh(size) else str(size) for size in shape)
    return f"{('a vector', 'a matrix')[len(shape) - 1] if len(shape) <= 2 else 'an array'} ({sizes})"


def elementwise(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Scalars broadcast; all other operands and the result have one shape."""
    known = [position for position, shape in enumerate(arguments) if shape]
    if not known:
        return arguments, () if all(shape == () for shape in arguments) else result
    common = arguments[known[0]] or ()
    for position in known[1:]:
        common = sizes.unify(common, arguments[position] or (), known[0], position)
    return arguments, common


def reduced(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Return the shape of one term, which that of all together is; the condition on the index is a number."""
    terms, *conditions = arguments
    refined, found = elementwise([terms], result, None, sizes)
    return [*refined, *_numbers(conditions, 1, "a condition on an index is one number, 0 or another")], found


def stacked_over(arguments: Shapes, result: Shape | None, data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`stack(e for k in 0..M-1)`: arrays of one shape under a new first size, that of the range.

    Of a sum such as M-1 it is a size of its own, which the data settle.
    """
    (terms,) = arguments
    (binding,) = data
    first = size_of_range(binding)
    if result == ():
        raise Mismatch("an array is built here", 0)
    if terms is None:
        terms = None if result is None else result[1:]
    if terms is None:
        return arguments, None
    if first is None:
        # The result keeps the size that it has, so that a rule that runs again makes no new one.
        first = result[0] if result else sizes.fresh()
    return [terms], _known(sizes, (first, *terms), result)


def size_of_range(binding: Binding) -> Size | None:
    """Return over how many numbers a range runs, where that is a number or a size; None for all else.

    Examples
    --------
    >>> from unfoldgraph.base.affine import size, whole
    >>> size_of_range(Binding("k", whole(0), size("m") - 1)), size_of_range(Binding("k", whole(2), whole(4)))
    ('m', 3)
    """
    if not binding.ends:
        return None
    first, last = binding.ends
    return as_size(last - first + 1)


def as_size(form: Affine) -> Size | None:
    """Return a sum as a number or the name of a size; None where it is neither."""
    match form.terms:
        case ():
            return form.constant
        case ((name, 1),) if is_size(name) and not form.constant:
            return plain_name(name)
    return None


def to_scalar(arguments: Shapes, _result: Shape | None, _data: Any, _sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Any shape goes in, a scalar comes out."""
    return arguments, ()


def same_vectors_to_scalar(
    arguments: Shapes, _result: Shape | None, _data: Any, sizes: Sizes
) -> tuple[Shapes, Shape | None]:
    """Vectors of one size give a scalar."""
    known = next((shape for shape in arguments if shape is not None), None)
    if known is None:
        return arguments, ()
    for position, shape in enumerate(arguments):
        if shape is not None:
            if len(shape) != 1:
                raise Mismatch(f"a vector is needed, not {spell(shape)}", position)
            sizes.unify(known, shape, 0, position)
    return [known for _ in arguments], ()


def same_shape(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Return the shape of a vector or an array, which goes in and comes out."""
    (shape,) = arguments
    if shape == ():
        raise Mismatch("a vector is needed, not a scalar", 0)
    if shape is None or result is None:
        known = result if shape is None else shape
        return [known], known
    return [shape], sizes.unify(shape, result, 0)


def over_last(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Return the shape of what runs over the last size of a vector or an array, which goes in; the others come out."""
    (shape,) = arguments
    if shape == ():
        raise Mismatch("a vector is needed, not a scalar", 0)
    if shape is None:
        return ([None], None) if result is None else ([(*result, sizes.fresh())], result)
    return arguments, _known(sizes, shape[:-1], result)


def matrix_product(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Return the shape of `a @ b`: the last size of a is the first of b."""
    left, right = arguments
    for position, shape in enumerate(arguments):
        if shape is not None and not 1 <= len(shape) <= 2:
            raise Mismatch(f"'@' needs matrices and vectors, not {spell(sizes.resolve(shape))}", position)
    if left is None or right is None:
        return arguments, result
    sizes.same(left[-1], right[0], 0, 1)
    return arguments, _known(sizes, (*left[:-1], *right[1:]), result)


def transposed(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`.T` swaps the two sizes of a matrix."""
    (shape,) = arguments
    if shape is None and result is not None and len(result) == 2:
        return [result[::-1]], result
    if shape is None:
        return arguments, result
    if len(shape) != 2:
        raise Mismatch(f"'.T' needs a matrix, not {spell(sizes.resolve(shape))}", 0)
    return arguments, _known(sizes, shape[::-1], result)


def outer_product(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Two vectors give a matrix."""
    left, right = arguments
    for position, shape in enumerate(arguments):
        if shape is not None and len(shape) != 1:
            raise Mismatch(f"a vector is needed, not {spell(sizes.resolve(shape))}", position)
    if left is None or right is None:
        return arguments, result
    return arguments, _known(sizes, (*left, *right), result)


def square(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Return the shape of a square matrix, which goes in and comes out."""
    refined, _ = square_to_scalar(arguments, (), None, sizes)
    shape = refined[0]
    return (refined, result) if shape is None else (refined, _known(sizes, shape, result))


def square_to_scalar(arguments: Shapes, _result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Return the shape of a scalar, which a square matrix gives."""
    (shape,) = arguments
    if shape is not None:
        if len(shape) != 2:
            raise Mismatch(f"a square matrix is needed, not {spell(sizes.resolve(shape))}", 0)
        sizes.same(shape[0], shape[1], 0)
    return arguments, ()


def solution(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`solve(A, b)`: A is square and b a vector or a matrix of as many rows."""
    matrix, right = arguments
    square_to_scalar([matrix], (), None, sizes)
    if right is not None and not 1 <= len(right) <= 2:
        raise Mismatch(f"a vector or a matrix is needed, not {spell(sizes.resolve(right))}", 1)
    if matrix is not None and right is not None:
        sizes.same(matrix[0], right[0], 0, 1)
    if right is None:
        return [matrix, result], result
    return arguments, _known(sizes, right, result)


def joined(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`concat(a, b)`: vectors end to end."""
    for position, shape in enumerate(arguments):
        if shape is not None and len(shape) != 1:
            raise Mismatch(f"concat joins vectors, not {spell(sizes.resolve(shape))}", position)
    if result is None:
        result = (sizes.fresh(),)
    total = 0
    for shape in arguments:
        size = None if shape is None else sizes.find(shape[0])
        if not isinstance(size, int):
            # The sum of named sizes is a size of its own, which the data settle.
            return arguments, result
        total += size
    return arguments, sizes.unify((total,), result)


def stacked(arguments: Shapes, result: Shape | None, _data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`stack(a, b)`: arrays of one shape under a new first size, their number."""
    known = next((shape for shape in arguments if shape is not None), result[1:] if result else None)
    if known is None:
        return arguments, result
    for position, shape in enumerate(arguments):
        if shape is not None:
            sizes.unify(known, shape, 0, position)
    return [known for _ in arguments], _known(sizes, (len(arguments), *known), result)


def given(arguments: Shapes, result: Shape | None, data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`zeros(m, n)`, `eye(n)`: the shape is the data of the operator."""
    return arguments, _told(data, result, sizes)


def _told(data: Any, result: Shape | None, sizes: Sizes) -> Shape:
    """Return a shape that is told in arguments. A sum of sizes is a size of its own, which the data settle."""
    # One that is known already is kept, so that a rule that runs again makes no new one.
    kept = result if result is not None and len(result) == len(data) else None
    made: dict[SizeSum, Size] = {}
    found: list[Size] = []
    for at, one in enumerate(data):
        if isinstance(one, SizeSum):
            found.append(made.setdefault(one, sizes.fresh() if kept is None else kept[at]))
        else:
            found.append(one)
    return tuple(found)


def encoded(arguments: Shapes, result: Shape | None, data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`one_hot(k, n)`: a scalar gives a vector of the size in the data."""
    if arguments[0]:
        raise Mismatch(f"one_hot takes a scalar, not {spell(arguments[0])}", 0)
    return [()], _told(data, result, sizes)


def entry(arguments: Shapes, result: Shape | None, data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`b[0]`, `v[1:3]`, `B[y(t)]`: each number takes a size away, each slice makes it shorter.

    How many entries are left is a size of its own where only the data settle it, as in `v[m:]`.
    """
    shape, *computed = arguments
    numbers = _numbers(computed, 1, "an entry is counted by one number")
    if shape is None and result is not None:
        # How many entries a slice leaves does not say how many there were.
        kept = sum(isinstance(item, Slice) for item in data)
        return [(*(sizes.fresh() for _ in data), *result[kept:]), *numbers], result
    if shape is None:
        return [shape, *numbers], result
    if len(shape) < len(data):
        raise Mismatch(f"{len(data)} {'index' if len(data) == 1 else 'indices'} into {spell(sizes.resolve(shape))}", 0)
    left: list[Size] = []
    for item, one in zip(data, shape, strict=False):
        length = sizes.find(one)
        if isinstance(item, Slice):
            found = slice_length(item, length)
            if found is None:
                # The result keeps the size that it has, so that a rule that runs again makes no new one.
                is_known = result is not None and len(result) > len(left)
                found = result[len(left)] if result is not None and is_known else sizes.fresh()
            left.append(found)
        elif item.base == "" and isinstance(length, int) and not -length <= item.offset < length:
            raise Mismatch(f"entry {item.offset} of {length} entries, which count from 0", 0)
        elif item.base and item.base == length and item.offset >= 0:
            place = f"{length}+{item.offset}" if item.offset else length
            raise Mismatch(f"entry {place} of {length} entries, which count from 0", 0)
    return [shape, *numbers], _known(sizes, (*left, *shape[len(data) :]), result)


def at_places(arguments: Shapes, result: Shape | None, _data: Any, _sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """`x(t - d(t))`: what an index is computed of is a number, whatever is read there."""
    return _numbers(arguments, 0, "an index is one number"), result


def _numbers(arguments: Shapes, first: int, sentence: str) -> Shapes:
    """Return the shapes of arguments that are numbers, counted from `first`; raises `Mismatch` where one is none."""
    for position, shape in enumerate(arguments, first):
        if shape:
            raise Mismatch(sentence, position)
    return [()] * len(arguments)


def placed(arguments: Shapes, result: Shape | None, data: Any, sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Return the shape of `place(r, v[1:3])`: that of v; r has the shape of what is read there, or fills it."""
    value, array = arguments
    array = result if array is None else array if result is None else sizes.unify(array, result, 1)
    if array is None:
        return arguments, result
    try:
        _, read = entry([array], value or None, data, sizes)
    except Mismatch as mismatch:
        raise Mismatch(mismatch.sentence, *(1 for _ in mismatch.positions)) from None
    return [read if value else value, array], array


def slice_length(item: Slice, length: Size) -> Size | None:
    """Return how many entries a slice takes; None where that is not a number or a size of its own name.

    That is from its one end to its other; where these are further than the end, there are fewer.

    >>> from unfoldgraph.algebra.expression import entry_of_sum
    >>> slice_length(Slice(Index("m"), entry_of_sum(size("m") + size("n"))), "k"), slice_length(Slice(None, None), 3)
    ('n', 3)
    """
    start, stop = item
    if isinstance(length, int) and all(bound is None or not bound.base for bound in item):
        return len(range(length)[slice(*(None if bound is None else bound.offset for bound in item))])
    if start is not None and not start.base and start.offset < 0 and stop is not None and sum_of_entry(stop).terms:
        # There may be fewer before the end than are counted back from it.
        return None
    last = size(length) if stop is None else _counted(stop, length)
    taken = last - (whole(0) if start is None else _counted(start, length))
    found = as_size(taken)
    return None if isinstance(found, int) and found < 0 else found


def _counted(bound: Index, length: Size) -> Affine:
    """Return the number of an entry, counted from the first; one that is written with a minus counts from the end."""
    counts_from_end = not bound.base and bound.offset < 0
    return size(length) + bound.offset if counts_from_end else sum_of_entry(bound)


def lies_within(bound: Index, length: Size) -> bool:
    """Say whether an end of a slice lies within so many entries for certain, or is a number.

    >>> lies_within(Index("m", -1), "m"), lies_within(Index("m", 1), "m"), lies_within(Index("n"), "m")
    (True, False, False)
    """
    form = sum_of_entry(bound)
    beyond = form - size(length)
    return not form.terms or (not beyond.terms and beyond.constant <= 0)


def least_of(form: Affine) -> tuple[Affine, int] | None:
    """Return which sum of sizes is to be how large at least for another to be no less than 0.

    None where that is so whatever the sizes are.

    >>> least_of(size("m").times(2) - 3) == (size("m"), 2), least_of(size("m") + 1)
    (True, None)
    """
    factors = [factor for _, factor in form.terms]
    if form.constant >= 0 and all(factor > 0 for factor in factors):
        return None
    if len(factors) == 1 and factors[0] > 0:
        return Affine(((form.terms[0][0], 1),)), -(form.constant // factors[0])
    return Affine(form.terms), -form.constant


def opaque(arguments: Shapes, result: Shape | None, _data: Any, _sizes: Sizes) -> tuple[Shapes, Shape | None]:
    """Nothing is known of a function that the caller supplies."""
    return arguments, result


def _known(sizes: Sizes, computed: Shape, result: Shape | None) -> Shape:
    """Return the computed shape of the result, which must fit what was known of it."""
    return sizes.resolve(computed) if result is None else sizes.unify(computed, result)
