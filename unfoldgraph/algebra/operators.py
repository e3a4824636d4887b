"""The operator table: one row per operator holds all that is known of it.

A row says how the operator is spelled and parsed, what shapes fit, what it means in NumPy for one sequence
at one place and how a program computes it for many, how it is written in LaTeX, and what it is in SymPy;
`operator_row` says what each column is.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from unfoldgraph.algebra import exact_rules, shapes, sympy_rules
from unfoldgraph.algebra.exact_rules import Exact
from unfoldgraph.algebra.expression import BY_VALUE, Tree, places_of_entry, sizes_of_indices, sum_of_entry, sum_of_size
from unfoldgraph.algebra.laws import (
    IN_ALL,
    IN_EACH,
    NO_LAWS,
    Applied,
    Entries,
    EqualEntries,
    Identity,
    Joining,
    Laws,
    Operand,
    Undone,
    absorbing,
    chained,
    first_greatest,
    gathered,
    neutral,
    together,
)
from unfoldgraph.algebra.operator_row import (
    AND,
    ATOM,
    COMPARISON,
    CONDITIONAL,
    NEGATIVE,
    NOT,
    OR,
    POSTFIX,
    POWER,
    PRODUCT,
    SUM,
    XOR,
    Operator,
    encoded_form,
    function,
    gathered_form,
    greatest_form,
    in_rows,
    infix,
    inner_form,
    joined_form,
    outer_form,
    over_axes,
    placed_form,
    product_form,
    reduction,
    solution_form,
    stacked_form,
)
from unfoldgraph.algebra.sympy_rules import (
    as_written,
    compare,
    either,
    exponential,
    indicator,
    logistic,
    nearest,
    no_form,
    of_arrays,
    power,
    remainder,
    truth,
)
from unfoldgraph.base.affine import Affine, is_size, plain_name


def _named(name: str, text: str) -> str:
    return rf"\{name}\left({text}\right)"


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


#: Of what compares.
_TRUTH = Laws(gives_truth=True)

# fmt: off
_ROWS = (
    Operator(
        name="where",
        spelling="where",
        arity=(3, 3),
        meaning=lambda np, c, a, b: np.where(c, a, b),
        text=f"<1|{OR}> if <0|{OR}> else <2|{CONDITIONAL}>",
        latex=r"\begin{cases} <1|0> & \text{if } <0|0> \\ <2|0> & \text{otherwise} \end{cases}",
        glyph=r"\text{if}",
        sympy=lambda sp, c, a, b: sp.Piecewise((a, truth(sp, c)), (b, True)),
        numpy="np.where(a, b, c)",
        precedence=CONDITIONAL,
        latex_precedence=CONDITIONAL,
        kind="conditional",
        exact=exact_rules.everywhere(lambda c, a, b: a if c else b),
        sympy_class="ITE",
        laws=Laws(
            linear_in=((1, 2),), truths=(0,), identities=(Identity(0, 0, Operand(2)), Identity(0, 1, Operand(1)))
        ),
        of_places=True,
    ),
    infix(
        "or", "or", OR, r"\lor", lambda np, a, b: np.logical_or(a, b),
        lambda sp, a, b: indicator(sp, sp.Or(truth(sp, a), truth(sp, b))),
        numpy="np.logical_or(a, b)", commutes=True,
        exact=exact_rules.everywhere(lambda a, b: a != 0 or b != 0), sympy_class="Or",
        laws=Laws(associative=True, truths=(0, 1), gives_truth=True, identities=(*neutral(0), *absorbing(1))),
    ),
    infix(
        "xor", "xor", XOR, rf"<0|{NOT}> \oplus <1|{NOT}>", lambda np, a, b: np.logical_xor(a, b),
        lambda sp, a, b: indicator(sp, either(sp, truth(sp, a), truth(sp, b))),
        # Nobody knows by heart how tightly it binds: there are brackets around it, and around what it joins.
        numpy="np.logical_xor(a, b)", latex_precedence=CONDITIONAL, glyph=r"\oplus",
        commutes=True,
        exact=exact_rules.everywhere(lambda a, b: (a != 0) != (b != 0)), sympy_class="Xor",
        laws=Laws(associative=True, truths=(0, 1), gives_truth=True, identities=neutral(0)),
    ),
    infix(
        "and", "and", AND, r"\land", lambda np, a, b: np.logical_and(a, b),
        lambda sp, a, b: indicator(sp, sp.And(truth(sp, a), truth(sp, b))),
        numpy="np.logical_and(a, b)", commutes=True,
        exact=exact_rules.everywhere(lambda a, b: a != 0 and b != 0), sympy_class="And",
        laws=Laws(associative=True, truths=(0, 1), gives_truth=True, identities=(*neutral(1), *absorbing(0))),
    ),
    Operator(
        name="not",
        spelling="not",
        arity=(1, 1),
        meaning=lambda np, a: np.logical_not(a),
        text=f"not <0|{NOT}>",
        latex=rf"\lnot <0|{NOT}>",
        glyph=r"\lnot",
        sympy=lambda sp, a: indicator(sp, sp.Not(truth(sp, a))),
        numpy="np.logical_not(a)",
        precedence=NOT,
        latex_precedence=NOT,
        kind="prefix",
        exact=exact_rules.everywhere(lambda a: a == 0),
        sympy_class="Not",
        laws=Laws(truths=(0,), gives_truth=True), of_places=True,
    ),
    infix(
        "lt", "<", COMPARISON, "<0|6> < <1|6>", lambda np, a, b: np.less(a, b), compare("Lt"), glyph="<",
        exact=exact_rules.everywhere(lambda a, b: a < b, settled=True), sympy_class="StrictLessThan",
        laws=_TRUTH,
    ),
    infix(
        "le", "<=", COMPARISON, r"\le", lambda np, a, b: np.less_equal(a, b), compare("Le"),
        exact=exact_rules.everywhere(lambda a, b: a <= b, settled=True), sympy_class="LessThan",
        laws=_TRUTH,
    ),
    infix(
        "gt", ">", COMPARISON, ">", lambda np, a, b: np.greater(a, b), compare("Gt"),
        exact=exact_rules.everywhere(lambda a, b: a > b, settled=True), sympy_class="StrictGreaterThan",
        laws=_TRUTH,
    ),
    infix(
        "ge", ">=", COMPARISON, r"\ge", lambda np, a, b: np.greater_equal(a, b), compare("Ge"),
        exact=exact_rules.everywhere(lambda a, b: a >= b, settled=True), sympy_class="GreaterThan",
        laws=_TRUTH,
    ),
    infix(
        "eq", "==", COMPARISON, "=", lambda np, a, b: np.equal(a, b), compare("Eq"), commutes=True,
        exact=exact_rules.everywhere(lambda a, b: a == b, settled=True), sympy_class="Equality",
        laws=_TRUTH,
    ),
    infix(
        "ne", "!=", COMPARISON, r"\ne", lambda np, a, b: np.not_equal(a, b), compare("Ne"), commutes=True,
        exact=exact_rules.everywhere(lambda a, b: a != b, settled=True), sympy_class="Unequality",
        laws=_TRUTH,
    ),
    infix(
        "add", "+", SUM, "+", lambda np, a, b: np.add(a, b), lambda sp, *terms: sp.Add(*terms), commutes=True,
        exact=Exact(lambda a, b: a + b, exact_rules.added, settled=True),
        laws=Laws(linear_in=IN_ALL, associative=True, identities=neutral(0), signs=(1, 1)),
        sympy_arrays=sympy_rules.added,
    ),
    infix(
        "sub", "-", SUM, "-", lambda np, a, b: np.subtract(a, b), lambda sp, a, b: a - b,
        exact=Exact(lambda a, b: a - b, lambda a, b: exact_rules.added(a, -b), settled=True),
        laws=Laws(
            linear_in=IN_ALL, identities=(Identity(0, 0, Applied("neg", 1)), Identity(1, 0, Operand(0))), signs=(1, -1)
        ),
        sympy_arrays=sympy_rules.subtracted,
    ),
    infix(
        "mul", "*", PRODUCT, r"\cdot", lambda np, a, b: np.multiply(a, b), lambda sp, *terms: sp.Mul(*terms),
        glyph=r"\times", commutes=True,
        exact=Exact(lambda a, b: a * b, exact_rules.multiplied),
        laws=Laws(
            linear_in=IN_EACH, associative=True, identities=neutral(1),
            undone=(Undone(0, "div", True), Undone(1, "div", True)),
        ),
        sympy_arrays=sympy_rules.multiplied, is_juxtaposed=True, glyph_of_arrays=r"\odot",
    ),
    infix(
        "div", "/", PRODUCT, r"\frac{<0|0>}{<1|0>}", lambda np, a, b: np.divide(a, b), lambda sp, a, b: a / b,
        latex_precedence=ATOM, glyph="/",
        exact=Exact(Fraction, exact_rules.divided, settled=True),
        laws=Laws(
            linear_in=((0,),), identities=(Identity(1, 1, Operand(0)),), partial=True, divides_by=1,
            undone=(Undone(0, "mul"),),
        ),
        sympy_arrays=sympy_rules.divided,
    ),
    infix(
        "mod", "%", PRODUCT, r"\bmod", lambda np, a, b: np.mod(a, b), remainder, glyph=r"\operatorname{mod}",
        exact=Exact(lambda a, b: a % b), sympy_class="Mod",
        laws=Laws(partial=True, divides_by=1),
    ),
    infix(
        "matmul", "@", PRODUCT, "<0|7> <1|8>", lambda np, a, b: np.matmul(a, b), lambda sp, a, b: a * b,
        rule=shapes.matrix_product, ranks=(1,), parameter_ranks=(2,), glyph=r"\operatorname{matmul}", sign="matmul",
        numpy=product_form,
        laws=Laws(linear_in=IN_EACH, undone=(Undone(1, "solve"),)),
        sympy_arrays=sympy_rules.product, is_juxtaposed=True,
    ),
    Operator(
        name="neg",
        spelling="-",
        arity=(1, 1),
        meaning=lambda np, a: np.negative(a),
        text=f"-<0|{NEGATIVE}>",
        latex=f"-<0|{NEGATIVE}>",
        glyph="-",
        sympy=lambda sp, a: -a,
        numpy="-a",
        precedence=NEGATIVE,
        latex_precedence=NEGATIVE,
        kind="prefix",
        exact=exact_rules.everywhere(lambda a: -a),
        laws=Laws(linear_in=IN_ALL, signs=(-1,)),
        sympy_arrays=sympy_rules.negated, of_places=True,
    ),
    Operator(
        name="pow",
        spelling="**",
        arity=(2, 2),
        meaning=lambda np, a, b: np.power(a, b),
        text=f"<0|{POSTFIX}>**<1|{NEGATIVE}>",
        latex=f"<0|{ATOM}>^{{<1|0>}}",
        glyph=r"\operatorname{pow}",
        sympy=power,
        numpy="a**b",
        precedence=POWER,
        latex_precedence=POWER,
        kind="infix",
        exact=Exact(exact_rules.power, exact_rules.raised),
        laws=Laws(identities=(Identity(0, 1, 1), Identity(1, 0, 1), Identity(1, 1, Operand(0))), partial=True),
        sympy_arrays=sympy_rules.raised, of_places=True, is_juxtaposed=True,
    ),
    Operator(
        name="transpose",
        spelling=".T",
        arity=(1, 1),
        rule=shapes.transposed,
        meaning=lambda np, a: np.transpose(a),
        text=f"<0|{POSTFIX}>.T",
        latex=rf"<0|{ATOM}>^{{\top}}",
        glyph=r"\top",
        sympy=lambda sp, a: a.T,
        numpy=lambda operands: "np.swapaxes(a, {1}, {0})".format(*operands.entry_axes(0)),
        precedence=POSTFIX,
        latex_precedence=POSTFIX,
        ranks=(2,),
        kind="postfix",
        laws=Laws(linear_in=IN_ALL, entries=Entries.TURNED),
        sympy_arrays=of_arrays(lambda form, a: form.transposed(a)),
    ),
    Operator(
        name="entry",
        spelling="[]",
        arity=(1, 1),
        rule=shapes.entry,
        indexed=0,
        meaning=no_form,
        text=f"<0|{POSTFIX}>",
        latex=f"<0|{ATOM}>",
        glyph="[]",
        sympy=no_form,
        numpy="",
        precedence=POSTFIX,
        latex_precedence=POSTFIX,
        kind="entry",
        laws=Laws(linear_in=IN_ALL),
    ),
    # Elementwise functions.
    function(
        "tanh", lambda np, a: np.tanh(a), as_written("tanh"), latex=_named("tanh", "<*>"), glyph=r"\tanh",
        exact=Exact(exact_rules.at(0, 0), lambda a: 1 if a > 0 else -1), sympy_class="tanh",
    ),
    function(
        "sigmoid", lambda np, a: 1 / (1 + np.exp(-a)), logistic,
        latex=_named("sigma", "<*>"), numpy="_sigmoid(a)", glyph=r"\sigma", sign="σ",
        exact=Exact(exact_rules.at(0, Fraction(1, 2)), lambda a: 1 if a > 0 else 0),
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
        "exp", lambda np, a: np.exp(a), exponential("exp"), latex=_named("exp", "<*>"),
        exact=Exact(exact_rules.at(0, 1), lambda a: a if a > 0 else 0), sympy_class="exp",
    ),
    function(
        "log", lambda np, a: np.log(a), lambda sp, a: sp.log(a), latex=_named("log", "<*>"),
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
    # To the nearest whole number, of two as near to the even one.
    function(
        "round", lambda np, a: np.rint(a), nearest, numpy="np.rint(a)",
        exact=Exact(round, exact_rules.same), of_places=True,
    ),
    function(
        "clip", lambda np, a, b, c: np.minimum(np.maximum(a, b), c), lambda sp, a, b, c: sp.Min(sp.Max(a, b), c),
        arity=(3, 3),
        exact=exact_rules.everywhere(lambda a, b, c: min(max(a, b), c)), of_places=True,
    ),
    function(
        "isnan", lambda np, a: np.isnan(a), no_form,
        exact=exact_rules.everywhere(lambda a: False),
        laws=_TRUTH,
    ),
    function(
        "sin", lambda np, a: np.sin(a), as_written("sin"), latex=_named("sin", "<*>"),
        exact=Exact(exact_rules.at(0, 0)), sympy_class="sin",
    ),
    function(
        "cos", lambda np, a: np.cos(a), as_written("cos"), latex=_named("cos", "<*>"),
        exact=Exact(exact_rules.at(0, 1)), sympy_class="cos",
    ),
    function(
        "tan", lambda np, a: np.tan(a), as_written("tan"), latex=_named("tan", "<*>"),
        exact=Exact(exact_rules.at(0, 0)), sympy_class="tan",
    ),
    function(
        "arcsin", lambda np, a: np.arcsin(a), as_written("asin"), latex=_named("arcsin", "<*>"), glyph=r"\arcsin",
        exact=Exact(exact_rules.at(0, 0)), sympy_class="asin",
        laws=Laws(partial=True),
    ),
    function(
        "arccos", lambda np, a: np.arccos(a), as_written("acos"), latex=_named("arccos", "<*>"), glyph=r"\arccos",
        exact=Exact(exact_rules.at(1, 0)), sympy_class="acos",
        laws=Laws(partial=True),
    ),
    function(
        "arctan", lambda np, a: np.arctan(a), as_written("atan"), latex=_named("arctan", "<*>"), glyph=r"\arctan",
        exact=Exact(exact_rules.at(0, 0)), sympy_class="atan",
    ),
    # The angle of the point (b, a), from -pi to pi.
    function(
        "arctan2", lambda np, a, b: np.arctan2(a, b), as_written("atan2"), arity=(2, 2),
        exact=Exact(lambda a, b: 0 if a == 0 and b > 0 else None, exact_rules.angle), sympy_class="atan2",
    ),
    function(
        "sinh", lambda np, a: np.sinh(a), exponential("sinh"), latex=_named("sinh", "<*>"),
        exact=Exact(exact_rules.at(0, 0), exact_rules.same), sympy_class="sinh",
    ),
    function(
        "cosh", lambda np, a: np.cosh(a), exponential("cosh"), latex=_named("cosh", "<*>"),
        exact=Exact(exact_rules.at(0, 1), abs), sympy_class="cosh",
    ),
    function(
        "erf", lambda np, a: np.vectorize(math.erf, otypes=[float])(a), as_written("erf"), numpy="_erf(a)",
        exact=Exact(exact_rules.at(0, 0), lambda a: 1 if a > 0 else -1), sympy_class="erf",
    ),
    function(
        "minimum", _least, lambda sp, *a: sp.Min(*a), spelling="min", arity=(2, None), latex=_named("min", "<*>"),
        commutes=True,
        numpy=lambda operands: "np.minimum(a, b)" if len(operands.ranks) == 2 else "_least(*args)",
        exact=exact_rules.everywhere(lambda *values: min(values)), sympy_class="Min",
        laws=Laws(associative=True), of_places=True,
    ),
    function(
        "maximum", _greatest, lambda sp, *a: sp.Max(*a), spelling="max", arity=(2, None), latex=_named("max", "<*>"),
        commutes=True,
        numpy=lambda operands: "np.maximum(a, b)" if len(operands.ranks) == 2 else "_greatest(*args)",
        exact=exact_rules.everywhere(lambda *values: max(values)), sympy_class="Max",
        laws=Laws(associative=True), of_places=True,
    ),
    # Over the entries of one value.
    function(
        "sum", lambda np, v: np.sum(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0,
        numpy=over_axes("np.sum(a, axis=axes)"),
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(linear_in=IN_ALL, equal_entries=EqualEntries(fixed=(0,), nothing=0, repeated="mul")),
        sympy_arrays=sympy_rules.total,
    ),
    function(
        "prod", lambda np, v: np.prod(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0,
        numpy=over_axes("np.prod(a, axis=axes)"),
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(equal_entries=EqualEntries(fixed=(0, 1), nothing=1)),
    ),
    function(
        "mean", lambda np, v: np.mean(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0,
        numpy=over_axes("np.mean(a, axis=axes)"),
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(linear_in=IN_ALL, equal_entries=EqualEntries(Operand(0))),
        sympy_arrays=sympy_rules.mean,
    ),
    function(
        "min", lambda np, v: np.min(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0, latex=_named("min", "<*>"),
        numpy=over_axes("np.min(a, axis=axes)"),
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(equal_entries=EqualEntries(Operand(0))),
    ),
    function(
        "max", lambda np, v: np.max(v), lambda sp, v: v, rule=shapes.to_scalar, rank=0, latex=_named("max", "<*>"),
        numpy=over_axes("np.max(a, axis=axes)"),
        exact=exact_rules.everywhere(exact_rules.same),
        laws=Laws(equal_entries=EqualEntries(Operand(0))),
    ),
    function(
        "argmax", lambda np, v: np.argmax(v) if np.size(v) else np.nan, lambda sp, v: sp.Integer(0),
        rule=shapes.to_scalar, rank=0, numpy=greatest_form,
        exact=exact_rules.everywhere(lambda a: 0),
        # The first of the greatest.
        laws=Laws(equal_entries=EqualEntries(0)),
    ),
    function(
        "norm", lambda np, v: np.sqrt(np.sum(v * v)), lambda sp, v: sp.Abs(v), rule=shapes.to_scalar, rank=0,
        ranks=(1,), latex=r"\left\lVert<*>\right\rVert", glyph=r"\lVert\cdot\rVert", sign="‖·‖",
        # np.abs would not overflow where the sum of squares does.
        numpy=over_axes("np.sqrt(np.sum(np.square(a), axis=axes))", of_number="np.sqrt(np.square(a))"),
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
        sympy_arrays=sympy_rules.softmax,
    ),
    function(
        "logsoftmax", _logsoftmax, no_form, rule=shapes.same_shape, ranks=(1,),
        numpy=lambda operands: "_logsoftmax(a, axis=-2)" if operands.is_batched else "_logsoftmax(a)",
        sympy_arrays=sympy_rules.logsoftmax,
    ),
    function(
        "logsumexp", _logsumexp, no_form, rule=shapes.over_last, ranks=(1,),
        numpy=lambda operands: "_logsumexp(a, axis=-2)" if operands.is_batched else "_logsumexp(a)",
        sympy_arrays=sympy_rules.logsumexp,
    ),
    function(
        "solve", lambda np, a, b: np.linalg.solve(a, b), lambda sp, a, b: b / a, arity=(2, 2),
        rule=shapes.solution, ranks=(2, 1),
        numpy=solution_form,
        laws=Laws(linear_in=((1,),), partial=True, divides_by=0),
        sympy_arrays=of_arrays(lambda form, a, b: form.times(form.sp.Inverse(a), b)),
    ),
    function(
        "inv", lambda np, a: np.linalg.inv(a), lambda sp, a: 1 / a, rule=shapes.square, ranks=(2,),
        latex=rf"<0|{ATOM}>^{{-1}}", latex_precedence=POSTFIX, numpy=in_rows("np.linalg.inv(a)"),
        laws=Laws(partial=True, divides_by=0),
        sympy_arrays=of_arrays(lambda form, a: form.sp.Inverse(a)),
    ),
    function(
        "det", lambda np, a: np.linalg.det(a), lambda sp, a: a, rule=shapes.square_to_scalar, rank=0, ranks=(2,),
        latex=_named("det", "<*>"), numpy=in_rows("np.linalg.det(a)"),
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
        rule=shapes.encoded, rank=1, sizes=1, numpy=encoded_form,
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
    # Over an axis or a range of integers.
    reduction(
        "sum", r"\sum", lambda np, v: np.sum(v, axis=0), lambda sp, *a: sum(a, sp.Integer(0)),
        Joining(chained("add"), nothing=0), SUM, sign="Σ",
        numpy="np.sum(a, axis=axis)",
        sympy_class="Sum",
        laws=Laws(linear_in=IN_ALL),
    ),
    reduction(
        "prod", r"\prod", lambda np, v: np.prod(v, axis=0), lambda sp, *a: math.prod(a, start=sp.Integer(1)),
        Joining(chained("mul"), nothing=1), SUM, sign="Π",
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
        Joining(together("maximum"), nothing=-math.inf),
        numpy="np.max(a, axis=axis, initial=-np.inf)",
    ),
    reduction(
        "min", r"\min", lambda np, v: np.min(v, axis=0, initial=np.inf), lambda sp, *a: sp.Min(*a),
        Joining(together("minimum"), nothing=math.inf),
        numpy="np.min(a, axis=axis, initial=np.inf)",
    ),
    reduction(
        "argmax", r"\operatorname{argmax}",
        lambda np, v: np.argmax(v, axis=0) + 1 if len(v) else np.full(v.shape[1:], np.nan), no_form,
        Joining(first_greatest, has_one_index=True),
        numpy="_argmax_step(a, axis, dtype)",
    ),
    # An array that has an entry for each number; there is none that a condition could leave out.
    reduction(
        "stack", r"\operatorname{stack}", lambda np, v: v, no_form, Joining(gathered), arity=(1, 1),
        rule=shapes.stacked_over, numpy=gathered_form,
        laws=Laws(linear_in=IN_ALL),
    ),
)
# fmt: on

OPERATORS: dict[str, Operator] = {row.name: row for row in _ROWS}
"""Every operator by name."""

FUNCTIONS: dict[str, tuple[Operator, ...]] = {
    row.spelling: tuple(other for other in _ROWS if other.spelling == row.spelling and other.kind == row.kind)
    for row in (*(row for row in _ROWS if row.kind == "function"), OPERATORS["where"])
}
"""What `name(…)` may be, by the name written: `max` of one value and `max` of several are two rows."""

REDUCTIONS: dict[str, Operator] = {row.spelling: row for row in _ROWS if row.kind == "reduction"}
"""What `name(… for t)` is, by the name written."""

SYMPY_CLASSES: dict[str, Operator] = {row.sympy_class: row for row in _ROWS if row.sympy_class}
"""What a class of SymPy is read as, by its name."""

INFIX: dict[str, Operator] = {row.spelling: row for row in _ROWS if row.kind == "infix"}
"""The operators between two arguments, by their spelling."""

FILLS: dict[int, Operator] = {row.laws.fill: row for row in _ROWS if row.laws.fill is not None}
"""The operators that make arrays of one number, by that number."""


def laws_of(node: Tree) -> Laws:
    """Return the laws of the operator of a node, none for what is no operation.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> laws_of(Expr("ones", (), (3,))).fill, laws_of(number(1)).fill
    (1, None)
    """
    row = OPERATORS.get(node.operator)
    return NO_LAWS if row is None else row.laws


def joining_of(node: Tree) -> Joining | None:
    """Return how the terms of a reduction are joined, None for what is no reduction.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> joining_of(Expr("prod_over", (number(2),))).nothing
    1
    """
    row = OPERATORS.get(node.operator)
    return None if row is None else row.joining


def keeps_sizes(node: Tree) -> bool:
    """Say whether the data of a node are sizes, as those of `zeros(m, n)` and of `one_hot(k, n)`.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> keeps_sizes(Expr("eye", (), ("m", "m"))), keeps_sizes(number(1))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.sizes != 0


