"""The operator table: one row per operator holds all that is known of it.

A row says how the operator is spelled and parsed, what shapes fit, what it means in NumPy for one sequence
at one place, how it is written in LaTeX and in a NumPy program, and what it is in SymPy. `<0|6>` in a
template stands for the first argument, in parentheses where it binds looser than level 6; `<*>` stands for
all, with commas. In a program `<dtype>` is the floating type, `<sizes>` the sizes kept as data, `<axis>` the
dimension that a reduction runs over, `<steps>` its length, and what starts with `_` is a helper of the module.
NumPy and SymPy are handed in as modules, so that reading the table imports neither.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from unfoldgraph.algebra import exact_rules, shapes
from unfoldgraph.algebra.exact_rules import INEXACT, Exact
from unfoldgraph.algebra.expression import Node
from unfoldgraph.algebra.joining import Joining, chained, first_greatest, together
from unfoldgraph.algebra.shapes import Rule
from unfoldgraph.base.limits import SYMPY_DIGITS, SYMPY_EXPONENT

# How tightly a form binds, from loosest to tightest, as in Python (with `xor` between `or` and `and`).
CONDITIONAL, OR, XOR, AND, NOT, COMPARISON, SUM, PRODUCT, NEGATIVE, POWER, POSTFIX, ATOM = range(12)


NumPyForm = str | Callable[[tuple[int, ...]], str]
"""A template of a NumPy program, or what gives it for the ranks of the arguments."""


Derivative = Callable[..., tuple[str, ...]]
"""For the ranks of the arguments, one text of the language for each: what a change of the result gives it."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One row of the table.

    Attributes
    ----------
    name : the operator of an expression (`"mul"`).
    spelling : what the language writes (`"*"`, `"tanh"`).
    arity : the least and the most number of arguments; no most for None.
    rule : its shape rule.
    meaning : `meaning(np, *arguments)` on the plain arrays of one sequence at one place; for a reduction
        one array, its terms along the first dimension.
    text, latex : templates.
    precedence, latex_precedence : how tightly the written form binds.
    glyph : LaTeX of what stands for it in a picture of operations; of `mul` between scalars.
    sympy : `sympy(sp, *arguments)` on scalars.
    numpy : the template of a NumPy program, for arrays whose last dimensions are those of one value and
        whose leading ones are steps and a batch; or a function of the ranks of the arguments that returns it.
    ranks : the ranks an undeclared operand has here, the last one repeated; () where any rank will do.
    sizes : how many of its last arguments are sizes, kept as data (`one_hot(k, n)`); None for all of them.
    kind : "infix", "prefix", "postfix", "conditional", "function", "reduction" or "entry".
    exact : what it makes of scalar constants exactly; of none where it has no rules.
    sympy_class : the class of SymPy that is read as it, by name; "" where there is none, or several.
    derivative : its derivative; no row has one yet.
    commutes : whether the order of its arguments does not matter.
    sign : what stands for it in a picture of plain characters, which is as short as its glyph; "" for its spelling.
    joining : of a reduction, how its terms are written out; None for all else.
    """

    name: str
    spelling: str
    arity: tuple[int, int | None]
    rule: Rule
    meaning: Callable[..., Any]
    text: str
    latex: str
    glyph: str
    sympy: Callable[..., Any]
    numpy: NumPyForm
    precedence: int = ATOM
    latex_precedence: int = ATOM
    ranks: tuple[int, ...] = ()
    sizes: int | None = 0
    kind: str = "function"
    commutes: bool = False
    sign: str = ""
    exact: Exact = INEXACT
    sympy_class: str = ""
    derivative: Derivative | None = None
    joining: Joining | None = None

    def accepts(self, count: int) -> bool:
        """Say whether the operator takes `count` arguments."""
        least, most = self.arity
        return least <= count and (most is None or count <= most)

    def program(self, ranks: tuple[int, ...]) -> str:
        """Return the template of a NumPy program for arguments of these ranks."""
        return self.numpy if isinstance(self.numpy, str) else self.numpy(ranks)


def _infix(
    name: str,
    spelling: str,
    level: int,
    latex: str,
    meaning: Callable[..., Any],
    sympy: Callable[..., Any],
    rule: Rule = shapes.elementwise,
    ranks: tuple[int, ...] = (),
    numpy: NumPyForm | None = None,
    latex_precedence: int | None = None,
    glyph: str | None = None,
    commutes: bool = False,
    sign: str = "",
    exact: Exact = INEXACT,
    sympy_class: str = "",
) -> Operator:
    """Return the row of a left-associative operator between two arguments; comparisons do not chain."""
    left = level + 1 if level == COMPARISON else level
    text = f"<0|{left}> {spelling} <1|{level + 1}>"
    return Operator(
        name=name,
        spelling=spelling,
        arity=(2, 2),
        rule=rule,
        meaning=meaning,
        text=text,
        latex=latex if "<" in latex else f"<0|{left}> {latex} <1|{level + 1}>",
        glyph=glyph or latex,
        sympy=sympy,
        # What the language shares with Python is written the same way.
        numpy=numpy or text,
        precedence=level,
        latex_precedence=level if latex_precedence is None else latex_precedence,
        ranks=ranks,
        kind="infix",
        commutes=commutes,
        sign=sign,
        exact=exact,
        sympy_class=sympy_class,
    )


def _function(
    name: str,
    meaning: Callable[..., Any],
    sympy: Callable[..., Any],
    *,
    spelling: str | None = None,
    numpy: NumPyForm | None = None,
    latex: str | None = None,
    arity: tuple[int, int | None] = (1, 1),
    rule: Rule = shapes.elementwise,
    latex_precedence: int = ATOM,
    ranks: tuple[int, ...] = (),
    sizes: int | None = 0,
    glyph: str | None = None,
    commutes: bool = False,
    sign: str = "",
    exact: Exact = INEXACT,
    sympy_class: str = "",
) -> Operator:
    """Return the row of a function that is called by name."""
    spelling = spelling or name
    upright = spelling.replace("_", r"\_")
    return Operator(
        name=name,
        spelling=spelling,
        arity=arity,
        rule=rule,
        meaning=meaning,
        text=f"{spelling}(<*>)",
        latex=latex or rf"\operatorname{{{upright}}}\left(<*>\right)",
        glyph=glyph or rf"\operatorname{{{upright}}}",
        sympy=sympy,
        numpy=numpy or f"np.{name}(<*>)",
        latex_precedence=latex_precedence,
        ranks=ranks,
        sizes=sizes,
        commutes=commutes,
        sign=sign,
        exact=exact,
        sympy_class=sympy_class,
    )


def _reduction(
    spelling: str,
    latex: str,
    meaning: Callable[..., Any],
    sympy: Callable[..., Any],
    numpy: str,
    joining: Joining,
    sign: str = "",
    sympy_class: str = "",
) -> Operator:
    """Return the row of a reduction over an axis; its terms are stacked along the first dimension."""
    return Operator(
        name=f"{spelling}_over",
        spelling=spelling,
        arity=(1, 1),
        rule=shapes.elementwise,
        meaning=meaning,
        text="<0|0>",
        latex=latex,
        glyph=latex,
        sympy=sympy,
        numpy=numpy,
        latex_precedence=SUM if latex in {r"\sum", r"\prod"} else ATOM,
        kind="reduction",
        sign=sign,
        sympy_class=sympy_class,
        joining=joining,
    )


def _named(name: str, text: str) -> str:
    return rf"\{name}\left({text}\right)"


def _over_entries(template: str) -> Callable[[tuple[int, ...]], str]:
    """Return the form of what runs over all entries of a value: its last dimensions, as many as its rank."""

    def form(ranks: tuple[int, ...]) -> str:
        (rank,) = ranks
        if rank == 0:
            return "<0|0>"
        axes = "-1" if rank == 1 else f"({', '.join(str(axis) for axis in range(-rank, 0))})"
        return template.replace("<axes>", axes)

    return form


def _softmax(np: Any, v: Any) -> Any:
    weights = np.exp(v - np.max(v, axis=-1, keepdims=True))
    return weights / np.sum(weights, axis=-1, keepdims=True)


def _logsoftmax(np: Any, v: Any) -> Any:
    shifted = v - np.max(v, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


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


def _truth(sp: Any, value: Any) -> Any:
    """Return the truth of a number: SymPy keeps booleans and numbers apart, the language does not."""
    if getattr(value, "is_Boolean", False) or value in (True, False):
        return value
    # A comparison that was made a number comes back as the comparison.
    if isinstance(value, sp.Piecewise) and [pair[0] for pair in value.args] == [1, 0]:
        return value.args[0][1]
    return _settled(sp, sp.Ne(value, 0))


def _settled(sp: Any, condition: Any) -> Any:
    """Return a comparison of cases as cases of comparisons.

    Piecewise would do so itself, but not where a case reads `h(0)` (SymPy 1.14: "pop from an empty set").
    """
    cases = sp.piecewise_fold(condition) if condition.has(sp.Piecewise) else condition
    if not isinstance(cases, sp.Piecewise):
        return cases
    *others, last = cases.args
    found = last[0]
    for value, holds in reversed(others):
        found = sp.ITE(holds, value, found)
    return found


def _indicator(sp: Any, truth: Any) -> Any:
    """Return 1 where it is true and 0 elsewhere."""
    return sp.Piecewise((sp.Integer(1), truth), (sp.Integer(0), True))


def _either(sp: Any, one: Any, other: Any) -> Any:
    """Return the truth of one or the other and not both: conditions of SymPy's Piecewise know no Xor."""
    return sp.Or(sp.And(one, sp.Not(other)), sp.And(sp.Not(one), other))


