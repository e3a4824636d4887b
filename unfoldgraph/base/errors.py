"""What a user is told when an input is wrong, and how it prints under its source line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from unfoldgraph.base.limits import ERRORS_SHOWN

#: How much of a source line is shown around an error, in characters.
_EXCERPT = 100
#: The most digits of a number that a message spells out.
_DIGITS_SPELLED = 40


class Span(NamedTuple):
    """A stretch of a source: offsets in characters, `end` excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text and the name it goes by in messages (`rnn.circuit`)."""

    name: str
    text: str

    def place(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset, both counted from 1, in characters."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def line(self, number: int) -> str:
        """Return line `number`, counted from 1, without its line break."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what, where, and what helps.

    `also` are further places that belong to it (the first definition, the opening bracket), each with
    a few words on why it is shown; `note` are such words for the place itself.
    """

    message: str
    span: Span | None = None
    help: str | None = None
    also: tuple[tuple[Span, str], ...] = ()
    severity: str = "error"
    note: str = ""

    def render(self, source: SourceText | None = None) -> str:
        """Return the message with the source lines it speaks of, carets under them."""
        if source is None or self.span is None:
            lines = [f"{self.severity}: {visible(self.message)}"]
        else:
            line, column = source.place(self.span.start)
            name = visible(source.name)
            lines = [f"{name}:{line}:{column}: {self.severity}: {visible(self.message)}"]
            lines += _excerpt(source, self.span, visible(self.note))
            for span, why in self.also:
                lines += _excerpt(source, span, visible(why))
        if self.help:
            lines += [f"  help: {visible(line)}" for line in self.help.split("\n")]
        return "\n".join(lines)


ReportedCycle = tuple[tuple[str, str, tuple[int, ...]], ...]
"""A closed walk: `(source, target, delay)` for each edge, one number per axis in the delay."""


class CircuitError(Exception):
    """An input is wrong, and this says what, where and how to mend it.

    Parameters
    ----------
    message : what is wrong, in one sentence.
    span : the place in the source, where there is one.
    help : what the user can do about it.
    source : the text that the places refer to.
    also : further places, each with a few words.
    cycles : for an algebraic loop the closed cycles, each of `(source, target, delay)` triples; one is enough
        where its delays add up to nothing, else they do so together.

    Examples
    --------
    >>> from unfoldgraph import Circuit, CircuitError
    >>> try:
    ...     Circuit("h(t) = tanh(h(t))")
    ... except CircuitError as error:
    ...     print(error.message)
    algebraic loop: h(t) needs its own value at the same step
    """

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        help: str | None = None,
        *,
        source: SourceText | None = None,
        also: Sequence[tuple[Span, str]] = (),
        cycles: Sequence[ReportedCycle] = (),
    ) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(message, span, help, tuple(also)),)
        self.source = source
        self.cycles = tuple(cycles)

    @classmethod
    def of(
        cls,
        problems: Iterable[Problem],
        source: SourceText | None = None,
        cycles: Sequence[ReportedCycle] = (),
    ) -> CircuitError:
        """Return one error for several problems, in the order of their places.

        Examples
        --------
        >>> error = CircuitError.of([Problem("the second", Span(9, 10)), Problem("the first", Span(0, 1))])
        >>> error.message, len(error.problems)
        ('the first', 2)
        """
        ordered = sorted(problems, key=lambda problem: problem.span or Span(0, 0))
        error = cls(ordered[0].message, source=source, cycles=cycles)
        error.problems = tuple(ordered)
        return error

    @property
    def cycle(self) -> ReportedCycle:
        """The first of the cycles, empty where there is none."""
        return self.cycles[0] if self.cycles else ()

    @property
    def message(self) -> str:
        """The first problem in one sentence."""
        return self.problems[0].message

    @property
    def span(self) -> Span | None:
        """The place of the first problem."""
        return self.problems[0].span

    @property
    def help(self) -> str | None:
        """What helps with the first problem."""
        return self.problems[0].help

    def __str__(self) -> str:
        shown = [problem.render(self.source) for problem in self.problems[:ERRORS_SHOWN]]
        if len(self.problems) > ERRORS_SHOWN:
            shown.append(f"these are the first {ERRORS_SHOWN} errors; there are more")
        return "\n".join(shown)


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Raise what a function of the runtime says of a mistake, in Python's own errors, as a `CircuitError`.

    >>> with mistakes_told():
    ...     raise ValueError("steps: expected a whole number from 0, got -1")
    Traceback (most recent call last):
    unfoldgraph.base.errors.CircuitError: error: steps: expected a whole number from 0, got -1
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        raise CircuitError(str(error)) from error


class CircuitWarning(UserWarning):
    """Something in a circuit that is allowed but probably not meant."""


@dataclass(slots=True)
class Findings:
    """The problems of one pass, gathered so that all of them are told at once."""

    source: SourceText | None = None
    #: A dictionary, so that what several passes find at one place is told once.
    _found: dict[Problem, None] = field(default_factory=dict)
    _errors: int = 0

    def error(
        self,
        message: str,
        span: Span | None = None,
        help: str | None = None,
        also: Sequence[tuple[Span, str]] = (),
    ) -> None:
        """Note an error; the pass goes on."""
        self.add(Problem(message, span, help, tuple(also)))

    def warn(
        self,
        message: str,
        span: Span | None = None,
        help: str | None = None,
        also: Sequence[tuple[Span, str]] = (),
    ) -> None:
        """Note a warning."""
        self.add(Problem(message, span, help, tuple(also), "warning"))

    def add(self, problem: Problem) -> None:
        """Note a problem, once."""
        self._errors += problem.severity == "error" and problem not in self._found
        self._found.setdefault(problem)

    @property
    def errors(self) -> int:
        """How many errors there are so far."""
        return self._errors

    @property
    def are_many(self) -> bool:
        """Whether there are more errors already than will be shown; a pass may then stop."""
        return self._errors > 2 * ERRORS_SHOWN

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings so far, by position."""
        found = [problem for problem in self._found if problem.severity == "warning"]
        return tuple(sorted(found, key=lambda problem: problem.span or Span(0, 0)))

    def stop(self) -> None:
        """Raise the errors found so far, if there are any."""
        errors = [problem for problem in self._found if problem.severity == "error"]
        if errors:
            raise CircuitError.of(errors, self.source)


