"""The rows of what is written with a sign: conditionals, connectives, comparisons, arithmetic, transposes, entries."""

from __future__ import annotations

from fractions import Fraction

from unfoldgraph.algebra import shapes
from unfoldgraph.algebra.table import exact_rules, sympy_rules
from unfoldgraph.algebra.table.exact_rules import Exact
from unfoldgraph.algebra.table.laws import (
    IN_ALL,
    IN_EACH,
    Applied,
    Entries,
    Identity,
    Laws,
    Operand,
    Undone,
    absorbing,
    neutral,
)
from unfoldgraph.algebra.table.operator_row import (
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
    infix,
    product_form,
)
from unfoldgraph.algebra.table.sympy_rules import (
    compare,
    either,
    indicator,
    no_form,
    of_arrays,
    power,
    remainder,
    truth,
)

#: Of what compares.
_TRUTH = Laws(gives_truth=True)

# fmt: off
SIGNS = (
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
)
# fmt: on
"""From what binds loosest to what binds tightest."""
