"""What a row of the operator table is: its columns, how tightly written forms bind, and how the usual rows are made.

In the templates `<0|6>` stands for the first argument, in parentheses where it binds looser than level 6, and `<*>`
for all, with commas. Forms in NumPy are expressions of Python, as `NumPyForm` says.
NumPy and SymPy are handed in as modules, so that reading a row imports neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from unfoldgraph.algebra.expression import SizeArgument
from unfoldgraph.algebra.shapes import Rule, elementwise, reduced
from unfoldgraph.algebra.table.exact_rules import INEXACT, Exact
from unfoldgraph.algebra.table.laws import NO_LAWS, Joining, Laws
from unfoldgraph.algebra.table.sympy_rules import ArrayForm

# How tightly a form binds, from loosest to tightest, as in Python (with `xor` between `or` and `and`).
CONDITIONAL, OR, XOR, AND, NOT, COMPARISON, SUM, PRODUCT, NEGATIVE, POWER, POSTFIX, ATOM = range(12)


@dataclass(frozen=True, slots=True)
class Operands:
    """How the arguments of an operation are laid out in the arrays of a NumPy program.

    There are two layouts. In rows an array has the dimensions of the steps, those of the sequences, then those of the
    value. In columns it has those of the steps, those of the value, then one of the sequences.

    Attributes
    ----------
    ranks : the rank of each argument.
    sequences_last : whether they are laid out in columns.
    batched : in columns, whether each has the dimension of the sequences, which what all share has not.

    Examples
    --------
    >>> operands = Operands((2, 1), sequences_last=True, batched=(False, True))
    >>> operands.entry_axes(0), operands.entry_axes(1)
    ((-2, -1), (-2,))
    >>> operands.is_batched, operands.beside(0), operands.beside(1)
    (True, 'a[..., None]', 'b')
    """

    ranks: tuple[int, ...]
    sequences_last: bool = False
    batched: tuple[bool, ...] = ()

    @property
    def is_batched(self) -> bool:
        """Whether the last dimension of the result is that of the sequences."""
        return self.sequences_last and any(self.batched)

    def has_sequences(self, position: int) -> bool:
        """Say whether the last dimension of an argument is that of the sequences."""
        return self.sequences_last and self.batched[position]

    def entry_axes(self, position: int) -> tuple[int, ...]:
        """Return the dimensions of the value of an argument, counted from the end."""
        after = 1 if self.has_sequences(position) else 0
        return tuple(range(-self.ranks[position] - after, -after))

    def beside(self, position: int) -> str:
        """Return an argument with a dimension for the sequences where others have one."""
        name = "abc"[position] if position < 3 else f"args[{position}]"
        return f"{name}[..., None]" if self.is_batched and not self.has_sequences(position) else name

    def all_beside(self) -> str:
        """Return all arguments, with commas, each with a dimension for the sequences where one has it."""
        if not self.is_batched or all(self.batched):
            return "*args"
        return ", ".join(self.beside(position) for position in range(len(self.ranks)))


NumPyForm = str | Callable[[Operands], str | None]
"""An expression of Python, or what gives it for a layout; None where there is none in this layout.

