"""The way out to SymPy: expression by expression, never through text, and never deeper than SymPy can follow.

Scalars and values of unknown shape become symbols and applied functions, `h(0)`; vectors and matrices become
matrix symbols with symbolic sizes, a vector as a column. SymPy itself recurses over what it is given, so a
formula is refused where it would be nested more deeply than SymPy prints.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from unfoldgraph.algebra.expression import BY_VALUE, Expr, Index, Slice, fold, postorder, sum_of_entry, written_size
from unfoldgraph.algebra.notation import shown, text
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import Shape, Size, elementwise, is_fresh, spell
from unfoldgraph.algebra.table.operator_row import Operator
from unfoldgraph.algebra.table.sympy_rules import Symbolic
from unfoldgraph.base.affine import Affine, plain_name
from unfoldgraph.base.errors import CircuitError, require_within
from unfoldgraph.base.limits import SYMPY_DEPTH, SYMPY_DIGITS, SYMPY_FACTOR, SYMPY_NODES
from unfoldgraph.formula.derivation import Derivation
from unfoldgraph.formula.instances import node_of
from unfoldgraph.formula.simplifying import Folder
from unfoldgraph.model.equations import Model
from unfoldgraph.unfolding.graph import UnfoldedNode

#: Sums over the entries of a vector are written out up to this size.
_WRITTEN_OUT = 10


class SymPyForm:
    """Makes SymPy expressions for one circuit."""

    def __init__(self, model: Model) -> None:
        import sympy

        self.model = model
        self.sp: Any = sympy
        self._folder = Folder(model.shapes)

    # Forms ------------------------------------------------------------------------------------------

    def expression(self, root: Expr) -> Any:
        """Return an expression; raises `CircuitError` for what SymPy cannot express or follow."""
        return self._value(root).sympy

    def _value(self, root: Expr) -> Symbolic:
        what = "an equation of this form has {} nodes for SymPy"
        require_within(written_size(root), SYMPY_NODES, what, "use --format text or latex")
        links = self._links(root)

        def convert(node: Expr, arguments: list[Symbolic]) -> Symbolic:
            if not _is_chained(node):
                return self._convert(node, arguments)
            # A link is no expression yet, only what it adds or multiplies.
            parts: list[Any] = []
            for argument, value in zip(node.arguments, arguments, strict=True):
                parts += value.sympy if id(argument) in links else [value.sympy]
            if id(node) in links:
                return Symbolic(parts, ())
            if len(parts) > len(arguments):
                return self._convert(node, [Symbolic(part, ()) for part in parts])
            return self._convert(node, arguments)

        try:
            found = fold(root, convert)
        except RecursionError:
            raise _too_deep() from None
        finally:
            self._folder.forget()
        self._require_printable(found.sympy)
        return found

    def _links(self, root: Expr) -> set[int]:
        """Return the sums that are only part of a longer sum, and products likewise, by identity.

        SymPy sorts what is added each time, so that a sum of thousands is made of all its terms at once.
        """
        nodes = list(postorder([root]))
        uses = Counter(id(argument) for node in nodes for argument in node.arguments)
        return {
            id(argument)
            for node in nodes
            if _is_chained(node) and self._folder.shape(node) == ()
            for argument in node.arguments
            if argument.operator == node.operator and uses[id(argument)] == 1
        }

    def let(self, derivation: Derivation) -> Iterator[Any]:
        """Yield an equation for each node, in the order of computation."""
        order = derivation.equations or [derivation.target]
        # Each equation is small, but SymPy takes about as long for each node of them as for one of a formula.
        require_within(
            len(order),
            SYMPY_NODES,
            f"the let form of {derivation.label} has {{}} equations for SymPy",
            "use --format text or latex",
        )
        for node in order:
            right = derivation.rights.right(node).value if derivation.order else derivation.substituted()
            yield self._equation(node, right)

    def steps(self, target: UnfoldedNode, stages: Iterable[Expr]) -> Iterator[Any]:
        """Yield an equation for each stage of a substitution."""
        for stage in stages:
            yield self._equation(target, stage)

    def signature(
        self, target: UnfoldedNode, name: str, places: Sequence[UnfoldedNode], parameters: Sequence[str]
    ) -> Any:
        """Return the target as a function of what it depends on."""
        arguments = [self._node(node).sympy for node in places]
        arguments += [self._named(parameter, self.model.shapes.get(parameter)).sympy for parameter in parameters]
        return self.sp.Eq(self._node(target).sympy, self.sp.Function(name)(*arguments), evaluate=False)

    def written(self, expression: Any) -> str:
        """Return SymPy's own text of an expression.

        Terms stay in the order in which SymPy keeps them: to sort them for print it would look into the real part of
        each exponential, twice as long with each level.
        """
        try:
            return str(self.sp.sstr(expression, order="none"))
        except RecursionError:
            raise _too_deep() from None

    def _equation(self, node: UnfoldedNode, right: Expr) -> Any:
        left = self._node(node)
        value, shape = self._value(right)
        if left.shape and shape == ():
            value = self.times(value, self.sp.OneMatrix(*self.rows_and_columns(left.shape)))
        return self.sp.Eq(left.sympy, value, evaluate=False)

    def _require_printable(self, root: Any) -> None:
        """Refuse what is nested too deeply, by a walk with a stack of its own; shared parts are seen once.

        Measured with SymPy 1.14 under Python's recursion limit of 1,000: `str` follows an opaque function for
        160 levels and not for 200, `exp(a * …)` for 100 steps and not for 120, a scalar tanh network for 80 and
        not for 90. The rest is left for the frames of whoever prints.
        """
        deepest: dict[int, float] = {}
        stack: list[tuple[Any, float]] = [(root, 0)]
        while stack:
            node, depth = stack.pop()
            depth += 1.5 if isinstance(node, self.sp.Function) else 1
            if depth > SYMPY_DEPTH:
                raise _too_deep()
            if getattr(node, "is_Rational", False):
                _require_short(node)
            if deepest.get(id(node), 0) < depth:
                deepest[id(node)] = depth
                stack.extend((argument, depth) for argument in getattr(node, "args", ()))

    # Leaves -----------------------------------------------------------------------------------------

    def _node(self, node: UnfoldedNode) -> Symbolic:
        name, place = node
        shape = self.model.shapes.get(name)
        if not place:
            return self._named(name, shape)
        if shape:
            return self._named(f"{name}({', '.join(map(str, place))})", shape)
        return Symbolic(self.sp.Function(name)(*map(self.sp.Integer, place)), shape)

    def _computed_read(self, node: Expr, arguments: Sequence[Symbolic]) -> Symbolic:
        """Return a read of which some place is computed."""
        name, index = node.data
        shape = self.model.shapes.get(name)
        if shape:
            raise CircuitError(
                f"SymPy has no form here for '{text(node)}', {spell(shape)} at a place that is computed",
                help="use --format text or latex",
            )
        places = [arguments[at.offset].sympy if at.base == BY_VALUE else self.sp.Integer(at.offset) for at in index]
        return Symbolic(self.sp.Function(name)(*places), shape)

    def _named(self, name: str, shape: Shape | None) -> Symbolic:
        if not shape:
            return Symbolic(self.sp.Symbol(name), shape)
        if len(shape) > 2:
            raise CircuitError(f"SymPy has no form here for '{name}', {spell(shape)}: it has more than two sizes")
        return Symbolic(self.sp.MatrixSymbol(name, *self.rows_and_columns(shape)), shape)

    def rows_and_columns(self, shape: Shape) -> tuple[Any, Any]:
        """Return rows and columns; a vector is a column."""
        sizes = [self._size(size) for size in shape]
        return (sizes[0], self.sp.Integer(1)) if len(sizes) == 1 else (sizes[0], sizes[1])

    def _size(self, size: Size) -> Any:
        if isinstance(size, int):
            return self.sp.Integer(size)
        extents = self._folder.extents
        if parts := extents.sum_of(size):
            return self.sp.Add(*map(self._size, parts))
        if told := extents.told_as(size):
            return self._sum(told.form)
        if cut := extents.cut_of(size):
            whole, (start, stop) = self._size(cut[0]), cut[1]
            ends = [
                0 if start is None else self._place(start, cut[0]),
                whole if stop is None else self._place(stop, cut[0]),
            ]
            # A slice takes what there is.
            first, last = (self.sp.Max(0, self.sp.Min(end, whole)) for end in ends)
            return self.sp.Max(0, last - first)
        if is_fresh(size):
            raise NotImplementedError
        return self.sp.Symbol(size, integer=True, positive=True)

    def _number(self, value: Any) -> Any:
        if isinstance(value, str):
            return {"inf": self.sp.oo, "-inf": -self.sp.oo}.get(value, self.sp.nan)
        _require_short(value)
        return self.sp.Rational(value.numerator, value.denominator)

    # Operations -------------------------------------------------------------------------------------

    def _convert(self, node: Expr, arguments: list[Symbolic]) -> Symbolic:
        match node.operator:
            case "number":
                return Symbolic(self._number(node.data), ())
            case "read" if node.arguments:
                return self._computed_read(node, arguments)
            case "read":
                return self._node(node_of(node))
            case "parameter":
                return self._named(node.data, self.model.shapes.get(node.data))
            case "size":
                return Symbolic(self._size(node.data), ())
            case "call":
                applied = self.sp.Function(node.data[0])(*(argument.sympy for argument in arguments))
                return Symbolic(applied, None)
        shape = self._folder.shape(node)
        row = OPERATORS[node.operator]
        try:
            known = row.rule is elementwise or all(argument.shape is not None for argument in arguments)
            if known and not shape and not any(argument.shape for argument in arguments):
                return Symbolic(row.sympy(self.sp, *(argument.sympy for argument in arguments)), shape)
            if None in [argument.shape for argument in arguments] or (row.rule is elementwise and shape is None):
                raise NotImplementedError
            if node.operator == "entry":
                return Symbolic(self._entry(node, arguments), shape)
            if row.sympy_arrays is not None:
                return Symbolic(row.sympy_arrays(self, shape, *arguments), shape)
            if row.rule is not elementwise or len(arguments) > 1:
                raise NotImplementedError
            return Symbolic(arguments[0].sympy.applyfunc(self._function(row)), shape)
        except (NotImplementedError, TypeError, ValueError, AttributeError, ZeroDivisionError):
            shapes = (argument.shape for argument in arguments)
            operands = ", ".join("a value of unknown shape" if shape is None else spell(shape) for shape in shapes)
            raise CircuitError(
                f"SymPy has no form for '{shown(row.spelling)}'" + (f" of {operands}" if operands else ""),
                help="use --format text or latex",
            ) from None

    # SymPy's own operators on matrices simplify all that is below them, scalars too: some small formulas would take
    # for ever. These tidy up what they make and nothing else.

    def times(self, one: Any, other: Any) -> Any:
        """Return a matrix product, or a matrix times a scalar."""
        self._require_simple(one)
        return self.sp.MatMul(one, other).doit(deep=False)

    def _require_simple(self, factor: Any) -> None:
        """Refuse a factor whose sums keep SymPy busy when it prints the product, for it then simplifies all in it.

        Measured with SymPy 1.14: 2 seconds for a softmax of two scores, a factor of 100 nodes; 8 for one of 300, the
        greatest score subtracted; and no end for what attention makes of two steps.
        """
        if getattr(factor, "is_Matrix", False) or not isinstance(factor, self.sp.Basic):
            return
        is_large = any(number >= SYMPY_FACTOR for number, _ in enumerate(self.sp.preorder_traversal(factor)))
        if is_large and any(not bound.is_number for part in factor.atoms(self.sp.Sum) for bound in part.limits[0][1:]):
            raise CircuitError(
                f"a factor of a matrix has sums over entries and more than {SYMPY_FACTOR} nodes: "
                "SymPy would take minutes to simplify it",
                help="use --form let, or --format text or latex",
            )

    def plus(self, one: Any, other: Any) -> Any:
        """Return the sum of two matrices."""
        terms = [*self.sp.MatAdd.make_args(one), *self.sp.MatAdd.make_args(other)]
        return self.sp.MatAdd(*sorted(terms, key=self.sp.default_sort_key))

    def transposed(self, value: Any) -> Any:
        """Return a matrix with its rows as columns."""
        return self.sp.Transpose(value).doit(deep=False)

    def _function(self, row: Operator) -> Any:
        """Return the function of one entry: SymPy's own where it has one."""
        entry = self.sp.Symbol("entry")
        applied = row.sympy(self.sp, entry)
        if getattr(applied, "args", ()) == (entry,):
            return applied.func
        return self.sp.Lambda(entry, applied)

    # Vectors and matrices ---------------------------------------------------------------------------

    def _place(self, at: Index, size: Size) -> Any:
        """Return the number of an entry, counted from 0."""
        if at.base or at.offset >= 0:
            return self._sum(sum_of_entry(at))
        return self._size(size) + at.offset

    def _sum(self, form: Affine) -> Any:
        """Return a sum of sizes."""
        terms = [factor * self._size(plain_name(name)) for name, factor in form.terms]
        return self.sp.Add(*terms, form.constant)

    def _entry(self, node: Expr, arguments: list[Symbolic]) -> Any:
        value, *computed = arguments
        if computed and not isinstance(value.sympy, self.sp.MatrixSymbol):
            # Of what it knows all entries of, SymPy would take one that there is none of.
            raise NotImplementedError
        rank = len(value.shape or ())
        items: list[Any] = []
        for item, size in zip(node.data, value.shape or (), strict=False):
            if isinstance(item, Slice):
                start, stop = (None if bound is None else self._place(bound, size) for bound in item)
                items.append(slice(start or 0, self._size(size) if stop is None else stop))
            elif item.base == BY_VALUE:
                items.append(computed[item.offset - 1].sympy)
            else:
                items.append(self._place(item, size))
        while len(items) < rank:
            items.append(slice(0, self._size((value.shape or ())[len(items)])))
        if rank == 1:
            items.append(0 if not isinstance(items[0], slice) else slice(0, 1))
        elif isinstance(items[0], slice) is not isinstance(items[1], slice):
            # A row or a column of a matrix is a vector, which is a column.
            row_first = isinstance(items[1], slice)
            lines = [item if isinstance(item, slice) else slice(item, item + 1) for item in items]
            part = value.sympy[lines[0], lines[1]]
            return self.transposed(part) if row_first else part
        return value.sympy[items[0], items[1]]

    def total(self, value: Symbolic) -> Any:
        """Return the sum of all entries."""
        rows, columns = self.rows_and_columns(value.shape or ())
        summed = self.times(self.sp.OneMatrix(1, rows), value.sympy)
        if columns != 1:
            summed = self.times(summed, self.sp.OneMatrix(columns, 1))
        return self._single(summed)

    def inner(self, one: Any, other: Any) -> Any:
        """Return the inner product of two columns."""
        return self._single(self.times(self.transposed(one), other))

    def _single(self, value: Any) -> Any:
        """Return the entry of a matrix that has one; sums over many entries are not written out."""
        if not isinstance(value, self.sp.MatMul):
            return value[0, 0]
        inner = [factor.shape[1] for factor in value.args if factor.is_Matrix]
        return value._entry(0, 0, expand=all(not size.is_Integer or size <= _WRITTEN_OUT for size in inner))


def _is_chained(node: Expr) -> bool:
    """Say whether SymPy takes all terms of a chain at once, as it does those of sums and products."""
    row = OPERATORS.get(node.operator)
    # What is true or not is a number after each step.
    return row is not None and row.is_chained and not row.laws.gives_truth


def _require_short(value: Any) -> None:
    """Refuse a rational number that is too long to be printed."""
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if bits > SYMPY_DIGITS * math.log2(10):
        raise CircuitError(
            "a constant of this formula has more digits than SymPy prints", help="use --format text or latex"
        )


def _too_deep() -> CircuitError:
    return CircuitError(
        f"this formula is nested more deeply than SymPy prints; the limit is {SYMPY_DEPTH} levels",
        help="take fewer steps, or use --form let",
    )