def _compare(name: str) -> Callable[..., Any]:
    return lambda sp, a, b: _indicator(sp, _settled(sp, getattr(sp, name)(a, b)))


def _remainder(sp: Any, a: Any, b: Any) -> Any:
    """Return what is left of a division; there is none by zero, where SymPy would raise an error."""
    if b == 0:
        return sp.nan
    # Of cases, one of which may be zero, SymPy would try each.
    return sp.Mod(a, b, evaluate=not b.has(sp.Piecewise))


def _power(sp: Any, a: Any, b: Any) -> Any:
    """Return a power; one of numbers only where its digits, which SymPy computes at once, are few enough."""
    factor = a.as_coeff_Mul()[0]
    if factor.is_Rational and b.is_Rational:
        bits = max(abs(factor.p), factor.q).bit_length() - 1
        if bits * abs(b) > SYMPY_DIGITS * math.log2(10):
            raise NotImplementedError
    if a.is_number and b.is_number and not a.is_Rational:
        _bearable(b * sp.log(sp.Abs(a)))
    return a**b


def _bearable(exponent: Any) -> Any:
    """Return what a power of e is raised to, unless it is so large that SymPy could never work with the power."""
    factor = exponent.evalf(3) if exponent.is_number else exponent.as_coeff_Mul()[0]
    if abs(factor) > SYMPY_EXPONENT:
        raise NotImplementedError
    return exponent