In it `a`, `b` and `c` are the first three arguments, `args[3]` is one by its position, and `*args` are all; `dtype` is
the floating type, `*sizes` are the sizes kept as data, `*items` the entries that are, `axis` is the dimension that a
reduction runs over, counted from the first, and `steps` its length. What starts with `_` is a function of the runtime.
Operations entry by entry get arguments whose dimensions are aligned already.
"""


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
    meaning : `meaning(np, *arguments)` on the plain arrays of one sequence at one place; for a reduction
        one array, its terms along the first dimension.
    text, latex : templates.
    glyph : LaTeX of what stands for it in a picture of operations.
    sympy : `sympy(sp, *arguments)` on scalars; of a sum or a product with all its terms.
    numpy : its form in NumPy, for arrays that hold many values at once.
    rule : its shape rule.
    precedence, latex_precedence : how tightly the written form binds.
    ranks : the ranks an undeclared operand has here, the last one repeated; () where any rank will do.
    parameter_ranks : those of an undeclared parameter, where they are others; () where they are not.
    rank : the rank of the result, where it is always the same; None where that depends.
    sizes : how many of its last arguments are sizes, kept as data (`one_hot(k, n)`); None for all of them.
    indexed : the operand of which its data tell some entries (`place(r, v[0])`); None where they tell none.
    kind : "infix", "prefix", "postfix", "conditional", "function", "reduction" or "entry".
    commutes : whether the order of its arguments does not matter.
    sign : what stands for it in a picture of plain characters, which is as short as its glyph; "" for its spelling.
    exact : what it makes of scalar constants exactly; of none where it has no rules.
    sympy_class : the class of SymPy that is read as it, by name; "" where there is none, or several.
    derivative : its derivative; no row has one yet.
    joining : of a reduction, how its terms are written out; None for all else.
    numpy_of_some : of a reduction that gives no number of no terms, its form for those terms where `c` holds; "" where
        it is that of all terms, with what it gives of none in place of the others, or a quotient of such.
    laws : what it is beside constants and of sums, and of what its entries are made.
    sympy_arrays : its form in SymPy of vectors and matrices; None where it is its function entry by entry, or none.
    of_places : whether one computes places of an index by it, as one does with what keeps whole numbers whole.
    is_juxtaposed : whether LaTeX has its operands side by side, without a sign between them.
    glyph_of_arrays : its glyph, and the sign between its operands, where these are arrays; "" where it is the same.
    numba : its form in loops that Numba compiles, as `loop_form` says; "" where that is its form in NumPy, or none.
    numba_of_numbers : of what is one of its arguments, a faster form for those that are never NaN; "" where there is
        none.
    """

    name: str
    spelling: str
    arity: tuple[int, int | None]
    meaning: Callable[..., Any]
    text: str
    latex: str
    glyph: str
    sympy: Callable[..., Any]
    numpy: NumPyForm
    rule: Rule = elementwise
    precedence: int = ATOM
    latex_precedence: int = ATOM
    ranks: tuple[int, ...] = ()
    parameter_ranks: tuple[int, ...] = ()
    rank: int | None = None
    sizes: int | None = 0
    indexed: int | None = None
    kind: str = "function"
    commutes: bool = False
    sign: str = ""
    exact: Exact = INEXACT
    sympy_class: str = ""
    derivative: Derivative | None = None
    joining: Joining | None = None
    numpy_of_some: str = ""
    laws: Laws = NO_LAWS
    sympy_arrays: ArrayForm | None = None
    of_places: bool = False
    is_juxtaposed: bool = False
    glyph_of_arrays: str = ""
    numba: str = ""
    numba_of_numbers: str = ""

    @property
    def is_chained(self) -> bool:
        """Whether a chain of it is written without brackets, `a + b + c`, and so is one operation of all its terms."""
        is_plain = self.latex_precedence == self.precedence
        return self.kind == "infix" and self.laws.associative and self.commutes and is_plain

    def accepts(self, count: int) -> bool:
        """Say whether the operator takes `count` arguments."""
        least, most = self.arity
        return least <= count and (most is None or count <= most)

    def all_sizes(self, given: tuple[SizeArgument, ...]) -> tuple[SizeArgument, ...]:
        """Return the sizes that it keeps as data, of those written: the only one of a square, `eye(n)`, is both."""
        return given * self.rank if self.rank is not None and len(given) == 1 else given

    def written_sizes(self, sizes: tuple[SizeArgument, ...]) -> tuple[SizeArgument, ...]:
        """Return the sizes as few as can be written."""
        is_square = self.rank == len(sizes) and len(set(sizes)) == 1
        return sizes[:1] if is_square else sizes

    def needed_rank(self, position: int, is_parameter: bool = False) -> int:
        """Return the rank that it needs of the operand at a position, where it needs one at all."""
        ranks = self.parameter_ranks if is_parameter and self.parameter_ranks else self.ranks
        return ranks[min(position, len(ranks) - 1)]

    def loop_form(self, count: int) -> str:
        """Return its form in loops, of the numbers `a`, `b` and `c`; "" where it has none.

        What runs over the entries of a value is a function of the vector `a`: it returns a number, or puts its entries
        in `out`. What is computed of a whole matrix has in `a` one to use up, and solves for the columns of `out`. What
        makes a vector of numbers gives the entry `i`. What is compared is true or false, and so are operands that are
        truths. All constants are of the type of the numbers.
        """
        if self.numba:
            return self.numba
        form = self.numpy_form(Operands((0,) * count)) if self.rule is elementwise else None
        return form or ""

    def numpy_form(self, operands: Operands) -> str | None:
        """Return its form in NumPy for arguments that are laid out so; None where it has none."""
        return self.numpy if isinstance(self.numpy, str) else self.numpy(operands)


