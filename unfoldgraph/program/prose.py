"""Words in generated modules: what stands in their docstrings and comments."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import read_text, shown, text
from unfoldgraph.base.errors import listing, visible
from unfoldgraph.model.equations import Statement

#: The longest line of a docstring, without the indentation of the function that it belongs to.
_WIDTH = 106


def number_of_steps(count: int) -> str:
    """Return how many steps there are, in words.

    >>> number_of_steps(1), number_of_steps(0)
    ('1 step', '0 steps')
    """
    return f"{count} step" if count == 1 else f"{count} steps"


def steps_in_words(lengths: Mapping[str, int]) -> str:
    """Return how many steps the axes have, in words.

    >>> steps_in_words({"t": 1}), steps_in_words({"i": 4, "j": 5})
    ('1 step', '4 steps of i and 5 of j')
    """
    if len(lengths) == 1:
        return number_of_steps(*lengths.values())
    first, *others = lengths.items()
    return listing([f"{number_of_steps(first[1])} of {shown(first[0])}", *(f"{n} of {shown(a)}" for a, n in others)])


def tuple_in_words(items: Sequence[str]) -> str:
    """Return a tuple as it is written; one of a single item keeps its comma.

    >>> tuple_in_words(["*batch", "m"]), tuple_in_words(["m"])
    ('(*batch, m)', '(m,)')
    """
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def equation(statement: Statement) -> str:
    """Return a statement as it was written, on one line."""
    return one_line(f"{read_text(statement.name, statement.index)} = {text(statement.right)}")


def first_place(called: str, name: str, befores: Sequence[int]) -> str:
    """Return what an array holds first that has several places before the first step, along some axis.

    It is what is told beside the making of such an array, nothing where none has more than one.

    >>> first_place("h_", "h", [2]), first_place("u", "u", [1, 2]), first_place("h", "h", [1])
    ('h_[0] is h(-1)', 'u[0, 0] is u(0, -1)', '')
    """
    if max(befores, default=0) < 2:
        return ""
    return f"{called}[{', '.join('0' for _ in befores)}] is {read_text(name, [Index('', 1 - one) for one in befores])}"


def one_line(words: str) -> str:
    r"""Return words on one line, with nothing in them that a terminal or an editor would obey.

    >>> one_line("two\n words")
    'two words'
    """
    return " ".join(visible(words).split())


def wrapped(words: str, first: str = "", further: str = "") -> list[str]:
    """Return words on as many lines as a docstring needs, the first and the further ones each with its indentation.

    >>> wrapped("h : array", further="    ")
    ['h : array']
    """
    return textwrap.wrap(
        words, _WIDTH, initial_indent=first, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
