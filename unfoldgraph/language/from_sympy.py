"""SymPy equations to a model: `Eq(h(t), tanh(w*h(t - 1) + x(t)))` as it is.

Each expression becomes the syntax that the parser would have made of its text, node by node and never through
text, so that the names mean the same, the checks are the same, and nothing is executed. SymPy has no order of
terms, no subtraction and no division; they are put back here the way a reader would write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from sys import float_info
from typing import Any

from unfoldgraph.algebra.expression import Term, postorder
from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import SYMPY_CLASSES, is_reduction
from unfoldgraph.base.affine import axis_of_length
from unfoldgraph.base.errors import CircuitError, Findings, SourceText, Span, require_within
from unfoldgraph.base.limits import DIGITS, INLINED_TERMS, OFFSET, SYMPY_DEPTH
from unfoldgraph.language.grammar import Equated, LeftSide, Related, WrittenBinding
from unfoldgraph.language.python.quantities import infinity_term, number_term
from unfoldgraph.language.resolving import resolve
from unfoldgraph.language.text import check_spelling
from unfoldgraph.model.build import Draft, Equation, build
from unfoldgraph.model.equations import Model

#: What a message says that helps, by the name of a class.
_HELP = {
    "ImaginaryUnit": "the values of a circuit are real",
    "ComplexInfinity": "infinity has a sign: oo or -oo",
    "NaN": "what is not a number has no name in the language",
    "Derivative": "write the step that approximates it: x(t) = x(t-1) + dt * …",
    "Integral": "write the step that approximates it: S(t) = S(t-1) + dt * …",
    "Dummy": "two of one name would be taken for one: use Symbol",
    "Wild": "use Symbol",
}
_SCALARS = "from_sympy reads scalar equations; write vectors and matrices as text: Circuit('h(t) = W @ h(t-1)')"
#: The most that a message shows of an expression, in nodes, in levels, and in bits of a number.
_SHOWN_NODES, _SHOWN_DEPTH, _SHOWN_BITS = 100, 20, 1_500


def read_sympy(equations: Any, name: str = "circuit", title: str | None = None) -> Model:
    """Return the model of one equation of SymPy or several.

    Raises `CircuitError` with every problem of the first pass that has any, the equations shown as SymPy writes them.

    >>> from sympy import Eq, Function, symbols
    >>> s, t, theta = Function("s"), *symbols("t theta")
    >>> read_sympy(Eq(s(t), Function("f")(s(t - 1), theta))).functions
    ('f',)
    """
    listed = _listed(equations)
    try:
        return _EquationReader(listed).model(name, title)
    except CircuitError as error:
        raise _located(error, listed) from None


def _listed(equations: Any) -> list[Any]:
    """Return the equations, one or several, as a list."""
    import sympy

    if isinstance(equations, str):
        raise CircuitError("a string is no equation of SymPy", help="Circuit(text) reads equations from text")
    if isinstance(equations, list | tuple | sympy.Tuple):
        return list(equations)
    if isinstance(equations, sympy.Basic | bool):
        return [equations]
    raise CircuitError(
        f"from_sympy takes equations of SymPy, one or a list, not {type(equations).__name__}",
        help="Circuit.from_sympy([Eq(h(t), h(t - 1) + x(t)), Eq(h(0), 0)])",
    )


def _located(error: CircuitError, equations: Sequence[Any]) -> CircuitError:
    """Return an error whose places, which are numbers of equations, are those of the equations' own lines."""
    named = {
        span.start for problem in error.problems for span in (problem.span, *(at for at, _ in problem.also)) if span
    }
    lines = [_written(equation) if number in named else "" for number, equation in enumerate(equations)]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def line_of(span: Span) -> Span:
        return Span(starts[span.start], starts[span.start] + len(lines[span.start]))

    problems = [
        replace(
            problem,
            span=problem.span and line_of(problem.span),
            also=tuple((line_of(span), why) for span, why in problem.also),
        )
        for problem in error.problems
    ]
    return CircuitError.of(problems, SourceText("<sympy>", "\n".join(lines)), error.cycles)


