"""Names inside a program, and in generated code: there every one is a Python identifier, no two alike."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

from unfoldgraph.model.calling_convention import public_names

#: Keywords of a generated function that are not the circuit's.
_OURS = ("steps", "lengths")
#: What stands between a name as it is written and what tells it from others; no name of the language has one.
_BETWEEN = " "


def told_apart(written: str, *more: str) -> str:
    """Return a name that is written like another and is none: more tells it from all others.

    >>> told_apart("m", "t", "1"), told_apart("m")
    ('m t 1', 'm')
    """
    return _BETWEEN.join([written, *more])


def written_name(name: str) -> str:
    """Return what is called by a name that may have been told apart: an index as in the text of the circuit.

    >>> written_name(told_apart("m", "t", "1")), written_name("m")
    ('m', 'm')
    """
    return name.split(_BETWEEN)[0]


class Names:
    """The identifiers of one generated module; each is handed out once.

    >>> names = Names()
    >>> names.claim("h"), names.claim("h"), names.claim("lambda"), names.claim("steps")
    ('h', 'h_', 'lambda_', 'steps_')
    """

    def __init__(self) -> None:
        self._taken: set[str] = {*keyword.kwlist, *_OURS}

    def copy(self) -> Names:
        """Return names for what stands beside what else is named: each may hand out the same from here on."""
        found = Names()
        found._taken = set(self._taken)
        return found

    def claim(self, wanted: str) -> str:
        """Return the name itself, or with as many `_` behind it as make it new."""
        name = identifier(wanted)
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def claim_all(self, wanted: list[str]) -> dict[str, str]:
        """Return what callers write for each name of a circuit; those that can keep their own do."""
        return {name: self.claim(public) for name, public in public_names(wanted).items()}

    def claim_numbered(self, wanted: str) -> str:
        """Return the name itself, or with the first number behind it that makes it new."""
        base = name = identifier(wanted)
        count = 1
        while name in self._taken:
            count += 1
            name = f"{base}_{count}"
        self._taken.add(name)
        return name

    def builtin(self, name: str) -> str:
        """Return what to call a builtin: by another name where one of the circuit's own hides it."""
        return f"_{name}" if name in self._taken else name

    def claim_public(self, wanted: str) -> str:
        """Return a name for the function of the module; no function of the runtime may find a builtin hidden by it."""
        name = identifier(wanted)
        return self.claim(f"{name}_" if name in vars(builtins) or name == "np" else name)


def identifier(name: str) -> str:
    """Return a name with what Python does not allow in one replaced.

    >>> identifier("two words"), identifier("2nd"), identifier("_x")
    ('two_words', 'n2nd', 'n_x')
    """
    # Python reads identifiers in this normal form, so two names that differ only by it would be one.
    plain = re.sub(r"\W", "_", unicodedata.normalize("NFKC", name))
    # Functions of the runtime start with an underscore, and nothing else does.
    return plain if plain[:1].isalpha() else f"n{plain}"
