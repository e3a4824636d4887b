"""Words in generated modules: what stands in their docstrings and comments."""

from __future__ import annotations

import bisect
import textwrap
from collections.abc import Mapping, Sequence

from unfoldgraph.algebra.expression import indexed
from unfoldgraph.algebra.notation import ranges_text, read_text, shown, text, text_parts
from unfoldgraph.base.affine import Affine, whole
from unfoldgraph.base.errors import listing, visible
from unfoldgraph.model.equations import Statement
from unfoldgraph.program.python_text.lines import WIDTH

#: The longest line of a docstring, without the indentation of the function that it belongs to.
_WIDTH = WIDTH - 4


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
    """Return a statement on one line, as what it gives its name."""
    left = read_text(statement.name, statement.written_index)
    return one_line(f"{left} = {text(statement.right)}{_behind(statement)}")


def _behind(statement: Statement) -> str:
    """Return the ranges that stand behind a statement."""
    return ranges_text(one for one in statement.ranges if one.name not in statement.diagonal)


def equation_lines(statement: Statement, first: str = "", further: str = "", width: int = WIDTH) -> list[str]:
    """Return a statement on as many lines as it needs, the first and the further ones each with its indentation.

    A line begins with an operator or behind a comma, in as few brackets as a line allows that is a third full.

    >>> from unfoldgraph.language.text import read
    >>> update = read("h(t) = tanh(b + W*h(t-1)) + U*x(t)").statements[0]
    >>> equation_lines(update, further="    ", width=30)
    ['h(t) = tanh(b + W * h(t-1))', '    + U * x(t)']
    """
    pieces = [f"{read_text(statement.name, statement.written_index)} = "]
    pieces += [part for part in text_parts(statement.right, lambda node: False) if isinstance(part, str)]
    pieces.append(_behind(statement))
    pieces = [visible(piece) for piece in pieces]
    written = "".join(pieces)
    # Spaces at which a line may end, each with how unwelcome that is, in the order of the text.
    spaces: list[int] = []
    costs: list[tuple[int, bool]] = []
    depth = at = 0
    for piece in pieces:
        is_comma = piece == ", "
        if is_comma or (len(piece) > 2 and piece[0] == piece[-1] == " "):
            spaces.append(at + is_comma)
            costs.append((depth, piece not in (" + ", " - ")))
        depth += piece.count("(") + piece.count("[") - piece.count(")") - piece.count("]")
        at += len(piece)
    found: list[str] = []
    begin = 0
    while len(indentation := further if found else first) + len(written) - begin > width:
        last = begin + width - len(indentation)
        first_fitting, stop = bisect.bisect(spaces, begin), bisect.bisect(spaces, last)
        full_enough = range(bisect.bisect(spaces, (2 * begin + last) // 3), stop)
        if fitting := full_enough or range(first_fitting, stop):
            end = spaces[min(fitting, key=lambda each: (costs[each], -each))]
        elif stop < len(spaces):
            # What cannot be broken is longer than a line.
            end = spaces[stop]
        else:
            break
        found.append(indentation + written[begin:end])
        begin = end + 1
    return [*found, indentation + written[begin:]]


def first_place(called: str, name: str, befores: Sequence[int | Affine]) -> str:
    """Return what an array holds first that has several places before the first step, along some axis.

    It is what is told beside the making of such an array, nothing where none has more than one.

    >>> first_place("h_", "h", [2]), first_place("u", "u", [1, 2]), first_place("h", "h", [1])
    ('h_[0] is h(-1)', 'u[0, 0] is u(0, -1)', '')
    """
    if all(isinstance(one, int) and one < 2 for one in befores):
        return ""
    places = [indexed(whole(1) - one) for one in befores]
    return f"{called}[{', '.join('0' for _ in befores)}] is {read_text(name, places)}"


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