class _GivenColumns(TypedDict, total=False):
    """Columns that a row has as they are given."""

    rule: Rule
    ranks: tuple[int, ...]
    parameter_ranks: tuple[int, ...]
    rank: int | None
    sizes: int | None
    indexed: int | None
    commutes: bool
    sign: str
    exact: Exact
    laws: Laws
    sympy_class: str
    sympy_arrays: ArrayForm
    derivative: Derivative
    of_places: bool
    is_juxtaposed: bool
    glyph_of_arrays: str
    numpy_of_some: str
    numba: str
    numba_of_numbers: str


def infix(
    name: str,
    spelling: str,
    level: int,
    latex: str,
    meaning: Callable[..., Any],
    sympy: Callable[..., Any],
    numpy: NumPyForm | None = None,
    latex_precedence: int | None = None,
    glyph: str | None = None,
    **columns: Unpack[_GivenColumns],
) -> Operator:
    """Return the row of a left-associative operator between two arguments; comparisons do not chain."""
    left = level + 1 if level == COMPARISON else level
    text = f"<0|{left}> {spelling} <1|{level + 1}>"
    columns.setdefault("of_places", "rule" not in columns)
    return Operator(
        name=name,
        spelling=spelling,
        arity=(2, 2),
        meaning=meaning,
        text=text,
        latex=latex if "<" in latex else f"<0|{left}> {latex} <1|{level + 1}>",
        glyph=glyph or latex,
        sympy=sympy,
        # What the language shares with Python is written the same way.
        numpy=numpy or f"a {spelling} b",
        precedence=level,
        latex_precedence=level if latex_precedence is None else latex_precedence,
        kind="infix",
        **columns,
    )


def called(command: str) -> str:
    r"""Return the LaTeX of a function that has a command of its own there.

    Examples
    --------
    >>> called("tanh")
    '\\tanh\\left(<*>\\right)'
    """
    return rf"\{command}\left(<*>\right)"


def function(
    name: str,
    meaning: Callable[..., Any],
    sympy: Callable[..., Any],
    *,
    spelling: str | None = None,
    numpy: NumPyForm | None = None,
    latex: str | None = None,
    arity: tuple[int, int | None] = (1, 1),
    latex_precedence: int = ATOM,
    glyph: str | None = None,
    **columns: Unpack[_GivenColumns],
) -> Operator:
    """Return the row of a function that is called by name."""
    spelling = spelling or name
    upright = spelling.replace("_", r"\_")
    return Operator(
        name=name,
        spelling=spelling,
        arity=arity,
        meaning=meaning,
        text=f"{spelling}(<*>)",
        latex=latex or rf"\operatorname{{{upright}}}\left(<*>\right)",
        glyph=glyph or rf"\operatorname{{{upright}}}",
        sympy=sympy,
        numpy=numpy or f"np.{name}(*args)",
        latex_precedence=latex_precedence,
        **columns,
    )


def reduction(
    spelling: str,
    latex: str,
    meaning: Callable[..., Any],
    sympy: Callable[..., Any],
    joining: Joining,
    latex_precedence: int = ATOM,
    *,
    numpy: NumPyForm,
    arity: tuple[int, int] = (1, 2),
    **columns: Unpack[_GivenColumns],
) -> Operator:
    """Return the row of a reduction over an axis or a range; its terms are stacked along the first dimension.

    In LaTeX its bounds stand below and above what binds like a sum, and below all else.
    """
    columns.setdefault("rule", reduced)
    return Operator(
        name=f"{spelling}_over",
        spelling=spelling,
        # What it is of, and perhaps the condition that its index is to meet.
        arity=arity,
        meaning=meaning,
        text="<0|0>",
        latex=latex,
        glyph=latex,
        sympy=sympy,
        numpy=numpy,
        latex_precedence=latex_precedence,
        kind="reduction",
        joining=joining,
        **columns,
    )