class _EquationReader:
    """Reads one list of equations; the place of each in messages is its number."""

    def __init__(self, equations: Sequence[Any]) -> None:
        import sympy
        from sympy.core.function import AppliedUndef

        self.sp: Any = sympy
        self._applied: Any = AppliedUndef
        self.equations = equations
        self.findings = Findings()
        self._span = Span(0, 1)
        self._terms: dict[int, Term] = {}
        #: Negative powers by what they divide by.
        self._below: dict[int, Term] = {}
        self._read = 0
        #: What the indices on the left of an equation run over, as far as they know it.
        self._bounds: dict[str, tuple[Any, Any]] = {}
        #: For reductions that say which axis they run over: the number of the equation, the index, the axis.
        self._ends: list[tuple[int, str, str]] = []

    def model(self, name: str, title: str | None) -> Model:
        """Return the model, whose warnings have no place: there is no text."""
        syntax = []
        for number, equation in enumerate(self.equations):
            self._span = Span(number, number + 1)
            try:
                syntax.append(self._equation(equation))
            except CircuitError as error:
                self.findings.error(error.message, self._span, error.help)
        self.findings.stop()
        draft = resolve(syntax, name, self.findings)
        draft.title = title
        self.findings.stop()
        _share(draft)
        model = build(draft)
        self._check_ends(model, draft)
        return replace(model, warnings=tuple(replace(problem, span=None, also=()) for problem in model.warnings))

    def _check_ends(self, model: Model, draft: Draft) -> None:
        """Check that a sum to the end of an axis runs over what is read by that axis."""
        # Constants are no statements. The place of an equation is its number.
        numbers = [item.span.start for item in draft.items if isinstance(item, Equation) and item.span]
        statements = dict(zip(numbers, model.statements, strict=True))
        for number, name, axis in self._ends:
            for node in postorder([statements[number].value]):
                for binding in node.data if is_reduction(node) else ():
                    # One that is compared with others is a range to the end of what it reads.
                    ends = [axis_of_length(one) for one, _ in binding.last.terms] if binding.last else [binding.axis]
                    its = ends[0] if len(ends) == 1 else ""
                    if binding.name == name and its and model.length_of[its] != model.length_of.get(axis):
                        self.findings.error(
                            f"the sum over '{shown(name)}' goes to the end of '{shown(axis)}', but what it reads runs "
                            f"over '{shown(its)}'",
                            Span(number, number + 1),
                            f"write end({shown(its)}), or end",
                        )
        self.findings.stop()

    # Equations --------------------------------------------------------------------------------------

    def _equation(self, equation: Any) -> Equated | Related:
        if isinstance(equation, str):
            raise CircuitError("a string is no equation of SymPy", help="Circuit(text) reads equations from text")
        if isinstance(equation, bool | self.sp.logic.boolalg.BooleanAtom):
            raise CircuitError(
                f"SymPy made {equation} of this equation, before it could be read",
                help="write Eq(h(t), …, evaluate=False)",
            )
        if not isinstance(equation, self.sp.Eq):
            raise CircuitError(f"{_written(equation)} is not an equation of SymPy", help="write Eq(h(t), …)")
        self._terms, self._below = {}, {}
        left, right = equation.args
        ranges = self._ranges(left)
        place = self._place(left)
        if place is None:
            return Related(self._term(left), self._term(right), ranges)
        return Equated(place, self._term(right), ranges)

    def _ranges(self, left: Any) -> tuple[WrittenBinding, ...]:
        """Return the ranges of the indices on the left: those that an `Idx` knows, but for a whole axis."""
        found: list[WrittenBinding] = []
        self._bounds = {}
        for index in sorted(left.atoms(self.sp.Idx), key=lambda one: str(one.label)):
            if index.lower is None or isinstance(index.label, self.sp.Integer):
                continue
            name = check_spelling(self._label(index))
            if self._bounds.setdefault(name, (index.lower, index.upper)) != (index.lower, index.upper):
                raise CircuitError(f"the index {name} has two ranges in {_written(left)}", help="give it one")
            is_endless = index.upper is self.sp.oo
            if index.lower == 1 and (is_endless or self._end_of(index.upper) in ("", "t", name)):
                continue
            last = self._made("end") if is_endless else self._term(index.upper)
            found.append(WrittenBinding(name, self._term(index.lower), last, self._span))
        return tuple(found)

    def _place(self, left: Any) -> LeftSide | None:
        """Return the left side of an equation; None for that of the standard form."""
        if isinstance(left, self._applied):
            places, name = left.args, left.func.__name__
        elif isinstance(left, self.sp.Indexed):
            places, name = left.indices, self._label(left.base)
        elif isinstance(left, self.sp.Symbol):
            places, name = None, left.name
        elif getattr(left, "is_number", True):
            raise CircuitError(
                f"{_written(left)} is no left side of an equation",
                help="one side of Eq says what it gives: Eq(h(t), …)",
            )
        else:
            return None
        indices = None if places is None else tuple(self._term(place) for place in places)
        return LeftSide(check_spelling(name), indices, self._span, self._span)

    def _label(self, base: Any) -> str:
        """Return the name of an indexed base or of an index."""
        label = base.label
        if not isinstance(label, self.sp.Symbol):
            raise self._foreign(base)
        return str(label.name)

    # Expressions ------------------------------------------------------------------------------------

    def _term(self, root: Any) -> Term:
        """Return the syntax of an expression; shared parts stay shared."""
        levels: dict[int, int] = {}
        stack = [(root, False)]
        while stack:
            node, is_ready = stack.pop()
            if id(node) in self._terms:
                continue
            below = self._below_of(node)
            if not is_ready:
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(below))
                continue
            levels[id(node)] = 1 + max((levels.get(id(part), 0) for part in below), default=0)
            if levels[id(node)] > SYMPY_DEPTH:
                raise CircuitError(
                    f"an expression is nested more than {SYMPY_DEPTH} levels deep",
                    help="give its parts names of their own",
                )
            self._read += 1
            hint = "give the parts names of their own, as signals"
            require_within(self._read, INLINED_TERMS, "the equations have {} operations and names or more", hint)
            self._terms[id(node)] = self._convert(node)
        return self._terms[id(root)]

    def _below_of(self, node: Any) -> Sequence[Any]:
        """Return what an expression is made of, as far as it is read on its own."""
        sp = self.sp
        if isinstance(node, sp.Piecewise):
            return [part for pair in node.args for part in pair.args]
        if isinstance(node, sp.Sum | sp.Product):
            return [node.function, *(end for limit in node.limits for end in limit[1:])]
        if isinstance(node, sp.Indexed):
            return list(node.indices)
        if isinstance(node, sp.Pow):
            return [node.base] if node.exp.is_Rational else [node.base, node.exp]
        if isinstance(node, sp.Idx | sp.IndexedBase):
            return []
        if self._is_known(node):
            return list(node.args)
        return []

    def _is_known(self, node: Any) -> bool:
        """Say whether the arguments of a node are read, each on its own."""
        if isinstance(node, self.sp.Add | self.sp.Mul | self._applied):
            return True
        name = type(node).__name__
        # A class of the user's may have any name.
        is_listed = name in SYMPY_CLASSES or name == "ceiling"
        return is_listed and getattr(self.sp, name) is type(node)

    def _convert(self, node: Any) -> Term:
        """Return the syntax of a node whose parts are read."""
        sp = self.sp
        match node:
            case sp.Symbol():
                return self._symbol(node)
            case sp.Number() | sp.NumberSymbol():
                return self._constant(node)
            case sp.Add():
                return self._sum(node)
            case sp.Mul():
                return self._product(node, False)
            case sp.Pow():
                return self._power(node)
            case sp.Sum() | sp.Product():
                return self._reduction(node)
            case sp.Piecewise():
                return self._cases(node)
            case sp.Indexed():
                base = self._made("name", (), check_spelling(self._label(node.base)))
                return self._made("subscript", (base, *(self._terms[id(place)] for place in node.indices)))
            case sp.Idx():
                return self._index(node)
            case sp.IndexedBase():
                return self._made("name", (), check_spelling(self._label(node)))
            case sp.logic.boolalg.BooleanAtom():
                return number_term(Fraction(int(bool(node))), self._span)
        if isinstance(node, self._applied):
            return self._call(node)
        name = type(node).__name__
        if not self._is_known(node):
            raise self._foreign(node)
        row = SYMPY_CLASSES[name]
        # Numbers come last, as in max(x, 0), where the order means nothing.
        is_sorted = row.commutes and row.kind == "function"
        given = sorted(node.args, key=lambda part: part.is_Number) if is_sorted else node.args
        parts = [self._terms[id(part)] for part in given]
        # SymPy's And has any number of arguments, and its Max may have one.
        if row.kind == "infix" or (len(parts) == 1 and not row.accepts(1)):
            return self._chain(row.name, parts)
        return self._made(row.name, tuple(parts))

    def _made(self, operator: str, arguments: tuple[Term, ...] = (), data: Any = None) -> Term:
        return Term(operator, arguments, data, self._span)

    def _chain(self, operator: str, parts: Sequence[Term]) -> Term:
        found = parts[0]
        for part in parts[1:]:
            found = self._made(operator, (found, part))
        return found

    def _foreign(self, node: Any) -> CircuitError:
        """Return the error about what the language has no form for."""
        kind = type(node).__name__
        is_array = getattr(node, "is_Matrix", False) or "Array" in kind or "Matrix" in kind
        hint = _SCALARS if is_array else "use + - * / **, the functions of the language, or Function('f')"
        message = f"the language has no form for {_written(node)}, {_article(kind)} of SymPy"
        return CircuitError(message, help=_HELP.get(kind, hint))

    def _symbol(self, node: Any) -> Term:
        if isinstance(node, self.sp.Dummy | self.sp.Wild):
            raise self._foreign(node)
        if not node.is_commutative:
            raise CircuitError(f"{_written(node)} does not commute", help=_SCALARS)
        if node.name == "end":
            return self._made("end")
        return self._made("name", (), check_spelling(node.name))

    def _index(self, node: Any) -> Term:
        """Return an `Idx`, which may say where it begins."""
        if isinstance(node.label, self.sp.Integer):
            return number_term(self._number(node.label), self._span)
        name = check_spelling(self._label(node))
        own = (node.lower, node.upper)
        if own != self._bounds.get(name, own):
            raise CircuitError(
                f"the index {name} has another range here than on the left",
                help="give it one range",
            )
        return self._made("name", (), name)

    def _constant(self, node: Any) -> Term:
        """Return the syntax of a number."""
        if node.is_infinite and node.is_extended_real:
            return infinity_term(node is self.sp.S.NegativeInfinity, self._span)
        return number_term(self._number(node), self._span)

    def _number(self, node: Any) -> Fraction:
        """Return the exact value of a number; one that is no fraction, such as pi, to the digits of a float."""
        if node.is_Rational:
            if max(abs(int(node.p)), int(node.q)) >= 10**DIGITS:
                raise CircuitError("this number is out of range", help=f"numbers have {DIGITS} digits at most")
            return Fraction(int(node.p), int(node.q))
        if not node.is_finite:
            raise self._foreign(node)
        value = float(node)
        if node.is_Float and node._prec != float_info.mant_dig and 0 < abs(value) < float("inf"):
            # Of another precision than that of floats, it is what it is written as.
            digits = str(node)
            if len(digits) > DIGITS:
                raise CircuitError("this number is out of range", help=f"numbers have {DIGITS} digits at most")
            return Fraction(Decimal(digits))
        if abs(value) == float("inf") or (value == 0) != (node == 0):
            raise CircuitError("this number is out of range", help="numbers lie between 1e-308 and 1.8e308, or are 0")
        return Fraction(Decimal(repr(value)))

    # Sums, products and powers ----------------------------------------------------------------------

    def _sum(self, node: Any) -> Term:
        """Return a sum: numbers last, and what is subtracted not first where anything else could be."""
        ordered = sorted(node.args, key=lambda part: part.is_Number)
        first = next((at for at, part in enumerate(ordered) if not _is_negative(part)), 0)
        ordered.insert(0, ordered.pop(first))
        found = self._terms[id(ordered[0])]
        for part in ordered[1:]:
            if not _is_negative(part):
                found = self._made("add", (found, self._terms[id(part)]))
            elif part.is_Number:
                found = self._made("sub", (found, self._constant(-part)))
            else:
                found = self._made("sub", (found, self._product(part, True)))
        return found

    def _product(self, node: Any, is_negated: bool) -> Term:
        """Return a product or its negative: numbers first, sums last, what it is divided by below."""
        factors = list(node.args)
        above: list[Term] = []
        below: list[Term] = []
        sign = -1 if is_negated else 1
        if factors[0].is_Number and factors[0].is_infinite:
            above.append(self._constant(sign * factors.pop(0)))
            sign = 1
        elif factors[0].is_Number:
            # The quotient of two integers stays one; a decimal stays a decimal.
            number = sign * self._number(factors.pop(0))
            over = 1 if node.args[0].is_Float else number.denominator
            sign = -1 if number < 0 else 1
            if abs(number * over) != 1:
                above.append(number_term(number * over, self._span))
                sign = 1
            if over != 1:
                below.append(number_term(Fraction(over), self._span))
        for factor in sorted(factors, key=lambda part: part.is_Add):
            if id(factor) in self._below:
                below.append(self._below[id(factor)])
            else:
                above.append(self._terms[id(factor)])
        if sign < 0 and above:
            above[0] = self._made("neg", (above[0],))
        top = self._chain("mul", above) if above else number_term(Fraction(sign), self._span)
        return self._made("div", (top, self._chain("mul", below))) if below else top

    def _power(self, node: Any) -> Term:
        """Return a power, a root, or what is divided by one."""
        base, exponent = self._terms[id(node.base)], node.exp
        if not exponent.is_Rational:
            return self._made("pow", (base, self._terms[id(exponent)]))
        size = abs(self._number(exponent))
        if size == Fraction(1, 2):
            power = self._made("sqrt", (base,))
        elif size == 1:
            power = base
        else:
            power = self._made("pow", (base, number_term(size, self._span)))
        if exponent > 0:
            return power
        self._below[id(node)] = power
        return self._made("div", (number_term(Fraction(1), self._span), power))

    # Functions and reductions -----------------------------------------------------------------------

    def _call(self, node: Any) -> Term:
        """Return `name(…)`: a signal, an input, a function of the language by its name there, or an opaque one."""
        name = node.func.__name__
        if name == "end":
            if len(node.args) != 1 or not isinstance(node.args[0], self.sp.Symbol):
                raise CircuitError(f"{_written(node)} is not the length of an axis", help="write end(t)")
            return self._made("length", (), check_spelling(node.args[0].name))
        given = tuple(self._terms[id(part)] for part in node.args)
        return self._made("apply", given, (check_spelling(name), len(given), self._span, False))

    def _cases(self, node: Any) -> Term:
        """Return cases as conditions one after the other; 1 where something holds and else 0 is a comparison."""
        *others, (value, holds) = [pair.args for pair in node.args]
        if holds != True:  # noqa: E712  # SymPy's own truth
            raise CircuitError(
                f"{_written(node)} has no value where none of its conditions holds", help="end it with (…, True)"
            )
        if len(others) == 1 and value == 0 and others[0][0] == 1:
            return self._terms[id(others[0][1])]
        found = self._terms[id(value)]
        for value, holds in reversed(others):
            found = self._made("where", (self._terms[id(holds)], self._terms[id(value)], found))
        return found

    def _reduction(self, node: Any) -> Term:
        """Return a sum or a product over a range, or over an axis from 1 to its end."""
        bindings: list[WrittenBinding] = []
        # The first index of SymPy is the innermost, which the language writes last.
        for limit in reversed(node.limits):
            if len(limit) != 3:
                raise CircuitError(f"{_written(node)} does not say from where to where", help="write (k, 1, end)")
            index, first, last = limit
            if not isinstance(index, self.sp.Symbol | self.sp.Idx):
                raise self._foreign(node)
            name = check_spelling(self._label(index) if isinstance(index, self.sp.Idx) else index.name)
            axis = self._end_of(last) if first == 1 else None
            is_told = isinstance(last, self._applied) and not self._is_read_by(node.function, index)
            if axis is None or is_told:
                lowest, highest = (self._end_of_range(node, end) for end in (first, last))
                bindings.append(WrittenBinding(name, lowest, highest, self._span))
                continue
            if axis:
                self._ends.append((self._span.start, name, axis))
            bindings.append(WrittenBinding(name, None, None, self._span))
        kind = "Sum" if isinstance(node, self.sp.Sum) else "Product"
        return self._made(
            "over",
            tuple(self._terms[id(part)] for part in self._body(node)),
            (SYMPY_CLASSES[kind].spelling, tuple(bindings), self._span),
        )

    def _is_read_by(self, root: Any, index: Any) -> bool:
        """Say whether something is read at an index plus a whole number, so that this runs over its axis."""
        reads = root.atoms(self._applied, self.sp.Indexed)
        places = [
            place for read in reads for place in (read.indices if isinstance(read, self.sp.Indexed) else read.args)
        ]
        return any((place - index).is_Integer for place in places if place.has(index))

    def _body(self, node: Any) -> tuple[Any, ...]:
        """Return what is summed or multiplied, and the condition where it is one of two cases, else what adds nothing.

        A sum of 1 where something holds is a sum of comparisons.
        """
        body = node.function
        neutral = 0 if isinstance(node, self.sp.Sum) else 1
        if isinstance(body, self.sp.Piecewise) and len(body.args) == 2:
            (value, holds), (other, always) = (pair.args for pair in body.args)
            if always == True and other == neutral and value != 1:  # noqa: E712  # SymPy's own truth
                return value, holds
        return (body,)

    def _end_of_range(self, node: Any, end: Any) -> Term:
        """Return an end of a range, which is read already."""
        if end.is_Integer and abs(end) > OFFSET:
            raise CircuitError(f"the range of {_written(node)} is over the limit of {OFFSET}")
        return self._terms[id(end)]

    def _end_of(self, last: Any) -> str | None:
        """Return the axis that an upper limit is the end of, "" where that is left open; None for any other limit."""
        if isinstance(last, self.sp.Symbol) and last.name == "end":
            return ""
        if isinstance(last, self.sp.Symbol) and last.name in ("tau", "τ"):
            return "t"
        if isinstance(last, self._applied) and last.func.__name__ == "end" and len(last.args) == 1:
            return check_spelling(str(last.args[0]))
        return None