def _as_written(name: str) -> Callable[..., Any]:
    """Return a function of SymPy; what it is of stays as it is, since SymPy cannot simplify a few in one another."""
    return lambda sp, a: getattr(sp, name)(a, evaluate=False)


def _exponential(name: str) -> Callable[..., Any]:
    """Return such a function that grows exponentially."""
    return lambda sp, a: _as_written(name)(sp, _bearable(a))


def _logistic(sp: Any, a: Any) -> Any:
    """Return the sigmoid; SymPy asks all of what is below a sum before it divides by it."""
    return sp.Pow(1 + _exponential("exp")(sp, -a), -1, evaluate=False)


def _no_sympy(_sp: Any, *_arguments: Any) -> Any:
    raise NotImplementedError


# fmt: off
_ROWS = (
    Operator(
        name="where",
        spelling="where",
        arity=(3, 3),
        rule=shapes.elementwise,
        meaning=lambda np, c, a, b: np.where(c, a, b),
        text=f"<1|{OR}> if <0|{OR}> else <2|{CONDITIONAL}>",
        latex=r"\begin{cases} <1|0> & \text{if } <0|0> \\ <2|0> & \text{otherwise} \end{cases}",
        glyph=r"\text{if}",
        sympy=lambda sp, c, a, b: sp.Piecewise((a, _truth(sp, c)), (b, True)),
        numpy="np.where(<*>)",
        precedence=CONDITIONAL,
        latex_precedence=CONDITIONAL,
        kind="conditional",
        exact=exact_rules.everywhere(lambda c, a, b: a if c else b),
        sympy_class="ITE",
    ),
    _infix(
        "or", "or", OR, r"\lor", lambda np, a, b: np.logical_or(a, b),
        lambda sp, a, b: _indicator(sp, sp.Or(_truth(sp, a), _truth(sp, b))),
        numpy="np.logical_or(<*>)", commutes=True,
        exact=exact_rules.everywhere(lambda a, b: a != 0 or b != 0), sympy_class="Or",
    ),
    _infix(
        "xor", "xor", XOR, rf"<0|{NOT}> \oplus <1|{NOT}>", lambda np, a, b: np.logical_xor(a, b),
        lambda sp, a, b: _indicator(sp, _either(sp, _truth(sp, a), _truth(sp, b))),
        # Nobody knows by heart how tightly it binds: there are brackets around it, and around what it joins.
        numpy="np.logical_xor(<*>)", latex_precedence=CONDITIONAL, glyph=r"\oplus", commutes=True,
        exact=exact_rules.everywhere(lambda a, b: (a != 0) != (b != 0)), sympy_class="Xor",
    ),
    _infix(
        "and", "and", AND, r"\land", lambda np, a, b: np.logical_and(a, b),
        lambda sp, a, b: _indicator(sp, sp.And(_truth(sp, a), _truth(sp, b))),
        numpy="np.logical_and(<*>)", commutes=True,
        exact=exact_rules.everywhere(lambda a, b: a != 0 and b != 0), sympy_class="And",
    ),
    Operator(
        name="not",
        spelling="not",
        arity=(1, 1),
        rule=shapes.elementwise,
        meaning=lambda np, a: np.logical_not(a),
        text=f"not <0|{NOT}>",
        latex=rf"\lnot <0|{NOT}>",
        glyph=r"\lnot",
        sympy=lambda sp, a: _indicator(sp, sp.Not(_truth(sp, a))),
        numpy="np.logical_not(<*>)",
        precedence=NOT,
        latex_precedence=NOT,
        kind="prefix",
        exact=exact_rules.everywhere(lambda a: a == 0),
        sympy_class="Not",
    ),
    _infix(
        "lt", "<", COMPARISON, "<0|6> < <1|6>", lambda np, a, b: np.less(a, b), _compare("Lt"), glyph="<",
        exact=exact_rules.everywhere(lambda a, b: a < b), sympy_class="StrictLessThan",
    ),
    _infix(
        "le", "<=", COMPARISON, r"\le", lambda np, a, b: np.less_equal(a, b), _compare("Le"),
        exact=exact_rules.everywhere(lambda a, b: a <= b), sympy_class="LessThan",
    ),
    _infix(
        "gt", ">", COMPARISON, ">", lambda np, a, b: np.greater(a, b), _compare("Gt"),
        exact=exact_rules.everywhere(lambda a, b: a > b), sympy_class="StrictGreaterThan",
    ),
    _infix(
        "ge", ">=", COMPARISON, r"\ge", lambda np, a, b: np.greater_equal(a, b), _compare("Ge"),
        exact=exact_rules.everywhere(lambda a, b: a >= b), sympy_class="GreaterThan",
    ),
    _infix(
        "eq", "==", COMPARISON, "=", lambda np, a, b: np.equal(a, b), _compare("Eq"), commutes=True,
        exact=exact_rules.everywhere(lambda a, b: a == b), sympy_class="Equality",
    ),
    _infix(
        "ne", "!=", COMPARISON, r"\ne", lambda np, a, b: np.not_equal(a, b), _compare("Ne"), commutes=True,
        exact=exact_rules.everywhere(lambda a, b: a != b), sympy_class="Unequality",
    ),
    _infix(
        "add", "+", SUM, "+", lambda np, a, b: np.add(a, b), lambda sp, a, b: a + b, commutes=True,
        exact=Exact(lambda a, b: a + b, exact_rules.added),
    ),
    _infix(
        "sub", "-", SUM, "-", lambda np, a, b: np.subtract(a, b), lambda sp, a, b: a - b,
        exact=Exact(lambda a, b: a - b, lambda a, b: exact_rules.added(a, -b)),
    ),
    _infix(
        "mul", "*", PRODUCT, r"\cdot", lambda np, a, b: np.multiply(a, b), lambda sp, a, b: a * b,
        glyph=r"\times", commutes=True,
        exact=Exact(lambda a, b: a * b, exact_rules.multiplied),
    ),
    _infix(
        "div", "/", PRODUCT, r"\frac{<0|0>}{<1|0>}", lambda np, a, b: np.divide(a, b), lambda sp, a, b: a / b,
        latex_precedence=ATOM, glyph="/",
        exact=Exact(Fraction, exact_rules.divided),
    ),
    _infix(
        "mod", "%", PRODUCT, r"\bmod", lambda np, a, b: np.mod(a, b), _remainder, glyph=r"\operatorname{mod}",
        exact=Exact(lambda a, b: a % b), sympy_class="Mod",
    ),
    _infix(
        "matmul", "@", PRODUCT, "<0|7> <1|8>", lambda np, a, b: np.matmul(a, b), lambda sp, a, b: a * b,
        rule=shapes.matrix_product, ranks=(2, 1), glyph=r"\operatorname{matmul}", sign="matmul",
        numpy=lambda ranks: {
            (2, 1): "_apply(<0|0>, <1|0>)",
            (1, 2): "_apply(np.swapaxes(<1|0>, -1, -2), <0|0>)",
            (1, 1): f"np.sum(<0|{PRODUCT}> * <1|{PRODUCT + 1}>, axis=-1)",
        }.get(ranks, "np.matmul(<0|0>, <1|0>)"),
    ),
    Operator(
        name="neg",
        spelling="-",
        arity=(1, 1),
        rule=shapes.elementwise,
        meaning=lambda np, a: np.negative(a),
        text=f"-<0|{NEGATIVE}>",
        latex=f"-<0|{NEGATIVE}>",
        glyph="-",
        sympy=lambda sp, a: -a,
        numpy=f"-<0|{NEGATIVE}>",
        precedence=NEGATIVE,
        latex_precedence=NEGATIVE,
        kind="prefix",
        exact=exact_rules.everywhere(lambda a: -a),
    ),
    Operator(
        name="pow",
        spelling="**",
        arity=(2, 2),
        rule=shapes.elementwise,
        meaning=lambda np, a, b: np.power(a, b),
        text=f"<0|{POSTFIX}>**<1|{NEGATIVE}>",
        latex=f"<0|{ATOM}>^{{<1|0>}}",
        glyph=r"\operatorname{pow}",
        sympy=_power,
        numpy=f"<0|{POSTFIX}>**<1|{NEGATIVE}>",
        precedence=POWER,
        latex_precedence=POWER,
        kind="infix",
        exact=Exact(exact_rules.power, exact_rules.raised),
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
        numpy="np.swapaxes(<0|0>, -1, -2)",
        precedence=POSTFIX,
        latex_precedence=POSTFIX,
        ranks=(2,),
        kind="postfix",
    ),
    Operator(
        name="entry",
        spelling="[]",
        arity=(1, 1),
        rule=shapes.entry,
        meaning=_no_sympy,
        text=f"<0|{POSTFIX}>",
        latex=f"<0|{ATOM}>",
        glyph="[]",
        sympy=_no_sympy,
        numpy="",
        precedence=POSTFIX,
        latex_precedence=POSTFIX,
        kind="entry",
    ),
    # Elementwise functions.
    _function(
        "tanh", lambda np, a: np.tanh(a), _as_written("tanh"), latex=_named("tanh", "<*>"), glyph=r"\tanh",
        exact=Exact(exact_rules.at(0, 0), lambda a: 1 if a > 0 else -1), sympy_class="tanh",
    ),
    _function(
        "sigmoid", lambda np, a: 1 / (1 + np.exp(-a)), _logistic,
        latex=_named("sigma", "<*>"), numpy="_sigmoid(<*>)", glyph=r"\sigma", sign="σ",
        exact=Exact(exact_rules.at(0, Fraction(1, 2)), lambda a: 1 if a > 0 else 0),
    ),
    _function(
        "relu", lambda np, a: np.maximum(a, 0), lambda sp, a: sp.Max(a, 0), numpy="np.maximum(<0|0>, 0)",
        exact=exact_rules.everywhere(lambda a: max(a, 0)),
    ),
    _function(
        "softplus", lambda np, a: np.logaddexp(0, a), lambda sp, a: sp.log(1 + _exponential("exp")(sp, a)),
        numpy="np.logaddexp(0, <0|0>)",
        exact=Exact(at_infinity=lambda a: a if a > 0 else 0),
    ),
    _function(
        "exp", lambda np, a: np.exp(a), _exponential("exp"), latex=_named("exp", "<*>"),
        exact=Exact(exact_rules.at(0, 1), lambda a: a if a > 0 else 0), sympy_class="exp",
    ),
    _function(
        "log", lambda np, a: np.log(a), lambda sp, a: sp.log(a), latex=_named("log", "<*>"),
        exact=Exact(exact_rules.at(1, 0), lambda a: a if a > 0 else None), sympy_class="log",
    ),
    _function(
        "sqrt", lambda np, a: np.sqrt(a), lambda sp, a: sp.sqrt(a), latex=r"\sqrt{<*>}", glyph=r"\sqrt{\cdot}",
        sign="√",
        exact=Exact(lambda a: exact_rules.root(a, 2), lambda a: a if a > 0 else None),
    ),
    _function(
        "abs", lambda np, a: np.abs(a), lambda sp, a: sp.Abs(a), latex=r"\left|<*>\right|", glyph=r"|\cdot|",
        sign="|·|",
        exact=exact_rules.everywhere(abs), sympy_class="Abs",
    ),
    _function(
        "sign", lambda np, a: np.sign(a), lambda sp, a: sp.sign(a),
        exact=exact_rules.everywhere(lambda a: (a > 0) - (a < 0)), sympy_class="sign",
    ),
    _function(
        "floor", lambda np, a: np.floor(a), lambda sp, a: sp.floor(a), latex=r"\left\lfloor<*>\right\rfloor",
        glyph=r"\lfloor\cdot\rfloor", sign="⌊·⌋",
        exact=Exact(math.floor, exact_rules.same), sympy_class="floor",
    ),
    _function(
        "sin", lambda np, a: np.sin(a), _as_written("sin"), latex=_named("sin", "<*>"),
        exact=Exact(exact_rules.at(0, 0)), sympy_class="sin",
    ),
    _function(
        "cos", lambda np, a: np.cos(a), _as_written("cos"), latex=_named("cos", "<*>"),
        exact=Exact(exact_rules.at(0, 1)), sympy_class="cos",
    ),
    _function(
        "tan", lambda np, a: np.tan(a), _as_written("tan"), latex=_named("tan", "<*>"),
        exact=Exact(exact_rules.at(0, 0)), sympy_class="tan",
    ),
    _function(
        "sinh", lambda np, a: np.sinh(a), _exponential("sinh"), latex=_named("sinh", "<*>"),
        exact=Exact(exact_rules.at(0, 0), exact_rules.same), sympy_class="sinh",
    ),
    _function(
        "cosh", lambda np, a: np.cosh(a), _exponential("cosh"), latex=_named("cosh", "<*>"),
        exact=Exact(exact_rules.at(0, 1), abs), sympy_class="cosh",
    ),
    _function(
        "minimum", _least, lambda sp, *a: sp.Min(*a), spelling="min", arity=(2, None), latex=_named("min", "<*>"),
        commutes=True,
        numpy=lambda ranks: "np.minimum(<*>)" if len(ranks) == 2 else "_least(<*>)",
        exact=exact_rules.everywhere(lambda *values: min(values)), sympy_class="Min",
    ),
    _function(
        "maximum", _greatest, lambda sp, *a: sp.Max(*a), spelling="max", arity=(2, None), latex=_named("max", "<*>"),
        commutes=True,
        numpy=lambda ranks: "np.maximum(<*>)" if len(ranks) == 2 else "_greatest(<*>)",
        exact=exact_rules.everywhere(lambda *values: max(values)), sympy_class="Max",
    ),
    # Over the entries of one value.
    _function(
        "sum", lambda np, v: np.sum(v), lambda sp, v: v, rule=shapes.to_scalar,
        numpy=_over_entries("np.sum(<0|0>, axis=<axes>)"),
        exact=exact_rules.everywhere(exact_rules.same),
    ),
    _function(
        "prod", lambda np, v: np.prod(v), lambda sp, v: v, rule=shapes.to_scalar,
        numpy=_over_entries("np.prod(<0|0>, axis=<axes>)"),
        exact=exact_rules.everywhere(exact_rules.same),
    ),
    _function(
        "mean", lambda np, v: np.mean(v), lambda sp, v: v, rule=shapes.to_scalar,
        numpy=_over_entries("np.mean(<0|0>, axis=<axes>)"),
        exact=exact_rules.everywhere(exact_rules.same),
    ),
    _function(
        "min", lambda np, v: np.min(v), lambda sp, v: v, rule=shapes.to_scalar, latex=_named("min", "<*>"),
        numpy=_over_entries("np.min(<0|0>, axis=<axes>)"),
        exact=exact_rules.everywhere(exact_rules.same),
    ),
    _function(
        "max", lambda np, v: np.max(v), lambda sp, v: v, rule=shapes.to_scalar, latex=_named("max", "<*>"),
        numpy=_over_entries("np.max(<0|0>, axis=<axes>)"),
        exact=exact_rules.everywhere(exact_rules.same),
    ),
    _function(
        "argmax", lambda np, v: np.argmax(v) if np.size(v) else np.nan, lambda sp, v: sp.Integer(0),
        rule=shapes.to_scalar, numpy=lambda ranks: f"_argmax_entry(<0|0>, {ranks[0]}, <dtype>)",
        exact=exact_rules.everywhere(lambda a: 0),
    ),
    _function(
        "norm", lambda np, v: np.sqrt(np.sum(v * v)), lambda sp, v: sp.Abs(v), rule=shapes.to_scalar, ranks=(1,),
        latex=r"\left\lVert<*>\right\rVert", glyph=r"\lVert\cdot\rVert", sign="‖·‖",
        # np.abs would not overflow where the sum of squares does.
        numpy=lambda ranks: _over_entries("np.sqrt(np.sum(np.square(<0|0>), axis=<axes>))")(ranks)
        if ranks != (0,) else "np.sqrt(np.square(<0|0>))",
        exact=exact_rules.everywhere(abs),
    ),
    # Vectors and matrices.
    _function(
        "dot", lambda np, a, b: np.sum(a * b), lambda sp, a, b: a * b, arity=(2, 2),
        rule=shapes.same_vectors_to_scalar, ranks=(1,), latex=r"\left\langle <*> \right\rangle", commutes=True,
        numpy=f"np.sum(<0|{PRODUCT}> * <1|{PRODUCT + 1}>, axis=-1)",
    ),
    _function(
        "outer", lambda np, a, b: np.outer(a, b), _no_sympy, arity=(2, 2), rule=shapes.outer_product, ranks=(1,),
        numpy="_outer(<*>)",
    ),
    _function(
        "concat", lambda np, *v: np.concatenate(v), _no_sympy, arity=(1, None), rule=shapes.joined, ranks=(1,),
        latex=r"\left[<*>\right]", numpy="_concat(<*>)",
    ),
    _function(
        "stack", lambda np, *v: np.stack(v), _no_sympy, arity=(1, None), rule=shapes.stacked,
        numpy=lambda ranks: f"_stack({-1 - ranks[0]}, <*>)",
    ),
    _function("softmax", _softmax, _no_sympy, rule=shapes.same_shape, ranks=(1,), numpy="_softmax(<*>)"),
    _function("logsoftmax", _logsoftmax, _no_sympy, rule=shapes.same_shape, ranks=(1,), numpy="_logsoftmax(<*>)"),
    _function(
        "solve", lambda np, a, b: np.linalg.solve(a, b), lambda sp, a, b: b / a, arity=(2, 2),
        rule=shapes.solution, ranks=(2, 1),
        numpy=lambda ranks: (
            f"np.linalg.solve(<0|0>, <1|{POSTFIX}>[..., None])[..., 0]" if ranks == (2, 1) else "np.linalg.solve(<*>)"
        ),
    ),
    _function(
        "inv", lambda np, a: np.linalg.inv(a), lambda sp, a: 1 / a, rule=shapes.square, ranks=(2,),
        latex=rf"<0|{ATOM}>^{{-1}}", latex_precedence=POSTFIX, numpy="np.linalg.inv(<*>)",
    ),
    _function(
        "det", lambda np, a: np.linalg.det(a), lambda sp, a: a, rule=shapes.square_to_scalar, ranks=(2,),
        latex=_named("det", "<*>"), numpy="np.linalg.det(<*>)",
    ),
    # Their last arguments are sizes; the sizes' numbers are handed in as one tuple.
    _function(
        "one_hot", lambda np, k, shape: (np.arange(shape[0]) == k) * 1.0, _no_sympy, arity=(2, 2),
        rule=shapes.encoded, sizes=1, numpy="_one_hot(<0|0>, <sizes>, <dtype>)",
    ),
    _function(
        "zeros", lambda np, shape: np.zeros(shape), _no_sympy, arity=(1, None), rule=shapes.given, sizes=None,
        numpy="np.zeros((<sizes>,), <dtype>)",
    ),
    _function(
        "ones", lambda np, shape: np.ones(shape), _no_sympy, arity=(1, None), rule=shapes.given, sizes=None,
        numpy="np.ones((<sizes>,), <dtype>)",
    ),
    _function(
        "eye", lambda np, shape: np.eye(*shape), _no_sympy, arity=(1, 2), rule=shapes.given, sizes=None,
        numpy="np.eye(<sizes>, dtype=<dtype>)",
    ),
    # Over an axis or a range of integers.
    _reduction(
        "sum", r"\sum", lambda np, v: np.sum(v, axis=0), lambda sp, *a: sum(a, sp.Integer(0)),
        "np.sum(<0|0>, axis=<axis>)", Joining(chained("add"), nothing=0), "Σ",
        sympy_class="Sum",
    ),
    _reduction(
        "prod", r"\prod", lambda np, v: np.prod(v, axis=0), lambda sp, *a: math.prod(a, start=sp.Integer(1)),
        "np.prod(<0|0>, axis=<axis>)", Joining(chained("mul"), nothing=1), "Π",
        sympy_class="Product",
    ),
    _reduction(
        "mean", r"\operatorname{mean}", lambda np, v: np.mean(v, axis=0) if len(v) else np.full(v.shape[1:], np.nan),
        lambda sp, *a: sum(a, sp.Integer(0)) / len(a) if a else sp.nan,
        # np.mean of no steps would warn.
        "np.divide(np.sum(<0|0>, axis=<axis>), <steps>)", Joining(chained("add"), is_average=True),
    ),
    _reduction(
        "max", r"\max", lambda np, v: np.max(v, axis=0, initial=-np.inf), lambda sp, *a: sp.Max(*a),
        "np.max(<0|0>, axis=<axis>, initial=-np.inf)", Joining(together("maximum"), nothing=-math.inf),
    ),
    _reduction(
        "min", r"\min", lambda np, v: np.min(v, axis=0, initial=np.inf), lambda sp, *a: sp.Min(*a),
        "np.min(<0|0>, axis=<axis>, initial=np.inf)", Joining(together("minimum"), nothing=math.inf),
    ),
    _reduction(
        "argmax", r"\operatorname{argmax}",
        lambda np, v: np.argmax(v, axis=0) + 1 if len(v) else np.full(v.shape[1:], np.nan), _no_sympy,
        "_argmax_step(<0|0>, <axis>, <dtype>)", Joining(first_greatest, has_one_index=True),
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


def joining_of(node: Node) -> Joining | None:
    """Return how the terms of a reduction are joined, None for what is no reduction.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> joining_of(Expr("prod_over", (number(2),))).nothing
    1
    """
    row = OPERATORS.get(node.operator)
    return None if row is None else row.joining


def is_reduction(node: Node) -> bool:
    """Say whether a node is a reduction over an axis or a range, by its row of the table.

    Examples
    --------
    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> is_reduction(Expr("sum_over", (number(1),))), is_reduction(number(1))
    (True, False)
    """
    row = OPERATORS.get(node.operator)
    return row is not None and row.kind == "reduction"