# Forms in NumPy of the usual kinds -------------------------------------------------------------------


def over_axes(form: str, of_number: str = "a") -> NumPyForm:
    """Return the form of what runs over all entries of a value, whose dimensions stand for `axes`."""

    def over(operands: Operands) -> str:
        axes = operands.entry_axes(0)
        return form.replace("axes", str(axes[0] if len(axes) == 1 else axes)) if axes else of_number

    return over


def in_rows(form: str) -> NumPyForm:
    """Return the form of what takes matrices of every sequence only where their dimensions are the last."""
    return lambda operands: None if operands.is_batched else form


def product_form(operands: Operands) -> str | None:
    """Return the form of a product of matrices and vectors; none in columns where sequences have their own matrices."""
    if operands.ranks == (1, 1):
        return inner_form(operands)
    if operands.is_batched:
        match operands.ranks, operands.batched:
            case (2, 1), (False, True):
                return "np.matmul(a, b)"
            case (1, 2), (True, False):
                return "np.matmul(np.swapaxes(b, -1, -2), a)"
        return None
    match operands.ranks:
        case (2, 1):
            return "_apply(a, b)"
        case (1, 2):
            return "_apply(np.swapaxes(b, -1, -2), a)"
    return "np.matmul(a, b)"


def inner_form(operands: Operands) -> str:
    """Return the form of the sum of products of two vectors."""
    return f"np.sum({operands.beside(0)} * {operands.beside(1)}, axis={-2 if operands.is_batched else -1})"


def outer_form(operands: Operands) -> str:
    """Return the form of every product of two vectors."""
    if not operands.is_batched:
        return "_outer(a, b)"
    column = "a[..., :, None, :]" if operands.has_sequences(0) else "a[..., :, None, None]"
    row = "b[..., None, :, :]" if operands.has_sequences(1) else "b[..., None, :, None]"
    return f"{column} * {row}"


def joined_form(operands: Operands) -> str:
    """Return the form of vectors end to end."""
    return f"_concat({operands.all_beside()}, axis=-2)" if operands.is_batched else "_concat(*args)"


def stacked_form(operands: Operands) -> str:
    """Return the form of values under a new first size."""
    axis = -1 - operands.ranks[0] - operands.is_batched
    return f"_stack({axis}, {operands.all_beside()})"


def placed_form(operands: Operands) -> str:
    """Return the form of an array like another that holds a value at some of its entries."""
    value, array = operands.beside(0), operands.beside(1)
    after = ", after=1" if operands.is_batched else ""
    return f"_placed({value}, {operands.ranks[0]}, {array}, {operands.ranks[1]}, dtype, *items{after})"


def gathered_form(operands: Operands) -> str:
    """Return the form of the terms of a reduction under a new first size."""
    return f"np.moveaxis(a, axis, {-1 - operands.ranks[0] - operands.is_batched})"


def solution_form(operands: Operands) -> str | None:
    """Return the form of what solves a linear system."""
    if operands.is_batched:
        return None
    return "np.linalg.solve(a, b[..., None])[..., 0]" if operands.ranks == (2, 1) else "np.linalg.solve(a, b)"


def greatest_form(operands: Operands) -> str:
    """Return the form of which entry is the greatest."""
    (rank,) = operands.ranks
    values = f"np.moveaxis(a, -1, {-1 - rank})" if operands.is_batched else "a"
    return f"_argmax_entry({values}, {rank}, dtype)"


def encoded_form(operands: Operands) -> str:
    """Return the form of a vector that is 1 at one entry."""
    form = "_one_hot(a, *sizes, dtype)"
    return f"np.swapaxes({form}, -1, -2)" if operands.is_batched else form
