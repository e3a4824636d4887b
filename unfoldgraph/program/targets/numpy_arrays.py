"""Arrays in values: the dimensions that they have, in order, and what stands at places that are values themselves."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfoldgraph.base.affine import Affine
from unfoldgraph.program.ir import (
    Access,
    Dim,
    Entry,
    Gather,
    Strided,
    Subscript,
    WholeNumber,
    indices_of,
    parts,
    shape_of,
)
from unfoldgraph.program.python_text.expressions import width
from unfoldgraph.program.python_text.nodes import (
    call,
    compared,
    constant,
    item,
    plus,
    tuple_of,
)
from unfoldgraph.program.targets.numpy_names import Called, Code, Scope, remaining
from unfoldgraph.program.targets.numpy_places import EVERY, AccessWriter, resolved


class ArrayWriter:
    """Writes what is done to the dimensions of the arrays of one kernel.

    Parameters
    ----------
    called : what things are called.
    in_columns : whether the sequences stand last, behind the entries of a value, and not before them.
    """

    def __init__(self, called: Called, in_columns: bool) -> None:
        self.called = called
        self.words = called.words
        self.in_columns = in_columns
        self.places = AccessWriter(called, in_columns)

    def numeric(self, code: Code) -> Code:
        """Return truth as 0 and 1."""
        if not code.is_truth:
            return code
        return replace(code, tree=call(ast.Attribute(code.tree, "astype"), self.words.dtype), is_truth=False)

    def truth(self, code: Code) -> Code:
        """Return a number as truth: whether it is not 0."""
        if code.is_truth:
            return code
        return replace(code, tree=compared(self.array(code).tree, "!=", constant(0)), number=None, is_truth=True)

    def array(self, code: Code) -> Code:
        """Return a value that is an array, or a NumPy scalar, of the floating type of the program."""
        if code.number is None:
            return self.numeric(code)
        return replace(code, tree=call(self.words.dtype, code.tree), number=None)

    def aligned(self, code: Code, indices: Sequence[str], rank: int | None, is_full: bool = False) -> Code:
        """Return a value with its leading dimensions in this order, and of length 1 where the others vary and it not.

        `rank` is that of what it stands beside, and `is_full` says whether that has the dimensions of the batch.
        """
        if code.number is not None:
            return code
        code = self.ordered(code, [one for one in indices if one in code.indices])
        lacks = [one not in code.indices for one in indices]
        more = 0 if rank is None or code.rank is None else rank - code.rank
        if self.in_columns:
            items = [*lacks, *[True] * more, *[False] * (code.rank or 0)]
            items += [not code.is_full] if is_full else []
            rest: list[ast.expr] = []
        else:
            items, rest = lacks, [constant(...), *[constant(None)] * more] if more else []
        # What it lacks in front of all that it has, broadcasting adds by itself.
        while items and items[0]:
            items.pop(0)
        chosen = [constant(None) if lack else EVERY for lack in items] if any(items) else []
        chosen += rest
        while chosen and chosen[-1] is EVERY:
            chosen.pop()
        if not chosen:
            return code
        rank = code.rank + more if code.rank is not None else None
        return replace(code, tree=item(code.tree, *chosen), indices=tuple(indices), rank=rank, is_fresh=False)

    def summed(self, code: Code, target: Code, has_places: bool) -> Code:
        """Return the sum of a value over the dimensions that a target lacks which it is added to.

        `has_places` says whether that is an array over places of axes.
        """
        code = self.numeric(code)
        lacks = [constant(at) for at, one in enumerate(code.indices) if one not in target.indices]
        indices = tuple(one for one in code.indices if one in target.indices)
        tree = code.tree
        if lacks:
            tree = call(self.words.numpy("sum"), tree, axis=lacks[0] if len(lacks) == 1 else tuple_of(*lacks))
        is_full = code.is_full
        if not target.is_full and self.words.has_batch:
            if self.in_columns and code.is_full:
                tree, is_full = call(self.words.numpy("sum"), tree, axis=constant(-1)), False
            elif not self.in_columns and (code.is_full or code.indices):
                keywords = {"keepdims": constant(True)} if has_places else {}
                tree = call("_over_batch", tree, constant(len(indices)), constant(code.rank or 0), **keywords)
                is_full = False
        if tree is code.tree:
            return code
        return replace(code, tree=tree, indices=indices, is_full=is_full, number=None, width=width(tree))

    def ordered(self, code: Code, indices: Sequence[str]) -> Code:
        """Return a value with all its leading dimensions in another order."""
        changed = [at for at, one in enumerate(indices) if code.indices[at] != one]
        if not changed:
            return code
        if len(changed) == 2:
            tree = call(self.words.numpy("swapaxes"), code.tree, *map(constant, changed))
        else:
            sources = tuple_of(*(constant(code.indices.index(one)) for one in indices))
            tree = call(self.words.numpy("moveaxis"), code.tree, sources, tuple_of(*map(constant, range(len(indices)))))
        return replace(code, tree=tree, indices=tuple(indices), is_fresh=False)

    # Places that are values --------------------------------------------------------------------------

    def at_places(self, node: Access, made: Sequence[Code], scope: Scope) -> Code:
        """Return what stands at some places; `made` are the values of those that are values themselves."""
        found = self.places.access(node, scope)
        if not made:
            return found
        values = dict(zip(map(id, parts(node)), made, strict=True))
        buffer, places, _ = resolved(node)
        entries = [dim.name for dim in buffer.dims if dim.role == "size"]
        entries = [one for one in entries if isinstance(places.get(one), Strided | Gather | None)]
        # What has leading dimensions has those of the batch behind them.
        is_led = bool(found.indices) or any(dim.role != "size" for dim in buffer.dims)
        has_sequences = found.is_full or (not self.in_columns and is_led)
        return self._all_gathered(found, buffer.dims, places, values, entries, has_sequences, scope)

    def entries(self, node: Entry, made: Sequence[Code], scope: Scope) -> Code:
        """Return entries of a value at some places; `made` are the values of it and of those that are values."""
        values = dict(zip(map(id, parts(node)), made, strict=True))
        code = self.array(made[0])
        assert code.rank is not None  # it has the dimensions that are named
        shape = shape_of(node.value) or ()
        dims = [Dim(str(at), extent, "size") for at, extent in enumerate(shape)]
        own = {dim.name: place for dim, place in zip(dims, node.places, strict=False)}
        items, ranged = [], []
        for dim in dims:
            place = own.get(dim.name)
            if place is None or isinstance(place, Gather):
                items.append(EVERY)
                continue
            items.append(self.places.entry_at(dim, place, scope))
            ranged += [one for one in dict.fromkeys(indices_of(place)) if one in scope.ranges]
        before: list[ast.expr] = [EVERY] * len(code.indices) if self.in_columns else [constant(...)]
        tree = item(code.tree, *before, *items) if any(one is not EVERY for one in items) else code.tree
        entries = [dim.name for dim in dims if isinstance(own.get(dim.name), Strided | Gather | None)]
        is_bare = not code.indices and not code.is_full
        if ranged:
            tree = self.places.entries_first(tree, len(ranged), code.indices, len(entries), is_bare)
        indices = (*code.indices, *ranged)
        code = replace(code, tree=tree, indices=indices, rank=len(entries), is_fresh=False, width=width(tree))
        has_sequences = code.is_full or (not self.in_columns and bool(indices))
        return self._all_gathered(code, dims, own, values, entries, has_sequences, scope)

    def _all_gathered(
        self,
        found: Code,
        dims: Sequence[Dim],
        places: Mapping[str, Subscript],
        values: Mapping[int, Code],
        entries: list[str],
        has_sequences: bool,
        scope: Scope,
    ) -> Code:
        """Return what stands at those places along some dimensions that are values; these are whole so far."""
        for dim in dims:
            place = places.get(dim.name)
            if isinstance(place, Gather):
                off = None if place.off is None else values[id(place.off)]
                is_number = isinstance(place.value, WholeNumber)
                if isinstance(place.value, WholeNumber):
                    assert isinstance(place.value.at, Affine)
                    at = self.places.numbers(place.value.at + dim.before, scope)
                else:
                    at = self.numeric(values[id(place.value)])
                    if dim.before:
                        at = replace(at, tree=self.called.more(at.tree, dim.before), number=None)
                found = self._gathered(found, dim, at, off, entries, has_sequences, is_number)
                has_sequences |= found.is_full or not self.in_columns
        return found

    def _gathered(
        self,
        code: Code,
        dim: Dim,
        at: Code,
        off: Code | None,
        entries: list[str],
        has_sequences: bool,
        is_number: bool,
    ) -> Code:
        """Return what stands at the places that a value says, along a dimension that is whole so far.

        `entries` are the dimensions of a value that are left; `has_sequences` says whether those of the batch stand
        there, `is_number` that all sequences have the same place.
        """
        tree, indices, own = code.tree, code.indices, remaining(dim.name)
        move = self.words.numpy("moveaxis")
        has_sequences = has_sequences and self.words.has_batch
        if self.in_columns and (code.is_full or at.is_full):
            # The sequences stand before the entries while places are taken, as `_gather` has them.
            if not code.is_full:
                tree = item(tree, *[EVERY] * len(indices), constant(None))
            elif code.rank:
                tree = call(move, tree, constant(-1), constant(len(indices)))
            if not at.is_full and at.number is None:
                at = replace(at, tree=item(at.tree, constant(...), constant(None)))
            has_sequences = True
        if dim.role == "size":
            position = entries.index(dim.name)
            entries.remove(dim.name)
            if not has_sequences and self.words.has_batch and not self.in_columns:
                # It has as many dimensions of the batch as it was given.
                if position:
                    tree = call(move, tree, constant(position - 1 - len(entries)), constant(-1 - len(entries)))
                tree, has_sequences = call("_time_first", tree, constant(len(entries)), self.words.batch), True
            else:
                tree = call(move, tree, constant(position - 1 - len(entries)), constant(0))
            indices = (own, *indices)
        rest = [one for one in indices if one != own]
        order = (*(one for one in at.indices if one not in rest), *rest)
        if rest and at.number is None and not (is_number and not set(rest).intersection(at.indices)):
            lacks = [one not in at.indices for one in order]
            at = self.ordered(at, [one for one in order if one in at.indices])
            if any(lacks):
                at = replace(at, tree=item(at.tree, *[constant(None) if lack else EVERY for lack in lacks]))
        shared: ast.expr = constant(len(rest))
        if is_number and not set(rest).intersection(at.indices):
            at, shared = replace(at, number=0), constant(0)
        elif has_sequences and not is_number:
            batch = constant(1) if self.in_columns else call(self.words["len"], self.words.batch)
            shared = plus(batch, len(rest))
        keywords = {} if isinstance(shared, ast.Constant) and not shared.value else {"shared": shared}
        rank = len(entries)
        if off is not None:
            if self.in_columns and off.number is None and rank:
                raise NotImplementedError("a value with entries for what lies off the edges, sequences last")
            keywords["off"] = self.aligned(off, order, rank, code.is_full or at.is_full).tree
        tree = call("_gather", tree, constant(indices.index(own)), at.tree, **keywords)
        is_full = code.is_full or at.is_full
        if self.in_columns and is_full and rank:
            tree = call(move, tree, constant(len(order)), constant(-1))
        return Code(tree, order, rank, is_fresh=True, is_full=is_full, width=width(tree))
