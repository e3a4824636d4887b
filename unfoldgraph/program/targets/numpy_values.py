"""Values as NumPy expressions: ranks and places are known here, so nothing is left to chance broadcasting.

An array has leading dimensions, those of the indices that are computed all at once, then in the layout of rows the
batch and the shape of one value, in that of columns the shape and then the sequences. Whoever combines two values
gives the one of lower rank more dimensions, and the one with fewer indices new ones among the leading.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from unfoldgraph.algebra.expression import Index, Slice, sum_of_size
from unfoldgraph.algebra.notation import brief
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.shapes import elementwise, to_scalar
from unfoldgraph.algebra.table.laws import Entries
from unfoldgraph.algebra.table.operator_row import SUM, Operands, Operator
from unfoldgraph.base.affine import Affine, index, is_open, whole
from unfoldgraph.program.bound import restored
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Buffer,
    Entry,
    Extents,
    Gather,
    IndexRange,
    Number,
    Opaque,
    Reduce,
    Value,
    Whole,
    WholeNumber,
    at_places,
    indices_of,
    nodes,
    parts,
    shape_of,
    with_parts,
)
from unfoldgraph.program.names import told_apart, written_name
from unfoldgraph.program.python_text.expressions import width
from unfoldgraph.program.python_text.nodes import (
    assign,
    augmented,
    call,
    constant,
    filled,
    item,
    list_of,
    name,
    slice_of,
    starred,
    tuple_of,
    unary,
)
from unfoldgraph.program.targets.numpy_arrays import ArrayWriter
from unfoldgraph.program.targets.numpy_names import FRONT, Code, Scope, is_remaining
from unfoldgraph.program.targets.numpy_places import EVERY, no_less

#: The longest part of a line that gets no name of its own, in characters.
_LONGEST_PART = 60
#: The longest beginning of a sum that gets no name of its own.
_LONGEST_SUM = 300
#: A constant and a truth value: whether each is true or false, and whether it is none that is constant.
_TRUTH_AND_NUMBER = [(False, False), (True, True)]
#: Integers up to here are written without a point.
_PLAIN_INTEGER = 10**15


class ValueWriter(ArrayWriter):
    """Writes the values of one kernel."""

    def written(self, root: Value, scope: Scope, hint: str) -> Code:
        """Return a value as an expression; parts that need a name get one, in the body of the scope."""
        root = _with_own_indices(root, scope)
        inner: set[int] = set()

        def is_closed(node: Value) -> bool:
            if id(node) in scope.known:
                return True
            if isinstance(node, Reduce) and self.goes_by_steps(node):
                inner.add(id(node))
                return True
            return False

        order = list(nodes([root], stop=is_closed))
        bound = {
            node.index: (node.first, no_less(node.last, node.first, scope))
            for node in order
            if isinstance(node, Reduce) and id(node) not in inner
        }
        if bound:
            scope = replace(scope, ranges={**scope.ranges, **bound})
        uses = scope.uses or uses_of(order)
        # What only begins a longer sum stays part of it.
        sums = {id(parts(node)[0]) for node in order if _is_sum(node) and _is_sum(parts(node)[0])}
        # Places are whole numbers, and are left so.
        numbers = {
            id(place.value)
            for node in order
            if isinstance(node, Access | Entry)
            for place in (node.places if isinstance(node, Entry) else [at for _, at in node.places])
            if isinstance(place, Gather) and isinstance(place.value, WholeNumber)
        }
        found: dict[int, Code] = {}
        for node in order:
            known = scope.known.get(id(node))
            if known is not None:
                found[id(node)] = self.places.at_step(known, scope)
                continue
            if isinstance(node, Reduce) and id(node) in inner:
                made = self._inner_loop(node, scope, hint)
            elif id(node) in numbers:
                # It is written where what is read there is.
                found[id(node)] = Code.of(constant(0), number=0)
                continue
            else:
                made = self._node(node, [found[id(part)] for part in parts(node)], scope)
            made = self._settled(made, node)
            longest = math.inf if node is root else _LONGEST_SUM if id(node) in sums else _LONGEST_PART
            if self._needs_name(node, made, uses.get(id(node), 0), longest):
                grows = scope.lines and _grows(made, [found[id(part)] for part in parts(node)])
                made = self._grown(made, hint, scope) if grows else self.named(made, hint, scope)
                scope.known[id(node)] = made
            found[id(node)] = made
        return found[id(root)]

    def named(self, code: Code, hint: str, scope: Scope) -> Code:
        """Give a value a name of its own."""
        called = self.called.new(hint)
        scope.body.append(assign(called, code.tree))
        return replace(code, tree=called, is_fresh=False, width=width(called))

    def _grown(self, code: Code, hint: str, scope: Scope) -> Code:
        """Give a sum a name of its own, whose last term is added to the others where they stand."""
        assert isinstance(code.tree, ast.BinOp)  # so is a sum that grows
        found = self.named(replace(code, tree=code.tree.left), hint, scope)
        scope.body.append(augmented(found.tree, "+" if isinstance(code.tree.op, ast.Add) else "-", code.tree.right))
        return found

    # One value --------------------------------------------------------------------------------------

    def _node(self, node: Value, made: list[Code], scope: Scope) -> Code:
        match node:
            case Number():
                return self.constant(node.value)
            case WholeNumber():
                return self.places.whole_number(node.at, scope)
            case Access():
                return self.at_places(node, made, scope)
            case Reduce():
                return self._reduction(node, made[0], made[1] if node.condition is not None else None, scope)
            case Opaque():
                return self._call(node, made)
            case Entry():
                return self.entries(node, made, scope)
            case Apply():
                row = OPERATORS[node.row]
                if row.kind == "entry":
                    return self._entry(node, made[0])
                if made and all(code.number is not None for code in made) and node.shape == ():
                    return self._folded(row, made)
                return self._operation(node, row, made)

    def constant(self, value: float | Fraction | str) -> Code:
        """Return an exact constant, or one that was computed, as a literal."""
        if not isinstance(value, int) or abs(value) >= _PLAIN_INTEGER:
            try:
                value = float(value)
            except OverflowError:
                value = math.inf if value > 0 else -math.inf  # type: ignore[operator]
        if isinstance(value, float) and not math.isfinite(value):
            tree = self.words.numpy("nan" if math.isnan(value) else "inf")
            return Code.of(unary("-", tree) if value < 0 else tree, number=value)
        return Code.of(constant(value), number=value)

    # Operations -------------------------------------------------------------------------------------

    def _entry(self, node: Apply, code: Code) -> Code:
        code = self.numeric(code)
        shape = node.shape
        rank = None if shape is None else len(shape)
        if code.rank is None:
            tree = call("_entry", code.tree, self.words.batch, *self._items(node.data))
        else:
            items = [
                slice_of(self.places.bound(at.start), self.places.bound(at.stop))
                if isinstance(at, Slice)
                else self.places.entry(at)
                for at in node.data
            ]
            items += [EVERY] * (code.rank - len(items))
            before = [EVERY] * len(code.indices) if self.in_columns else [constant(...)]
            tree = item(code.tree, *before, *items)
        return Code(tree, code.indices, rank, is_fresh=False, is_full=code.is_full, width=width(tree))

    def _items(self, items: Sequence[Index | Slice]) -> list[ast.expr]:
        """Return entries and slices as values."""
        return [
            call(self.words["slice"], *(self.places.bound(one) or constant(None) for one in at))
            if isinstance(at, Slice)
            else self.places.entry(at)
            for at in items
        ]

    def _operation(self, node: Apply, row: Operator, arguments: list[Code]) -> Code:
        truths = row.laws.truths
        if row.laws.signs and sorted((code.is_truth, code.number is None) for code in arguments) == _TRUTH_AND_NUMBER:
            # The sum of truth and a number of the type is of the type, without a conversion before.
            arguments = [code if code.is_truth else self.array(code) for code in arguments]
        else:
            arguments = [code if at in truths else self.numeric(code) for at, code in enumerate(arguments)]
        if row.rule is to_scalar:
            arguments = [self._with_entries(code) for code in arguments]
        ranks = [code.rank for code in arguments]
        indices = self._indices(arguments)
        rank = None if node.shape is None else len(node.shape)
        is_full = any(code.is_full for code in arguments)
        common = None
        if row.rule is elementwise:
            common = max((known for known in ranks if known is not None), default=0)
            if None in ranks:
                arguments = self._widened(arguments, node.shape if common else None)
            rank = common or (None if None in ranks else 0)
        is_aligned = row.rule is elementwise and is_full
        arguments = [self.aligned(code, indices, common, is_aligned) for code in arguments]
        numbers = [code for at, code in enumerate(arguments) if at not in truths]
        if self.in_columns and row.rule is not elementwise:
            # Forms for columns give numbers dimensions of their own.
            arguments = [code if code.number is None else self.array(code) for code in arguments]
        are_plain = bool(numbers) and all(code.number is not None for code in numbers) and row.sizes == 0
        if are_plain or row.laws.entries is Entries.STACKED:
            # Plain numbers alone, or as entries of an array, would settle the type, and settle it wrong.
            arguments = [code if at in truths else self.array(code) for at, code in enumerate(arguments)]
        arguments = [
            self.array(code) if at in truths and code.number is not None else code for at, code in enumerate(arguments)
        ]
        tree = self._formed(row, arguments, ranks, node.data)
        return Code(
            tree,
            indices,
            rank,
            is_truth=row.laws.gives_truth,
            is_fresh=row.laws.entries is not Entries.TURNED and tree not in [code.tree for code in arguments],
            is_full=is_full,
            width=width(tree),
        )

    def _formed(self, row: Operator, arguments: Sequence[Code], ranks: Sequence[int | None], data: Any) -> ast.expr:
        """Return the form of a row for some arguments."""
        trees = [code.tree for code in arguments]
        if row.laws.entries is Entries.STACKED and None in ranks:
            # All have one shape, whatever it is, and a value for every sequence.
            return call(self.words.numpy("stack"), list_of(*trees), call(self.words["len"], self.words.batch))
        known = tuple(-1 if rank is None else rank for rank in ranks)
        batched = tuple(code.is_full for code in arguments)
        form = form_of(row, Operands(known, self.in_columns, batched))
        sizes = row.written_sizes(data) if row.sizes != 0 else ()
        items = self._items(data) if row.indexed is not None else ()
        named: dict[str, Any] = dict(zip("abc", trees, strict=False))
        told = [self.places.size(sum_of_size(one)) for one in sizes]
        return filled(form, **named, **self._fixed, args=trees, items=items, sizes=told)

    def _folded(self, row: Operator, arguments: Sequence[Code]) -> Code:
        """Return an operation on constants as one constant, as NumPy computes it."""
        import numpy

        numbers = [code.number for code in arguments if code.number is not None]
        with numpy.errstate(all="ignore"):
            found = float(row.meaning(numpy, *map(numpy.float64, numbers)))
        # Whole numbers stay so where that is exact; a negative zero is not one.
        is_whole = all(isinstance(number, int) for number in numbers) and found.is_integer() and str(found) != "-0.0"
        return self.constant(int(found) if is_whole and abs(found) < _PLAIN_INTEGER else found)

    def filling(self, code: Code, shape: Extents | None) -> Code:
        """Return a value that may be a number as one that fills a shape, where its rank is unknown."""
        if code.rank is not None or shape is None:
            return code
        tree = call("_widen", code.tree, self.words.batch, tuple_of(*self._sizes(shape)))
        return replace(code, tree=tree, rank=len(shape), width=width(tree))

    def _widened(self, arguments: list[Code], shape: Extents | None) -> list[Code]:
        """Give numbers for each sequence the dimensions of what stands beside them, where some rank is unknown.

        `shape` is that of those that have entries for certain; None where none has.
        """
        if shape is not None:
            return [self.filling(code, shape) for code in arguments]
        unknown = {ast.dump(code.tree): code.tree for code in arguments if code.rank is None}
        found = []
        for code in arguments:
            others = [tree for key, tree in unknown.items() if key != ast.dump(code.tree)]
            if others and code.number is None:
                code = replace(code, tree=call("_widen", code.tree, self.words.batch, *others))
            found.append(code)
        return found

    def _settled(self, code: Code, node: Value) -> Code:
        """Return a value with the shape that its use asks for, where what it is made of leaves it open."""
        if code.rank is not None or not isinstance(node, Apply) or node.shape is None or node.expression is None:
            return code
        written = constant(brief(restored(node.expression)))
        tree = call("_of_shape", written, code.tree, self._whole_shape(node.shape))
        return replace(code, tree=tree, rank=len(node.shape), is_full=True, width=width(tree))

    def _with_entries(self, code: Code) -> Code:
        """Return a value of unknown rank as the vector of its entries."""
        if code.rank is not None:
            return code
        tree = call("_entries", self.numeric(code).tree, self.words.batch)
        return replace(code, tree=tree, rank=1, is_truth=False, width=width(tree))

    # Reductions and functions -----------------------------------------------------------------------

    def _reduction(self, node: Reduce, body: Code, condition: Code | None, scope: Scope) -> Code:
        body = self.array(body)
        row = OPERATORS[node.row]
        steps = self.places.count(node.first, no_less(node.last, node.first, scope), scope)
        if condition is not None:
            assert row.joining is not None  # it is a reduction
            nothing: Code | None = None
            if row.joining.operator and row.joining.nothing is not None:
                nothing = self.constant(row.joining.nothing)
            if nothing is None and node.index not in (*body.indices, *condition.indices):
                # What is aligned may leave to broadcasting what it lacks: its dimension comes before.
                body = self._repeated(body, node.index, steps)
            indices = self._indices([body, condition])
            # What one lacks, the other gives it.
            body = replace(self.aligned(body, indices, body.rank), indices=indices)
            condition = self.aligned(self.truth(condition), indices, body.rank)
            is_full = body.is_full or condition.is_full
            if nothing is not None:
                tree = call(self.words.numpy("where"), condition.tree, body.tree, nothing.tree)
                body, condition = replace(body, tree=tree, indices=indices, is_full=is_full, is_fresh=True), None
        if node.index not in body.indices:
            body = self._repeated(body, node.index, steps)
        return self._reduced(node, body, steps, condition)

    def _repeated(self, code: Code, own: str, steps: ast.expr) -> Code:
        """Return a value with a dimension of an index along which it is the same."""
        tree = call("_repeat", code.tree, steps, constant(len(code.indices)))
        return replace(code, tree=tree, indices=(*code.indices, own))

    def _reduced(self, node: Reduce, body: Code, steps: ast.expr, kept: Code | None = None) -> Code:
        """Return a reduction along the dimension of its index, of the terms that are kept."""
        row, own = OPERATORS[node.row], node.index
        axis = constant(body.indices.index(own))
        if kept is None:
            form = form_of(row, Operands((body.rank or 0,), self.in_columns, (body.is_full,)))
            tree = filled(form, a=body.tree, axis=axis, steps=steps, **self._fixed)
        else:
            tree = filled(row.numpy_of_some, a=body.tree, c=kept.tree, axis=axis, steps=steps, **self._fixed)
        outside = tuple(one for one in body.indices if one != own)
        rank = body.rank if node.size is None or body.rank is None else body.rank + 1
        return Code(tree, outside, rank, is_full=body.is_full, width=width(tree))

    def goes_by_steps(self, reduction: Reduce) -> bool:
        """Say whether the terms of a reduction have to be computed one by one."""
        for node in nodes([reduction]):
            if isinstance(node, Opaque) or shape_of(node) is None:
                return True
            if isinstance(node, Access | Entry) and self._is_bent_entry(node, reduction.index):
                return True
            if isinstance(node, Reduce) and reduction.index in (*indices_of(node.first), *indices_of(node.last)):
                return True
        return False

    def _is_bent_entry(self, node: Access | Entry, own: str) -> bool:
        """Say whether an index tells entries of a value that are no slice."""
        if isinstance(node, Entry):
            return any(len(indices_of(place)) > 1 for place in node.places if own in indices_of(place))
        places = dict(node.places)
        for dim in node.array.dims:
            place = places.get(dim.name)
            if dim.role == "size" and isinstance(place, Affine) and place.factor(own) and len(indices_of(place)) > 1:
                return True
        return False

    def _inner_loop(self, node: Reduce, scope: Scope, hint: str) -> Code:
        """Return a reduction whose terms have to be computed one by one.

        It calls `written` again for the body; the limit on nested reductions bounds how deep.
        """
        if node.index in scope.ranges:
            # Another reduction, which is computed all at once, has the same index.
            node = _over(node, told_apart(node.index, "in a loop"))
        place = self.called.index(node.index)
        terms = self.called.new(f"{hint}_terms")
        scope.body.append(assign(terms, list_of()))
        # In a turn the index is one of its range, which may begin below 0.
        facts = (*scope.facts, *IndexRange(node.index, node.first, node.last).facts)
        # What was computed for all its numbers stands where the first is counted as 0.
        known = {
            at: code for at, code in scope.known.items() if node.first == whole(0) or node.index not in code.indices
        }
        inside = replace(scope, body=[], known=known, uses={}, facts=facts, in_terms=True)
        body = self._term(self.written(node.value, inside, hint), node, scope)
        kept: Code | None = None
        if node.condition is not None:
            condition = self.truth(self.written(node.condition, inside, hint))
            body, kept = self._of_some(OPERATORS[node.row], body, condition, hint, inside)
            body, kept = self._term(body, node, scope), kept and self._term(kept, node, scope)
        added = [ast.Expr(call(ast.Attribute(terms, "append"), body.tree))]
        steps = self.places.count(node.first, no_less(node.last, node.first, scope), scope)
        if kept is not None:
            held = self.called.new(f"{hint}_kept")
            scope.body.append(assign(held, list_of()))
            added.append(ast.Expr(call(ast.Attribute(held, "append"), kept.tree)))
            kept = self._stacked(held, node, kept, steps, scope, self.words.numpy("bool_"))
        turns = self.places.turns(node.first, node.last, scope)
        scope.body.append(ast.For(place, turns, [*inside.body, *added], []))
        return self._reduced(node, self._stacked(terms, node, body, steps, scope, self.words.dtype), steps, kept)

    def _stacked(
        self, terms: ast.expr, node: Reduce, term: Code, steps: ast.expr, scope: Scope, dtype: ast.expr
    ) -> Code:
        """Return a list of terms as an array, with the shape that one of them has where there is none."""
        tree = call(self.words.numpy("array"), terms, dtype)
        shape, own = shape_of(node.value), term.indices
        is_whole = term.is_full or not self.words.has_batch
        if is_whole and shape is not None and self._are_known(shape) and all(one in scope.ranges for one in own):
            counts = [self.places.count(*scope.ranges[one], scope) for one in own]
            tree = call(ast.Attribute(tree, "reshape"), self.shape(shape, [steps, *counts]))
        return Code(tree, (node.index, *own), term.rank, is_truth=term.is_truth, is_full=term.is_full)

    def _term(self, code: Code, node: Reduce, scope: Scope) -> Code:
        """Return a term of a list, whole where a list without any has to have the shape that one with some has.

        So it has where lists stand in a list, beside what a condition says of each term, and along other indices.
        """
        code, shape = code if code.is_truth else self.array(code), shape_of(node.value)
        if code.is_full or not self.words.has_batch or shape is None or not self._are_known(shape):
            return code
        if not scope.in_terms and node.condition is None and not code.indices:
            return code
        if any(one not in scope.ranges for one in code.indices):
            return code
        counts = [self.places.count(*scope.ranges[one], scope) for one in code.indices]
        tree = call(self.words.numpy("broadcast_to"), code.tree, self.shape(shape, counts))
        return replace(code, tree=tree, is_full=True, width=width(tree))

    def _are_known(self, shape: Extents) -> bool:
        """Say whether all sizes of a shape have names here."""
        return all(own in self.called.sizes for one in shape for own, _ in one.terms)

    def _of_some(self, row: Operator, body: Code, condition: Code, hint: str, scope: Scope) -> tuple[Code, Code | None]:
        """Return the terms of a reduction, and which of them are kept; none where others stand for nothing."""
        assert row.joining is not None  # it is a reduction
        indices = self._indices([body, condition])
        body, condition = (self.aligned(one, indices, body.rank) for one in (body, condition))
        is_full = body.is_full or condition.is_full
        if not row.joining.operator or row.joining.nothing is None:
            both = Code.of(call(self.words.numpy("broadcast_arrays"), body.tree, condition.tree))
            both = self.named(both, f"{hint}_both", scope)
            trees = [item(both.tree, constant(at)) for at in range(2)]
            body, condition = (
                replace(one, tree=tree, indices=indices, is_full=is_full)
                for one, tree in zip((body, condition), trees, strict=True)
            )
            return body, condition
        tree = call(self.words.numpy("where"), condition.tree, body.tree, self.constant(row.joining.nothing).tree)
        return replace(body, tree=tree, indices=indices, is_full=is_full, is_fresh=True), None

    def _call(self, node: Opaque, made: Sequence[Code]) -> Code:
        if self.in_columns:
            raise NotImplementedError("a function of the caller gets the sequences first")
        called = self.called.buffer(node.function)
        batch, dtype = self.words.batch, self.words.dtype
        values = made[: len(node.arguments)]
        # Numbers broadcast with whatever stands beside them; alone they are to show the batch.
        are_numbers = all(code.rank == 0 for code in values)
        given = [self._for_each(code, are_numbers) for code in values]
        shared = {self.called.buffers[own]: self.called.buffer(own) for own, _ in node.shared}
        tree = call(called, *given, **shared)
        has_batch = self.words.has_batch and any(
            code.number is None and not _is_anything(value) for value, code in zip(node.arguments, values, strict=True)
        )
        shape = node.shape
        told = constant(self.called.buffers[node.function])
        if shape is None:
            tree = call("_numbers", told, tree, dtype, *([batch] if has_batch else []))
            if not has_batch and self.words.has_batch:
                tree = call("_for_all", tree, batch)
        else:
            whole_shape = self._whole_shape(shape) if has_batch else tuple_of(*self._sizes(shape))
            tree = call("_returned", told, tree, whole_shape, dtype)
        return Code(
            tree,
            self._indices(values),
            None if shape is None else len(shape),
            is_fresh=shape is None,
            is_full=has_batch or shape is None,
            width=width(tree),
        )

    def _for_each(self, code: Code, are_numbers: bool) -> ast.expr:
        """Return an argument of an opaque function, which gets an array for every sequence."""
        is_given = code.is_full or code.rank is None or code.number is not None or not self.words.has_batch
        if are_numbers and not is_given:
            return call(self.words.numpy("broadcast_to"), self.array(code).tree, self.words.batch)
        return self.whole(code)

    def whole(self, code: Code) -> ast.expr:
        """Return a value that is kept alone: what has no known rank has a value for every sequence, or is a number."""
        tree = self.array(code).tree
        if code.is_full or code.rank is None or code.number is not None or not self.words.has_batch:
            return tree
        return call("_for_each", tree, constant(code.rank), self.words.batch)

    # Small parts ------------------------------------------------------------------------------------

    @property
    def _fixed(self) -> dict[str, ast.expr]:
        """What stands for the words of every form."""
        return {"np": name(self.words["np"]), "dtype": self.words.dtype}

    def _sizes(self, shape: Extents) -> list[ast.expr]:
        """Return the sizes of a value as generated checks take them: `...` is one that may be any."""
        return [self.places.size(one) if self._is_known(one) else constant(...) for one in shape]

    def _is_known(self, extent: Affine) -> bool:
        return not any(is_open(own) for own, _ in extent.terms)

    def _whole_shape(self, shape: Extents) -> ast.expr:
        """Return the shape of what has a value for every sequence, as generated checks take it."""
        batch = [starred(self.words.batch)] if self.words.has_batch else []
        return tuple_of(*batch, *self._sizes(shape))

    def shape(self, shape: Extents, lengths: Sequence[ast.expr] = ()) -> ast.expr:
        """Return the shape of a value for every sequence, behind some lengths where they are given."""
        own = [self.places.size(one) for one in shape]
        if not lengths and not own:
            return self.words.batch
        if not self.words.has_batch:
            return lengths[0] if len(lengths) == 1 and not own else tuple_of(*lengths, *own)
        batch = starred(self.words.batch)
        return tuple_of(*lengths, *own, batch) if self.in_columns else tuple_of(*lengths, batch, *own)

    def _needs_name(self, node: Value, code: Code, uses: int, longest: float) -> bool:
        is_leaf = not parts(node) and not (isinstance(node, Apply) and code.width > longest)
        if code.number is not None or is_leaf or isinstance(code.tree, ast.Name):
            return False
        if isinstance(node, Apply) and OPERATORS[node.row].kind == "entry" and not parts(node.arguments[0]):
            return False
        return uses > 1 or code.width > longest or (code.rank is None and longest < math.inf)

    def _indices(self, codes: Iterable[Code]) -> tuple[str, ...]:
        """Return the leading dimensions of values together: in the order of one that has all, if there is one."""
        orders = [code.indices for code in codes]
        found = dict.fromkeys(one for indices in orders for one in indices)
        complete = next((indices for indices in orders if len(indices) == len(found)), None)
        return complete if complete is not None else tuple(sorted(found, key=self.order))

    def order(self, own: str) -> tuple[int, int, str]:
        """Return where an index usually stands: a wavefront, then axes as the circuit has them, what is bound last."""
        if own == FRONT:
            return 0, 0, ""
        axis = written_name(own) if is_remaining(own) else own
        return (1, self.called.axes.index(axis), own) if axis in self.called.axes else (2, 0, own)


def form_of(row: Operator, operands: Operands) -> str:
    """Return the form of a row; a pass that chooses a layout chooses one in which there is one."""
    form = row.numpy_form(operands)
    if form is None:
        raise NotImplementedError(f"{row.name} has no form for sequences that stand last")
    return form


def uses_of(order: Iterable[Value]) -> dict[int, int]:
    """Return how often each value is a part of another."""
    uses: dict[int, int] = {}
    for node in order:
        for part in parts(node):
            uses[id(part)] = uses.get(id(part), 0) + 1
    return uses


def _grows(code: Code, terms: Sequence[Code]) -> bool:
    """Say whether a value is a sum whose first terms are an array of its shape that nothing else has."""
    tree = code.tree
    if not isinstance(tree, ast.BinOp) or not isinstance(tree.op, ast.Add | ast.Sub) or tree.left is not terms[0].tree:
        return False
    first = terms[0]
    is_whole = (first.indices, first.rank, first.is_full) == (code.indices, code.rank, code.is_full)
    return is_whole and first.is_fresh and not first.is_truth and first.number is None


def _with_own_indices(root: Value, scope: Scope) -> Value:
    """Return a value in which reductions over other numbers have another index; the same object where they have.

    What is lowered has: kernels made by hand, and by passes, need not.
    """
    reductions = [node for node in nodes([root]) if isinstance(node, Reduce)]
    given: dict[str, tuple[Whole, Whole]] = dict(scope.ranges)
    if all(given.setdefault(one.index, (one.first, one.last)) == (one.first, one.last) for one in reductions):
        return root
    given = dict(scope.ranges)
    made: dict[int, Value] = {}
    for node in nodes([root]):
        found = with_parts(node, made)
        if isinstance(found, Reduce):
            own, count = found.index, 1
            while given.setdefault(own, (found.first, found.last)) != (found.first, found.last):
                count += 1
                own = told_apart(found.index, str(count))
            if own != found.index:
                found = _over(found, own)
        made[id(node)] = found
    return made[id(root)]


def _over(reduction: Reduce, own: str) -> Reduce:
    """Return a reduction with another index."""
    made: dict[int, Value] = {}
    places = {reduction.index: index(own)}
    condition = reduction.condition and at_places(reduction.condition, places, made)
    return replace(
        reduction,
        index=own,
        value=at_places(reduction.value, places, made),
        condition=condition,
        guard=tuple(one.at(places) for one in reduction.guard),
    )


def _is_anything(value: Value) -> bool:
    """Say whether a value is a parameter that is handed to functions as it is."""
    return (
        isinstance(value, Access)
        and isinstance(value.array, Buffer)
        and not value.array.is_shaped
        and not value.array.dims
    )


def _is_sum(value: Value) -> bool:
    return isinstance(value, Apply) and OPERATORS[value.row].precedence == SUM
