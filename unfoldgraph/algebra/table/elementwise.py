"""The rows of the functions of numbers, which are of arrays entry by entry."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from unfoldgraph.algebra.table import exact_rules
from unfoldgraph.algebra.table.exact_rules import Exact
from unfoldgraph.algebra.table.laws import Laws
from unfoldgraph.algebra.table.operator_row import called, function
from unfoldgraph.algebra.table.sympy_rules import as_written, exponential, logistic, nearest, no_form


def _least(np: Any, *values: Any) -> Any:
    found = values[0]
    for value in values[1:]:
        found = np.minimum(found, value)
    return found


def _greatest(np: Any, *values: Any) -> Any:
    found = values[0]
    for value in values[1:]:
        found = np.maximum(found, value)
    return found


# fmt: off
ELEMENTWISE = (
    function(
        "tanh", lambda np, a: np.tanh(a), as_written("tanh"), latex=called("tanh"), glyph=r"\tanh",
        exact=Exact(exact_rules.at(0, 0), lambda a: 1 if a > 0 else -1), sympy_class="tanh",
    ),
    function(
        "sigmoid", lambda np, a: 1 / (1 + np.exp(-a)), logistic,
        latex=called("sigma"), numpy="_sigmoid(a)", numba="1 / (1 + np.exp(-a))", glyph=r"\sigma", sign="σ",
        exact=Exact(exact_rules.at(0, Fraction(1, 2)), lambda a: 1 if a > 0 else 0),
        laws=Laws(logistic=True),
    ),
    function(
        "relu", lambda np, a: np.maximum(a, 0), lambda sp, a: sp.Max(a, 0), numpy="np.maximum(a, 0)",
        exact=exact_rules.everywhere(lambda a: max(a, 0)),
    ),
    function(
        "softplus", lambda np, a: np.logaddexp(0, a), lambda sp, a: sp.log(1 + exponential("exp")(sp, a)),
        numpy="np.logaddexp(0, a)",
        exact=Exact(at_infinity=lambda a: a if a > 0 else 0),
    ),
    function(
        "exp", lambda np, a: np.exp(a), exponential("exp"), latex=called("exp"),
        exact=Exact(exact_rules.at(0, 1), lambda a: a if a > 0 else 0), sympy_class="exp",
    ),
    function(
        "log", lambda np, a: np.log(a), lambda sp, a: sp.log(a), latex=called("log"),
        exact=Exact(exact_rules.at(1, 0), lambda a: a if a > 0 else None), sympy_class="log",
        laws=Laws(partial=True),
    ),
    function(
        "sqrt", lambda np, a: np.sqrt(a), lambda sp, a: sp.sqrt(a), latex=r"\sqrt{<*>}", glyph=r"\sqrt{\cdot}",
        sign="√",
        exact=Exact(lambda a: exact_rules.root(a, 2), lambda a: a if a > 0 else None),
        laws=Laws(partial=True),
    ),
    function(
        "abs", lambda np, a: np.abs(a), lambda sp, a: sp.Abs(a), latex=r"\left|<*>\right|", glyph=r"|\cdot|",
        sign="|·|",
        exact=exact_rules.everywhere(abs), sympy_class="Abs", of_places=True,
    ),
    function(
        "sign", lambda np, a: np.sign(a), lambda sp, a: sp.sign(a),
        exact=exact_rules.everywhere(lambda a: (a > 0) - (a < 0)), sympy_class="sign", of_places=True,
    ),
    function(
        "floor", lambda np, a: np.floor(a), lambda sp, a: sp.floor(a), latex=r"\left\lfloor<*>\right\rfloor",
        glyph=r"\lfloor\cdot\rfloor", sign="⌊·⌋",
        exact=Exact(math.floor, exact_rules.same), sympy_class="floor", of_places=True,
    ),
    function(
        "ceil", lambda np, a: np.ceil(a), lambda sp, a: sp.ceiling(a), latex=r"\left\lceil<*>\right\rceil",
        glyph=r"\lceil\cdot\rceil", sign="⌈·⌉",
        exact=Exact(math.ceil, exact_rules.same), sympy_class="ceiling", of_places=True,
    ),
    # To the nearest whole number, of two as near to the even one.
    function(
        "round", lambda np, a: np.rint(a), nearest, numpy="np.rint(a)",
        exact=Exact(round, exact_rules.same), of_places=True,
    ),
    function(
        "clip", lambda np, a, b, c: np.minimum(np.maximum(a, b), c), lambda sp, a, b, c: sp.Min(sp.Max(a, b), c),
        arity=(3, 3), numba="np.minimum(np.maximum(a, b), c)",
        exact=exact_rules.everywhere(lambda a, b, c: min(max(a, b), c)), of_places=True,
    ),
    function(
        "isnan", lambda np, a: np.isnan(a), no_form,
        exact=exact_rules.everywhere(lambda a: False),
        laws=Laws(gives_truth=True),
    ),
    function(
        "sin", lambda np, a: np.sin(a), as_written("sin"), latex=called("sin"),
        exact=Exact(exact_rules.at(0, 0)), sympy_class="sin",
    ),
    function(
        "cos", lambda np, a: np.cos(a), as_written("cos"), latex=called("cos"),
        exact=Exact(exact_rules.at(0, 1)), sympy_class="cos",
    ),
    function(
        "tan", lambda np, a: np.tan(a), as_written("tan"), latex=called("tan"),
        exact=Exact(exact_rules.at(0, 0)), sympy_class="tan",
    ),
    function(
        "arcsin", lambda np, a: np.arcsin(a), as_written("asin"), latex=called("arcsin"), glyph=r"\arcsin",
        exact=Exact(exact_rules.at(0, 0)), sympy_class="asin",
        laws=Laws(partial=True),
    ),
    function(
        "arccos", lambda np, a: np.arccos(a), as_written("acos"), latex=called("arccos"), glyph=r"\arccos",
        exact=Exact(exact_rules.at(1, 0)), sympy_class="acos",
        laws=Laws(partial=True),
    ),
    function(
        "arctan", lambda np, a: np.arctan(a), as_written("atan"), latex=called("arctan"), glyph=r"\arctan",
        exact=Exact(exact_rules.at(0, 0)), sympy_class="atan",
    ),
    # The angle of the point (b, a), from -pi to pi.
    function(
        "arctan2", lambda np, a, b: np.arctan2(a, b), as_written("atan2"), arity=(2, 2),
        exact=Exact(lambda a, b: 0 if a == 0 and b > 0 else None, exact_rules.angle), sympy_class="atan2",
    ),
    function(
        "sinh", lambda np, a: np.sinh(a), exponential("sinh"), latex=called("sinh"),
        exact=Exact(exact_rules.at(0, 0), exact_rules.same), sympy_class="sinh",
    ),
    function(
        "cosh", lambda np, a: np.cosh(a), exponential("cosh"), latex=called("cosh"),
        exact=Exact(exact_rules.at(0, 1), abs), sympy_class="cosh",
    ),
    function(
        "erf", lambda np, a: np.vectorize(math.erf, otypes=[float])(a), as_written("erf"), numpy="_erf(a)",
        numba="_erf_of(a)",
        exact=Exact(exact_rules.at(0, 0), lambda a: 1 if a > 0 else -1), sympy_class="erf",
    ),
    function(
        "minimum", _least, lambda sp, *a: sp.Min(*a), spelling="min", arity=(2, None), latex=called("min"),
        commutes=True,
        numpy=lambda operands: "np.minimum(a, b)" if len(operands.ranks) == 2 else "_least(*args)",
        numba="_lesser(a, b)", numba_of_numbers="_lesser_number(a, b)",
        exact=exact_rules.everywhere(lambda *values: min(values)), sympy_class="Min",
        laws=Laws(associative=True, chooses=True), of_places=True,
    ),
    function(
        "maximum", _greatest, lambda sp, *a: sp.Max(*a), spelling="max", arity=(2, None), latex=called("max"),
        commutes=True,
        numpy=lambda operands: "np.maximum(a, b)" if len(operands.ranks) == 2 else "_greatest(*args)",
        numba="_greater(a, b)", numba_of_numbers="_greater_number(a, b)",
        exact=exact_rules.everywhere(lambda *values: max(values)), sympy_class="Max",
        laws=Laws(associative=True, chooses=True), of_places=True,
    ),
)
# fmt: on
"""Functions entry by entry."""
