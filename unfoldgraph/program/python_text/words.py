"""What generated code calls the things that are not the circuit's: its own names, and the builtins."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from unfoldgraph.program.names import Names
from unfoldgraph.program.python_text.nodes import attribute, name, tuple_of

#: Names that a generated function gives itself.
_OWN = ("arrays", "dtype", "batch", "sizes", "given", "results", "ends")
#: What it finds outside; a circuit's own name may hide one of them.
OUTSIDE = (
    *("np", "range", "reversed", "zip", "len", "slice", "max", "min", "callable", "float", "memoryview"),
    *("TypeError", "ValueError", "KeyboardInterrupt"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a generated function calls its own names and those outside.

    Attributes
    ----------
    called : by what it would be called if the circuit had no names.
    has_batch : whether any argument could have batch dimensions.
    """

    called: Mapping[str, str]
    has_batch: bool

    def with_batch(self, called: str) -> Words:
        """Return the words where the dimensions of the batch are called otherwise."""
        return Words({**self.called, "batch": called}, self.has_batch)

    @property
    def of_one(self) -> Words:
        """The words where there is one sequence in double precision."""
        return Words(self.called, has_batch=False)

    def __getitem__(self, word: str) -> str:
        return self.called[word]

    @property
    def batch(self) -> ast.expr:
        """The dimensions of the batch."""
        return name(self["batch"]) if self.has_batch else tuple_of()

    @property
    def dtype(self) -> ast.expr:
        """The floating type of the call."""
        return name(self["dtype"]) if self.has_batch else self.numpy("float64")

    def numpy(self, of_numpy: str) -> ast.expr:
        """Return something of NumPy."""
        return attribute(name(self["np"]), of_numpy)

    @property
    def hidden(self) -> dict[str, str]:
        """What the names outside are called here that a name of the circuit hides."""
        return {word: self[word] for word in OUTSIDE if self[word] != word}


def words_of(names: Names, has_batch: bool) -> Words:
    """Return the words of a function, when what the circuit brings has its names.

    >>> from unfoldgraph.program.python_text.expressions import expression_text
    >>> names = Names()
    >>> names.claim("batch"), names.claim("np")
    ('batch', 'np')
    >>> words = words_of(names, has_batch=True)
    >>> expression_text(words.batch), expression_text(words.numpy("tanh")), words["len"], words.hidden
    ('batch_', '_np.tanh', 'len', {'np': '_np'})
    """
    called = {word: names.claim(word) for word in _OWN}
    called |= {word: names.builtin(word) for word in OUTSIDE}
    for word in OUTSIDE:
        if called[word] == word:
            # Nothing that is named later may hide it.
            names.claim(word)
    return Words(called, has_batch)
