"""The rows of the reductions over an axis or a range of whole numbers."""

from __future__ import annotations

import math

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.table.laws import IN_ALL, Joining, Laws, chained, first_greatest, gathered, together
from unfoldgraph.algebra.table.operator_row import SUM, gathered_form, reduction
from unfoldgraph.algebra.table.sympy_rules import no_form

# fmt: off
OVER_INDICES = (
    reduction(
        "sum", r"\sum", lambda np, v: np.sum(v, axis=0), lambda sp, *a: sum(a, sp.Integer(0)),
        Joining(chained("add"), nothing=0, operator="add"), SUM, sign="Σ",
        numpy="np.sum(a, axis=axis)",
        sympy_class="Sum",
        laws=Laws(linear_in=IN_ALL),
    ),
    reduction(
        "prod", r"\prod", lambda np, v: np.prod(v, axis=0), lambda sp, *a: math.prod(a, start=sp.Integer(1)),
        Joining(chained("mul"), nothing=1, operator="mul"), SUM, sign="Π",
        numpy="np.prod(a, axis=axis)",
        sympy_class="Product",
    ),
    reduction(
        "mean", r"\operatorname{mean}", lambda np, v: np.mean(v, axis=0) if len(v) else np.full(v.shape[1:], np.nan),
        lambda sp, *a: sum(a, sp.Integer(0)) / len(a) if a else sp.nan,
        Joining(chained("add"), is_average=True, total="sum_over"),
        # np.mean of no steps would warn.
        numpy="np.divide(np.sum(a, axis=axis), steps)",
        laws=Laws(linear_in=IN_ALL),
    ),
    reduction(
        "max", r"\max", lambda np, v: np.max(v, axis=0, initial=-np.inf), lambda sp, *a: sp.Max(*a),
        Joining(together("maximum"), nothing=-math.inf, operator="maximum"),
        numpy="np.max(a, axis=axis, initial=-np.inf)",
    ),
    reduction(
        "min", r"\min", lambda np, v: np.min(v, axis=0, initial=np.inf), lambda sp, *a: sp.Min(*a),
        Joining(together("minimum"), nothing=math.inf, operator="minimum"),
        numpy="np.min(a, axis=axis, initial=np.inf)",
    ),
    reduction(
        "argmax", r"\operatorname{argmax}",
        lambda np, v: np.argmax(v, axis=0) + 1 if len(v) else np.full(v.shape[1:], np.nan), no_form,
        Joining(first_greatest, has_one_index=True),
        numpy="_argmax_step(a, axis, dtype)",
        numpy_of_some="_argmax_kept(a, c, axis, dtype)",
    ),
    # An array that has an entry for each number; there is none that a condition could leave out.
    reduction(
        "stack", r"\operatorname{stack}", lambda np, v: v, no_form, Joining(gathered), arity=(1, 1),
        rule=shapes.stacked_over, numpy=gathered_form,
        laws=Laws(linear_in=IN_ALL),
    ),
)
# fmt: on
"""What `sum(… for t)` is, and its like."""