def _is_negative(part: Any) -> bool:
    """Say whether a term of a sum is one that is subtracted."""
    factor = part.args[0] if part.is_Mul else part
    # Asked by their assumptions, numbers would take longer than all the rest.
    if factor.is_Rational:
        return bool(factor.p < 0)
    return bool(factor.is_Number and factor.is_extended_negative)


def _share(draft: Draft) -> None:
    """Let the last arguments of an opaque function be its shared parameters where all its calls have the same.

    SymPy writes `f(s(t - 1), theta)` for `f(s(t-1); theta)`. A parameter that only some of the calls have in that
    place is handed over as the others are, by position.
    """
    calls: dict[str, list[tuple[Term, ...]]] = {}
    equations = [item for item in draft.items if isinstance(item, Equation)]
    for term in postorder([equation.right for equation in equations]):
        if term.operator == "call":
            calls.setdefault(term.data[0], []).append(term.arguments)
    shared = {name: _common(list(given)) for name, given in calls.items()}
    for at, equation in enumerate(equations):
        made: dict[int, Term] = {}
        for term in postorder([equation.right, *(equation.written or ())[:2]]):
            data = term.data
            if term.operator == "call":
                data = (data[0], len(term.arguments) - shared[data[0]])
            made[id(term)] = replace(term, arguments=tuple(made[id(one)] for one in term.arguments), data=data)
        written = equation.written
        if written is not None:
            left, right, ranges = written
            written = made[id(left)], made[id(right)], ranges
        equations[at] = replace(equation, right=made[id(equation.right)], written=written)
    draft.items[:] = equations


