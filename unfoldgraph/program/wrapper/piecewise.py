"""A branch of a generated function that computes a piece of the steps after the other, by a function inside it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from unfoldgraph.program.ir import Array, Buffer, Variant
from unfoldgraph.program.python_text.nodes import (
    Blank,
    Docstring,
    assign,
    call,
    function,
    list_of,
    name,
    parameters,
    tuple_of,
)
from unfoldgraph.program.python_text.words import Words
from unfoldgraph.program.signature import Signature
from unfoldgraph.program.wrapper.function import Branch, without_edges

_TOLD = "Return the results of some steps, those at the last, and what the next steps begin with."


def piecewise(
    signature: Signature,
    variant: Variant,
    words: Words,
    once: Sequence[ast.stmt],
    piece: Sequence[ast.stmt],
    called: str,
    ends: Sequence[ast.expr],
) -> Branch:
    """Return a branch that has its pieces computed as memory and the ends of sequences ask for.

    Parameters
    ----------
    signature : what the function takes and returns.
    variant : what is computed, in columns and with its pieces.
    words : what is called how in it; the batch is one dimension.
    once : the statements that compute what is the same for all pieces.
    piece : those that compute one piece.
    called : what the function is called that computes one.
    ends : what that has for the next piece.
    """
    assert variant.pieces is not None  # so whoever asks has found
    results = variant.kernel.results[: -len(ends)]
    along = [one for one in results if any(dim.role == "axis" for dim in one.dims)]
    at_end = [one for one in results if one not in along]
    begins = [name(signature.public[own]) for own in variant.pieces.begins]
    inputs = [name(signature.public[own]) for own in variant.pieces.along]
    (steps,) = {signature.lengths[axis] for axis in signature.own_axes}
    found = [[without_edges(signature, one) for one in part] for part in (along, at_end)]
    returned = ast.Return(tuple_of(*(tuple_of(*part) for part in (*found, ends))))
    taken = [*(signature.public[own] for own in (*variant.pieces.along, *variant.pieces.begins)), steps, words["batch"]]
    defined = function(called, parameters(*taken), [Docstring([_TOLD]), *piece, returned])
    options = {"ends": name(words["ends"])} if signature.cuts_off else {}
    value = call("_in_pieces", name(called), tuple_of(*inputs), tuple_of(*begins), name(steps), words.batch, **options)
    targets = [name(signature.public[one.name]) for one in (*along, *at_end)]
    work = [*once, Blank(), defined, Blank(), assign(list_of(*targets), value)]
    return Branch(variant, words, work, tuple(map(_without_room, (*along, *at_end))))


def _without_room(result: Array) -> Array:
    """Return a result as what computes the pieces returns it."""
    dims = tuple(replace(dim, before=0, after=0) for dim in result.dims)
    return Buffer(result.name, "result", dims)