def sizes_named(node: Tree) -> list[str]:
    """Return the names of the sizes that a node mentions itself: as a number, between brackets, in a range, as data.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, Index, parameter
    >>> sizes_named(Expr("size", (), "m")), sizes_named(Expr("entry", (parameter("v"),), (Index("n", -1),)))
    (['m'], ['n'])
    >>> sizes_named(Expr("zeros", (), ("m", 3)))
    ['m']
    """
    if node.operator == "size":
        return [node.data]
    if not keeps_sizes(node):
        return list(sizes_of_indices(node))
    return [plain_name(name) for size in node.data for name, _ in sum_of_size(size).terms]


def sums_of_sizes(node: Tree) -> list[Affine]:
    """Return the sums of sizes that a node mentions itself and that are not to be negative: ends and arguments.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, Index, parameter
    >>> [form.constant for form in sums_of_sizes(Expr("entry", (parameter("v"),), (Index("n", -1),)))]
    [-1]
    """
    if keeps_sizes(node):
        return [sum_of_size(size) for size in node.data]
    # Only a negative number that is written counts from the end; one that a size makes is no entry.
    sums = [sum_of_entry(bound) for bound in places_of_entry(node) if bound.base != BY_VALUE]
    return [form for form in sums if form.terms and all(is_size(name) for name, _ in form.terms)]


def inverts(node: Tree) -> bool:
    """Say whether an operation divides by a matrix, and so fails on some matrices.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number, parameter
    >>> inverts(Expr("inv", (parameter("A"),))), inverts(Expr("div", (number(1), parameter("a"))))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.laws.divides_by is not None and row.rule is not shapes.elementwise


def indexed_operand(node: Tree) -> int | None:
    """Return which operand it is of which the data of a node tell some entries; None where they tell none.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, Index, number, parameter
    >>> at, v = (Index("", 0),), parameter("v")
    >>> indexed_operand(Expr("entry", (v,), at)), indexed_operand(Expr("placed", (number(2), v), at))
    (0, 1)
    """
    row = OPERATORS.get(node.operator)
    return None if row is None else row.indexed


def is_conditional(node: Tree) -> bool:
    """Say whether a node is one of two values, as the value before these tells.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> is_conditional(Expr("where", (number(1), number(2), number(3)))), is_conditional(number(1))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.kind == "conditional"


def is_reduction(node: Tree) -> bool:
    """Say whether a node is a reduction over an axis or a range, by its row of the table.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> is_reduction(Expr("sum_over", (number(1),))), is_reduction(number(1))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.kind == "reduction"