def require_within(count: int, limit: int, what: str, help: str) -> None:
    """Raise a `CircuitError` with the exact number when `count` is over `limit`.

    >>> require_within(2**65 - 1, 2_000_000, "the nested formula has {} nodes", "use --form let")
    Traceback (most recent call last):
        ...
    unfoldgraph.base.errors.CircuitError: error: the nested formula has 36893488147419103231 nodes; the limit is 2000000
      help: use --form let
    """
    if count > limit:
        raise CircuitError(f"{what.format(number(count))}; the limit is {limit}", help=help)


def number(value: int) -> str:
    """Return an integer in full, or its leading digits and their count where it has very many."""
    # Python refuses to print integers of over 4,300 digits; the leading ones come from a shift.
    digits = int(value.bit_length() * 0.30102999566398120) + 1
    if digits <= _DIGITS_SPELLED:
        return str(value)
    exponent = digits - 1
    lead = value // 10**exponent
    if lead == 0:
        exponent -= 1
        lead = value // 10**exponent
    elif lead >= 10:
        exponent += 1
    lead = value // 10 ** (exponent - 5)
    return f"about {lead // 10**5}.{lead % 10**5:05d}e{exponent}"


def listing(words: Sequence[str]) -> str:
    """Return words as a sentence lists them.

    >>> listing(["a", "b", "c"]), listing(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([*filter(None, [", ".join(words[:-1])]), *words[-1:]])


def visible(text: str) -> str:
    """Return the text with control, format and bidirectional characters shown as `<U+202E>`."""
    return "".join(
        f"<U+{ord(character):04X}>"
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} and character != "\n"
        else character
        for character in text
    )


def nearest(word: str, words: Iterable[str], distance: int = 2) -> str | None:
    """Return the word within `distance` edits that is nearest, the first of equals; None if none is.

    >>> nearest("hh", ["x", "h"])
    'h'
    """
    best: tuple[int, str] | None = None
    letters = set(word)
    for candidate in words:
        allowed = min(distance, max(len(word), len(candidate)) - 1)
        # One edit changes the letters that occur by two at most; most candidates are out by that alone.
        if abs(len(word) - len(candidate)) > allowed or len(letters ^ set(candidate)) > 2 * allowed:
            continue
        edits = _edits(word, candidate)
        if edits <= allowed and (best is None or edits < best[0]):
            best = edits, candidate
    return best[1] if best else None


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """Return the line of help that names the nearest word, or None."""
    found = nearest(word, words)
    return f"did you mean '{found}'?" if found else None


def _edits(one: str, other: str) -> int:
    """Count insertions, deletions, replacements and swaps of neighbours between two words."""
    if abs(len(one) - len(other)) > 2 or len(one) > 100:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _excerpt(source: SourceText, span: Span, why: str) -> list[str]:
    """Return a source line and the carets under the span, cut to a readable width."""
    number_, column = source.place(span.start)
    line = source.line(number_)
    first = max(0, column - 1 - _EXCERPT * 2 // 3) if len(line) > _EXCERPT else 0
    last = min(len(line), first + _EXCERPT)
    length = max(1, min(span.end, span.start + last - (column - 1)) - span.start)
    shown, width_before, width_marked = "", 0, 0
    for position, character in enumerate(line[first:last], first):
        text = "    " if character == "\t" else visible(character)
        width = sum(_columns(glyph) for glyph in text)
        shown += text
        if position < column - 1:
            width_before += width
        elif position < column - 1 + length:
            width_marked += width
    lead, tail = ("..." if first else ""), ("..." if last < len(line) else "")
    margin = f"{number_:>3}"
    carets = "^" * max(1, width_marked)
    return [
        f"{margin} | {lead}{shown}{tail}".rstrip(),
        f"{' ' * len(margin)} | {' ' * (len(lead) + width_before)}{carets}{' ' + why if why else ''}",
    ]


def _columns(character: str) -> int:
    """Return the cells a character takes in a terminal."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
