"""Expressions: immutable, interned, and walked by loops.

An expression is an operator, its arguments and the data that belongs to the operator (a number's value,
the name and index of a read). Equal expressions are one object, so that equality is identity and what is
shared is stored once. A `Term` has the same three fields and a place in a source; names and shapes are
checked on terms, where an error can still point at the text, and interning comes after.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from threading import Lock
from typing import Any, NamedTuple, Protocol, TypeVar
from weakref import WeakValueDictionary

from unfoldgraph.base.affine import Affine, end_name, index, is_index, is_size, length, plain_name, size, whole
from unfoldgraph.base.errors import Span

INFINITY, MINUS_INFINITY = "inf", "-inf"
"""The data of the numbers that no fraction is. The second is made by folding; where it is written, it is `-inf`."""


AFFINE, BY_VALUE = "+", "?"
"""The bases of indices that are not plain, as no name is: a sum of several names, and what is computed."""


class Index(NamedTuple):
    """One place of an index: `t-1`, `end`, `3`, `n-k`, `t - d(t)`.

    `base` is the name of an axis, `"end"`, or `""` for a fixed place; in an entry it is the name of a size, as in
    `v[m-1]`. `offset` is added to it. `bound`
    says that the axis is bound by a reduction around the read. These are plain. Of any other sum the base is
    `AFFINE` and `form` tells it, in which `end_here` is the last place of the axis that is read; `names` are those in
    it in the order in which they were written. What is computed has
    the base `BY_VALUE`, and `offset` is the number of the argument of the read, or the entry, that it is.
    """

    base: str
    offset: int = 0
    bound: bool = False
    form: Affine | None = None
    names: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is an axis, plus or minus some steps, or a fixed place."""
        return self.base not in (AFFINE, BY_VALUE)

    @property
    def moves(self) -> bool:
        """Whether it is an axis, plus or minus some steps."""
        return self.base not in ("", "end", AFFINE, BY_VALUE)

    @property
    def is_off_edge(self) -> bool:
        """Whether it is a fixed place before the first or after the last."""
        return (self.base == "" and self.offset < 1) or (self.base == "end" and self.offset > 0)

    def sum_on(self, axis: str) -> Affine:
        """Return the place on an axis as a sum; raises `ValueError` for one that is computed.

        Examples
        --------
        >>> Index("end", -1).sum_on("t") == length("t") - 1
        True
        """
        if self.base == BY_VALUE:
            raise ValueError(f"{self} is computed")
        if self.form is not None:
            return self.form.at({end_name(): length(axis)})
        base = whole(0) if not self.base else length(axis) if self.base == "end" else index(self.base)
        return base + self.offset


def indexed(
    form: Affine,
    bound_over_axes: Container[str] = (),
    bound_in_ranges: Container[str] = (),
    names: tuple[str, ...] = (),
) -> Index:
    """Return a sum as an index, a plain one where it is.

    Parameters
    ----------
    form : a sum of indices, sizes, lengths and `end_here`.
    bound_over_axes, bound_in_ranges : those of the indices that reductions bind over whole axes, and in ranges.
    names : those in the sum, in the order in which they were written.

    Examples
    --------
    >>> from unfoldgraph.base.affine import end_here
    >>> indexed(index("t") - 1), indexed(end_here()).base, indexed(index("n") - index("k")).base
    (Index(base='t', offset=-1, bound=False, form=None, names=()), 'end', '+')
    """
    if not form.terms:
        return Index("", form.constant)
    if len(form.terms) == 1:
        ((name, factor),) = form.terms
        if factor == 1 and name == end_name():
            return Index("end", form.constant)
        if factor == 1 and is_index(name) and name not in bound_in_ranges:
            return Index(name, form.constant, name in bound_over_axes)
    return Index(AFFINE, form=form, names=names)


