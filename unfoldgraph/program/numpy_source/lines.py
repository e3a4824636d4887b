"""Lines of generated source: blocks with their indentation, comments, line breaking, places left open."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from unfoldgraph.algebra.notation import read_text, shown, text
from unfoldgraph.base.errors import listing, visible
from unfoldgraph.model.equations import Statement

#: The longest line of a generated function.
WIDTH = 110


@dataclass(slots=True)
class Block:
    """Lines of source, each with its indentation; comments are told from statements."""

    lines: list[str] = field(default_factory=list)
    indent: int = 1

    def add(self, line: str = "") -> None:
        """Add a line."""
        self.lines.append("    " * self.indent + line if line else "")

    def comment(self, words: str) -> None:
        """Add a comment, cut where it is longer than a line."""
        room = WIDTH - 2 - 4 * self.indent
        self.add("# " + (words if len(words) <= room else words[: room - 4] + " ..."))

    @contextmanager
    def indented(self, line: str) -> Iterator[None]:
        """Add a line that opens a block, and indent what is added inside."""
        self.add(line)
        self.indent += 1
        yield
        self.indent -= 1


def open_place(loop: str, offset: int) -> str:
    """Return an index some places from that of a loop, left open until it is known how steps are written."""
    return f"\0{loop}{offset:+d}\0"


def with_places(line: str, index: Callable[[str, int], str]) -> str:
    """Return a line with the places of its loops written out by `index(loop, offset)`."""
    return re.sub(r"\0(\w+?)([+-]\d+)\0", lambda match: index(match[1], int(match[2])), line)


def sum_text(word: str, offset: int) -> str:
    """Return `t`, `t + 1` or `t - 1`."""
    return f"{word} {'+' if offset > 0 else '-'} {abs(offset)}" if offset else word


def tuple_text(items: Sequence[str]) -> str:
    """Return a tuple as source; one of a single item keeps its comma."""
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def quoted(name: str) -> str:
    """Return a name as a string of the source."""
    return f'"{name}"'


def number_of_steps(count: int) -> str:
    """Return how many steps there are, in words."""
    return f"{count} step" if count == 1 else f"{count} steps"


def steps_in_words(lengths: Mapping[str, int]) -> str:
    """Return how many steps the axes have, in words: `4 steps`, `4 steps of i and 5 of j`.

    >>> steps_in_words({"t": 1}), steps_in_words({"i": 4, "j": 5})
    ('1 step', '4 steps of i and 5 of j')
    """
    if len(lengths) == 1:
        return number_of_steps(*lengths.values())
    first, *others = lengths.items()
    return listing([f"{number_of_steps(first[1])} of {shown(first[0])}", *(f"{n} of {shown(a)}" for a, n in others)])


def equation(statement: Statement) -> str:
    """Return a statement as it was written, on one line."""
    return one_line(f"{read_text(statement.name, statement.index)} = {text(statement.right)}")


def one_line(words: str) -> str:
    """Return words on one line, with nothing in them that a terminal or an editor would obey."""
    return " ".join(visible(words).split())


def quotable(line: str) -> str:
    """Return a line of a docstring with nothing in it that would end or change it."""
    return line.replace("\\", "\\\\").replace('"', '\\"')


def wrapped(words: str, first: str, further: str) -> list[str]:
    """Return words on as many lines as they need, the first and the further ones each with its indentation."""
    return textwrap.wrap(
        words, WIDTH, initial_indent=first, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )


def identifiers(lines: Iterable[str]) -> set[str]:
    """Return the names that occur in code, not in its comments and strings."""
    return {name for line in lines for name in re.findall(r"[^\W\d]\w*", re.sub(r'"[^"]*"|#.*', "", line))}


def laid_out(statement: str) -> list[str]:
    """Return a statement on as many lines as it needs, broken between terms of a sum or arguments of a call."""
    found: list[str] = []
    waiting = [(statement, False)]
    while waiting:
        line, is_part = waiting.pop()
        parts = [] if len(line) <= WIDTH or line.lstrip().startswith("#") else _parts(line, is_part)
        if parts:
            waiting += [(part, True) for part in reversed(parts)]
        else:
            found.append(line)
    return found


def _parts(line: str, is_part: bool) -> list[str]:
    """Return a line broken once at its outermost, nothing where it has to stay; a part is inside brackets already."""
    if "  # " in line:
        return []
    begin = len(line) - len(line.lstrip())
    indent = line[:begin]
    depth = opened = 0
    in_string = False
    start = begin
    sums: list[int] = []
    commas: list[int] = []
    for at in range(begin, len(line)):
        character = line[at]
        if character == '"':
            in_string = not in_string
        elif in_string:
            continue
        elif character in "([{":
            depth += 1
            if depth == 1:
                opened, commas = at, []
        elif character in ")]}":
            depth -= 1
        elif depth == 1 and character == ",":
            commas.append(at)
        elif depth == 0 and line[at : at + 3] == " = ":
            start = at + 3
        elif depth == 0 and line[at : at + 3] in (" + ", " - ") and at > begin:
            sums.append(at)
    if sums and (is_part or start > begin):
        further = indent if is_part else f"{indent}    "
        terms = [further + line[one:other].strip() for one, other in pairwise([start, *sums, len(line)])]
        return terms if is_part else [f"{line[:start]}(", *terms, f"{indent})"]
    closed = max(line.rfind(")"), line.rfind("}"))
    if sums or len(line) - closed > 2 or line[opened] not in "({" or not re.match(r"\w\(|.\{", line[opened - 1 :]):
        return []
    items = [line[one + 1 : other].strip() for one, other in pairwise([opened, *commas, closed])]
    if all(item.isdigit() for item in items):
        inside = wrapped(", ".join(items), f"{indent}    ", f"{indent}    ")
    else:
        inside = [f"{indent}    {item}," for item in items if item]
    return [line[: opened + 1], *inside, indent + line[closed:]]