def _common(calls: Sequence[tuple[Term, ...]]) -> int:
    """Return how many of the last arguments are the same parameters in all calls, after one that is none."""
    names: list[str] = []
    for column in zip(*(reversed(arguments) for arguments in calls), strict=False):
        if any(term.operator != "parameter" or term.data != column[0].data for term in column):
            break
        names.append(column[0].data)
    is_whole = len(names) == min(map(len, calls))
    return 0 if is_whole or len({*map(len, calls)}) > 1 or len(set(names)) < len(names) else len(names)


# What messages show --------------------------------------------------------------------------------


def _written(expression: Any) -> str:
    """Return an expression as SymPy writes it, on one line; of a large one only what it is."""
    import sympy

    if not isinstance(expression, sympy.Basic):
        found = repr(expression)
        return found if len(found) <= 100 else f"{found[:100]}…"
    if not _is_short(expression):
        if isinstance(expression, sympy.Eq) and _is_short(expression.lhs):
            return f"Eq({_written(expression.lhs)}, …)"
        return f"{type(expression).__name__}(…)"
    try:
        found = str(sympy.sstr(expression))
    except Exception:  # SymPy makes products of matrices that it cannot print, and fails in ways of its own
        return f"{type(expression).__name__}(…)"
    return found.replace("\n", "\\n").replace("\r", "\\r")


def _is_short(expression: Any) -> bool:
    """Say whether an expression can be printed at once: to sort terms SymPy looks into all that is below them."""
    stack = [(expression, 1)]
    count = 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > _SHOWN_NODES or depth > _SHOWN_DEPTH or not _is_printable(node):
            return False
        stack.extend((part, depth + 1) for part in getattr(node, "args", ()))
    return True


def _is_printable(node: Any) -> bool:
    if getattr(node, "is_Rational", False):
        return max(abs(int(node.p)), int(node.q)).bit_length() <= _SHOWN_BITS
    if getattr(node, "is_Float", False):
        return int(node._prec) <= _SHOWN_BITS and abs(int(node._mpf_[2])) <= _SHOWN_BITS
    return len(getattr(node, "name", "")) <= _SHOWN_BITS


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOUaeiou' else 'a'} {kind}"
