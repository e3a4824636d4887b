"""The rows of the functions of arrays: of all entries of one, of vectors and matrices, of sizes."""

from __future__ import annotations

from typing import Any

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.table import exact_rules, sympy_rules
from unfoldgraph.algebra.table.laws import IN_ALL, IN_EACH, Entries, EqualEntries, Laws, Operand
from unfoldgraph.algebra.table.operator_row import (
    ATOM,
    POSTFIX,
    called,
    encoded_form,
    function,
    greatest_form,
    in_rows,
    inner_form,
    joined_form,
    outer_form,
    over_axes,
    placed_form,
    solution_form,
    stacked_form,
)
from unfoldgraph.algebra.table.sympy_rules import no_form, of_arrays


def _softmax(np: Any, v: Any) -> Any:
    weights = np.exp(v - np.max(v, axis=-1, keepdims=True))
    return weights / np.sum(weights, axis=-1, keepdims=True)


def _logsoftmax(np: Any, v: Any) -> Any:
    shifted = v - np.max(v, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def _logsumexp(np: Any, v: Any) -> Any:
    # Of no entries it is -inf, and of infinities what they are.
    return np.logaddexp.reduce(v, axis=-1, initial=-np.inf)


def _placed(np: Any, value: Any, array: Any, items: Any) -> Any:
    found = np.zeros(np.shape(array))
    found[items] = value
    return found


# fmt: off
ARRAYS = (
    # Over the entries of one value.
    function(
        "sum", lambda np, v: np.sum(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0,
        numpy=over_axes("np.sum(a, axis=axes)"), numba="_sum(a)",
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(linear_in=IN_ALL, equal_entries=EqualEntries(fixed=(0,), nothing=0, repeated="mul")),
        sympy_arrays=sympy_rules.total,
    ),
    function(
        "prod", lambda np, v: np.prod(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0,
        numpy=over_axes("np.prod(a, axis=axes)"), numba="_prod(a)",
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(equal_entries=EqualEntries(fixed=(0, 1), nothing=1)),
    ),
    function(
        "mean", lambda np, v: np.mean(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0,
        numpy=over_axes("np.mean(a, axis=axes)"), numba="_mean(a)",
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(linear_in=IN_ALL, equal_entries=EqualEntries(Operand(0))),
        sympy_arrays=sympy_rules.mean,
    ),
    function(
        "min", lambda np, v: np.min(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0, latex=called("min"),
        numpy=over_axes("np.min(a, axis=axes)"), numba="_min(a)",
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(equal_entries=EqualEntries(Operand(0))),
    ),
    function(
        "max", lambda np, v: np.max(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0, latex=called("max"),
        numpy=over_axes("np.max(a, axis=axes)"), numba="_max(a)",
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(equal_entries=EqualEntries(Operand(0))),
    ),
    function(
        "argmax", lambda np, v: np.argmax(v) if np.size(v) else np.nan, lambda sp, v: sp.Integer(0),
        rule=shapes.to_scalar, rank=0, numpy=greatest_form, numba="_argmax_of(a)",
        exact=exact_rules.everywhere(lambda a: 0),
        # The first of the greatest.
        laws=Laws(equal_entries=EqualEntries(0)),
    ),
    function(
        "norm", lambda np, v: np.sqrt(np.sum(v * v)), lambda sp, v: sp.Abs(v), rule=shapes.to_scalar, rank=0,
        ranks=(1,), latex=r"\left\lVert<*>\right\rVert", glyph=r"\lVert\cdot\rVert", sign="‖·‖",
        # np.abs would not overflow where the sum of squares does.
        numpy=over_axes("np.sqrt(np.sum(np.square(a), axis=axes))", of_number="np.sqrt(np.square(a))"),
        numba="_norm(a)",
        exact=exact_rules.everywhere(abs),
        laws=Laws(equal_entries=EqualEntries(fixed=(0,), nothing=0)),
        sympy_arrays=sympy_rules.norm,
    ),
    # Vectors and matrices.
    function(
        "dot", lambda np, a, b: np.sum(a * b), lambda sp, a, b: a * b, arity=(2, 2),
        rule=shapes.same_vectors_to_scalar, rank=0, ranks=(1,), latex=r"\left\langle <*> \right\rangle", commutes=True,
        numpy=inner_form,
        laws=Laws(linear_in=IN_EACH),
        sympy_arrays=sympy_rules.inner,
    ),
    function(
        "outer", lambda np, a, b: np.outer(a, b), no_form, arity=(2, 2), rule=shapes.outer_product, rank=2, ranks=(1,),
        numpy=outer_form,
        laws=Laws(linear_in=IN_EACH, entries=Entries.CROSSED),
        sympy_arrays=of_arrays(lambda form, a, b: form.times(a, form.transposed(b))),
    ),
    function(
        "concat", lambda np, *v: np.concatenate(v), no_form, arity=(1, None), rule=shapes.joined, rank=1, ranks=(1,),
        latex=r"\left[<*>\right]", numpy=joined_form,
        laws=Laws(linear_in=IN_ALL, entries=Entries.JOINED),
        sympy_arrays=sympy_rules.joined,
    ),
    function(
        "stack", lambda np, *v: np.stack(v), no_form, arity=(1, None), rule=shapes.stacked,
        numpy=stacked_form,
        laws=Laws(linear_in=IN_ALL, entries=Entries.STACKED),
    ),
    function(
        "softmax", _softmax, no_form, rule=shapes.same_shape, ranks=(1,),
        numpy=lambda operands: "_softmax(a, axis=-2)" if operands.is_batched else "_softmax(a)",
        numba="_softmax_into(a, out)",
        sympy_arrays=sympy_rules.softmax,
    ),
    function(
        "logsoftmax", _logsoftmax, no_form, rule=shapes.same_shape, ranks=(1,),
        numpy=lambda operands: "_logsoftmax(a, axis=-2)" if operands.is_batched else "_logsoftmax(a)",
        numba="_logsoftmax_into(a, out)",
        sympy_arrays=sympy_rules.logsoftmax,
    ),
    function(
        "logsumexp", _logsumexp, no_form, rule=shapes.over_last, ranks=(1,),
        numpy=lambda operands: "_logsumexp(a, axis=-2)" if operands.is_batched else "_logsumexp(a)",
        numba="_logsumexp_of(a)",
        sympy_arrays=sympy_rules.logsumexp,
    ),
    function(
        "solve", lambda np, a, b: np.linalg.solve(a, b), lambda sp, a, b: b / a, arity=(2, 2),
        rule=shapes.solution, ranks=(2, 1),
        numpy=solution_form, numba="_solve_into(a, out)",
        laws=Laws(linear_in=((1,),), partial=True, divides_by=0),
        sympy_arrays=of_arrays(lambda form, a, b: form.times(form.sp.Inverse(a), b)),
    ),
    function(
        "inv", lambda np, a: np.linalg.inv(a), lambda sp, a: 1 / a, rule=shapes.square, ranks=(2,),
        latex=rf"<0|{ATOM}>^{{-1}}", latex_precedence=POSTFIX, numpy=in_rows("np.linalg.inv(a)"),
        numba="_inverse_into(a, out)",
        laws=Laws(partial=True, divides_by=0),
        sympy_arrays=of_arrays(lambda form, a: form.sp.Inverse(a)),
    ),
    function(
        "det", lambda np, a: np.linalg.det(a), lambda sp, a: a, rule=shapes.square_to_scalar, rank=0, ranks=(2,),
        latex=called("det"), numpy=in_rows("np.linalg.det(a)"), numba="_det_of(a)",
        sympy_arrays=of_arrays(lambda form, a: form.sp.Determinant(a)),
    ),
    # An array that holds one value where an entry or a slice of it is read, which its data tell, and 0 elsewhere.
    function(
        "placed", _placed, no_form, spelling="place", arity=(2, 2), rule=shapes.placed, indexed=1, numpy=placed_form,
        laws=Laws(linear_in=((0,),)),
    ),
    # Their last arguments are sizes; the sizes' numbers are handed in as one tuple.
    function(
        "one_hot", lambda np, k, shape: (np.arange(shape[0]) == k) * 1.0, no_form, arity=(2, 2),
        rule=shapes.encoded, rank=1, sizes=1, numpy=encoded_form, numba="a == i",
    ),
    function(
        "zeros", lambda np, shape: np.zeros(shape), no_form, arity=(1, None), rule=shapes.given, sizes=None,
        numpy="np.zeros((*sizes,), dtype)",
        laws=Laws(fill=0),
        sympy_arrays=sympy_rules.constant("ZeroMatrix"),
    ),
    function(
        "ones", lambda np, shape: np.ones(shape), no_form, arity=(1, None), rule=shapes.given, sizes=None,
        numpy="np.ones((*sizes,), dtype)",
        laws=Laws(fill=1),
        sympy_arrays=sympy_rules.constant("OneMatrix"),
    ),
    function(
        "eye", lambda np, shape: np.eye(*shape), no_form, arity=(1, 2), rule=shapes.given, rank=2, sizes=None,
        numpy="np.eye(*sizes, dtype=dtype)",
        laws=Laws(entries=Entries.DIAGONAL),
        sympy_arrays=sympy_rules.unit,
    ),
)
# fmt: on
"""Functions of arrays."""