def entry_of_sum(form: Affine, names: tuple[str, ...] = ()) -> Index:
    """Return a sum as the number of an entry, in which the base of a plain index is a size.

    Examples
    --------
    >>> from unfoldgraph.base.affine import size
    >>> entry_of_sum(size("m") - 1), entry_of_sum(index("k")).base
    (Index(base='m', offset=-1, bound=False, form=None, names=()), '+')
    """
    sizes = [name for name, factor in form.terms if factor == 1 and is_size(name)]
    if len(sizes) == len(form.terms) <= 1:
        return Index(plain_name(sizes[0]) if sizes else "", form.constant)
    return Index(AFFINE, form=form, names=names)


def sum_of_entry(at: Index) -> Affine:
    """Return the number of an entry as a sum of sizes and indices; raises `ValueError` for one that is computed.

    A negative number counts from the end, which is for those who know how many entries there are.

    Examples
    --------
    >>> from unfoldgraph.base.affine import size
    >>> sum_of_entry(Index("m", -1)) == size("m") - 1
    True
    """
    if at.base == BY_VALUE:
        raise ValueError(f"{at} is computed")
    if at.form is not None:
        return at.form
    return size(at.base) + at.offset if at.base else whole(at.offset)


def entry_with(at: Index, sums: Mapping[str, Affine]) -> Index:
    """Return the number of an entry with sums in place of some indices and sizes.

    Examples
    --------
    >>> entry_with(entry_of_sum(index("k") + 1), {"k": whole(2)})
    Index(base='', offset=3, bound=False, form=None, names=())
    """
    if at.form is None:
        return at
    form = at.form.at(sums)
    return entry_of_sum(form, tuple(name for name in at.names if form.factor(name)))


def changed_item(item: Index | Slice, change: Callable[[Index], Index]) -> Index | Slice:
    """Return what stands between the brackets of an entry with each place in it changed; what is left open stays.

    Examples
    --------
    >>> changed_item(Slice(entry_of_sum(index("k")), None), lambda at: entry_with(at, {"k": whole(2)})).start.offset
    2
    """
    if isinstance(item, Slice):
        return Slice(*(None if bound is None else change(bound) for bound in item))
    return change(item)


class SizeSum(NamedTuple):
    """A size that is written as a sum, as in `zeros(m-1)`; `names` are those in it in the order of the text."""

    form: Affine
    names: tuple[str, ...] = ()


SizeArgument = int | str | SizeSum
"""A size where one is an argument: a number, a name, or a sum."""


def size_argument(form: Affine, names: tuple[str, ...] = ()) -> SizeArgument:
    """Return a sum of sizes as an argument, a number or a name where it is one.

    Examples
    --------
    >>> from unfoldgraph.base.affine import size
    >>> size_argument(size("m") - 1 + 1), size_argument(whole(3)), size_argument(size("m") - 1).form.constant
    ('m', 3, -1)
    """
    if not form.terms:
        return form.constant
    ((name, factor), *more) = form.terms
    return plain_name(name) if factor == 1 and not more and not form.constant else SizeSum(form, names)


def sum_of_size(one: SizeArgument) -> Affine:
    """Return a size that is an argument as a sum."""
    return one.form if isinstance(one, SizeSum) else size(one)


class Slice(NamedTuple):
    """`start:stop` in an entry, either of them may be missing."""

    start: Index | None
    stop: Index | None


class Binding(NamedTuple):
    """What an index runs over: an axis, or the whole numbers from `first` to `last`, both included.

    Ends are sums of numbers, sizes, lengths of axes and indices in scope. `axis` is the one whose places the name runs
    over, where there are no ends; that is known once all reads of the circuit are.
    """

    name: str
    first: Affine | None = None
    last: Affine | None = None
    axis: str = ""

    @property
    def ends(self) -> tuple[Affine, ...]:
        """Both ends of a range; none of an axis."""
        return () if self.first is None or self.last is None else (self.first, self.last)

    def at(self, places: Mapping[str, Affine]) -> Binding:
        """Return it with other sums in place of some names in its ends."""
        if self.first is None or self.last is None:
            return self
        return self._replace(first=self.first.at(places), last=self.last.at(places))

    @property
    def numbers(self) -> range | None:
        """What it runs over, where both ends are numbers.

        Examples
        --------
        >>> Binding("k", whole(0), whole(2)).numbers, Binding("k", whole(0), index("t")).numbers
        (range(0, 3), None)
        """
        if not self.ends or any(end.terms for end in self.ends):
            return None
        first, last = self.ends
        return range(first.constant, last.constant + 1)


class Tree(Protocol):
    """What expressions and terms have in common; all that the traversals need."""

    @property
    def operator(self) -> str:
        """The name of a row of the operator table, or of a leaf."""

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What it is applied to."""

    @property
    def data(self) -> Any:
        """What else it is told: the name and the index of a read, a number, the index of a reduction."""


class Expr:
    """An expression: `operator` applied to `arguments`, with `data`. Equal ones are one object.

    >>> Expr("neg", (number(1),)) is Expr("neg", (number(1),))
    True
    """

    __slots__ = ("__weakref__", "arguments", "data", "operator")
    operator: str
    arguments: tuple[Expr, ...]
    data: Any

    def __new__(cls, operator: str, arguments: tuple[Expr, ...] = (), data: Hashable = None) -> Expr:
        """Return the only one of its kind, made if there is none."""
        # The key holds identities, not the arguments: the expression itself keeps those alive, and a
        # chain of 100,000 expressions is then freed link by link, without nested callbacks.
        key = (operator, tuple(map(id, arguments)), data)
        return _INTERNED.get(key) or _interned(cls, key, operator, arguments, data)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"expressions are immutable: {name} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_rows, (Expr, _rows(self, lambda node: (node.data,)))

    def __repr__(self) -> str:
        return f"<Expr {self.operator} {self.data!r}>" if self.data is not None else f"<Expr {self.operator}>"


_INTERNED: WeakValueDictionary[Hashable, Expr] = WeakValueDictionary()
_MAKING = Lock()


def _interned(cls: type[Expr], key: Hashable, operator: str, arguments: tuple[Expr, ...], data: Hashable) -> Expr:
    """Return a new expression, or the one that another thread has made meanwhile."""
    with _MAKING:
        found = _INTERNED.get(key)
        if found is None:
            found = object.__new__(cls)
            object.__setattr__(found, "operator", operator)
            object.__setattr__(found, "arguments", arguments)
            object.__setattr__(found, "data", data)
            _INTERNED[key] = found
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """An expression as it stands in a source, with its place; not interned."""

    operator: str
    arguments: tuple[Term, ...] = ()
    data: Any = None
    span: Span | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_rows, (Term, _rows(self, lambda node: (node.data, node.span)))


AnyTree = TypeVar("AnyTree", bound=Tree)
Answer = TypeVar("Answer")


def postorder(roots: Iterable[AnyTree], stop: Callable[[AnyTree], bool] | None = None) -> Iterator[AnyTree]:
    """Yield every node below the roots once, arguments first, in the order written.

    A node for which `stop` holds is yielded without what is below it.
    """
    seen: set[int] = set()
    for root in roots:
        stack: list[AnyTree | None] = [root]
        while stack:
            node = stack.pop()
            if node is None:
                # What was above this mark is done; below it is the node that has it as arguments.
                above = stack.pop()
                if above is not None:
                    yield above
            elif id(node) not in seen:
                seen.add(id(node))
                arguments = node.arguments
                if not arguments or (stop is not None and stop(node)):
                    yield node
                else:
                    stack += (node, None, *arguments[::-1])


PickledNode = tuple[Any, ...]
"""A node as it is pickled: its operator, the numbers of its arguments, and what else it holds."""


def _rows(root: AnyTree, held: Callable[[AnyTree], tuple[Any, ...]]) -> list[PickledNode]:
    """Return a tree as rows, arguments first: to pickle and to copy it goes no deeper, however long a chain it is."""
    numbers: dict[int, int] = {}
    rows: list[PickledNode] = []
    for node in postorder([root]):
        numbers[id(node)] = len(rows)
        rows.append((node.operator, tuple(numbers[id(argument)] for argument in node.arguments), *held(node)))
    return rows


def _from_rows(kind: Callable[..., AnyTree], rows: Iterable[PickledNode]) -> AnyTree:
    """Return the tree of some rows, of which each node is of a kind."""
    made: list[AnyTree] = []
    for operator, arguments, *held in rows:
        made.append(kind(operator, tuple(made[number] for number in arguments), *held))
    return made[-1]


def items_of(node: Tree) -> tuple[Index | Slice, ...]:
    """Return what stands between the brackets of an entry, of one that an operator is told too; none for all else.

    >>> items_of(Expr("entry", (parameter("v"),), (Index("", 2),)))[0].offset, items_of(Expr("eye", (), ("m", "m")))
    (2, ())
    """
    data = node.data
    return data if isinstance(data, tuple) and data and isinstance(data[0], Index | Slice) else ()


def places_of_entry(node: AnyTree) -> Iterator[Index]:
    """Yield what an entry or a slice is counted by: 1 and `m-1` of `v[1:m-1]`."""
    for item in items_of(node):
        yield from (bound for bound in (item if isinstance(item, Slice) else (item,)) if bound is not None)


def sizes_of_indices(node: AnyTree) -> Iterator[str]:
    """Yield the names of sizes in the places of a read, of an entry or a slice, and in the ends of ranges.

    Such are `m` of `v[1:m]`, `m` and `n` of `v[m:m+n]`, and `M` of `x(t-M)` and of `for k in 0..M-1`.
    """
    places = node.data[1] if node.operator == "read" else tuple(places_of_entry(node))
    for at in places:
        if node.operator != "read" and at.is_plain and at.base:
            yield at.base
    forms = [at.form for at in places if at.form is not None]
    if isinstance(node.data, tuple):
        forms += [end for one in node.data if isinstance(one, Binding) for end in one.ends]
    for form in forms:
        yield from (plain_name(name) for name, _ in form.terms if is_size(name))


def fold(root: AnyTree, rule: Callable[[AnyTree, list[Answer]], Answer]) -> Answer:
    """Return `rule(node, values of its arguments)` for the root, each shared node computed once."""
    values: dict[int, Answer] = {}
    for node in postorder([root]):
        values[id(node)] = rule(node, [values[id(argument)] for argument in node.arguments])
    return values[id(root)]


def written_size(root: AnyTree) -> int:
    """Return how many operations, names and numbers there are, a shared part as often as it would be written.

    >>> twice = Expr("add", (number(1), number(1)))
    >>> written_size(Expr("mul", (twice, twice)))
    7
    """
    size: int = fold(root, lambda node, sizes: 1 + sum(sizes))
    return size


def term_of(root: Expr) -> Term:
    """Return an expression as it would stand in a source, without a place in it.

    >>> intern(term_of(parameter("W"))) is parameter("W")
    True
    """
    return fold(root, lambda node, arguments: Term(node.operator, tuple(arguments), node.data))


def intern(term: Term) -> Expr:
    """Return the interned expression of a term."""
    return fold(term, lambda node, arguments: Expr(node.operator, tuple(arguments), node.data))


def number(value: int | Fraction) -> Expr:
    """Return the exact constant."""
    return Expr("number", (), exact(value))


def exact(value: int | Fraction) -> int | Fraction:
    """Return a rational as an integer where it is one, so that equal constants are one expression."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def read(name: str, index: Iterable[Index]) -> Expr:
    """Return the read of a signal or an input at an index."""
    return Expr("read", (), (name, tuple(index)))


def parameter(name: str) -> Expr:
    """Return the use of a parameter."""
    return Expr("parameter", (), name)
