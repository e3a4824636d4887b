"""Nothing is parsed that was known: strings are taken apart only where they come from outside, or for the reason given.

Who makes an id, a label or a formula hands on what it was made from, as a field, a pair or pieces, and a reader takes
that. A method or a pattern that takes strings apart stands in a module that is listed here, or is a mistake.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import unfoldgraph

PACKAGE = Path(unfoldgraph.__file__).parent
#: What takes a string apart, or looks for a part of it.
METHODS = frozenset(
    {"split", "rsplit", "partition", "rpartition", "removeprefix", "removesuffix", "startswith", "endswith"}
)
#: The modules, or folders, that take strings apart, and why.
ALLOWED: dict[str, str] = {
    "__init__": "the attributes that Python asks a module for",
    "algebra/digits": "numbers as Python writes them",
    "algebra/finite_field": "the attributes that Python asks a namespace for; what NumPy writes of its functions",
    "algebra/latex": "words, whose letters and figures are set by themselves",
    "algebra/notation": "names, whose parts are what the user wrote with _ between them; the templates of the table",
    "algebra/pieces": "the templates of the table; a letter behind a command",
    "algebra/shapes": "a size that nothing has named yet is a string that no name is, and is taken for no part of it",
    "base/affine": "names in sums, whose first characters say whether they are of indices, of lengths or of sizes",
    "base/cache": "the names that Numba gives files, of which those of one program are kept or lost together",
    "base/errors": "the text that an error is in, in lines",
    "base/files": "files, their names and their first line",
    "base/names": "names as the user wrote them, with accents and in parts",
    "cli/": "what is written on the command line and in files of arrays, and what goes to a terminal",
    "drawing/annotations/highlight": "the place that the user asks for",
    "drawing/annotations/page_width": "the width that the user asks for",
    "drawing/formats/dot": "a name with its place is set from the text and the LaTeX of its label",
    "drawing/formats/mermaid": "characters that the format would read as something else",
    "drawing/formats/tex": "characters that TikZ would read",
    "drawing/graphs/asked_steps": "the steps that the user asks for",
    "drawing/graphs/from_model": "the parameters that the user asks for",
    "drawing/graphs/roles": "loss_1 is a loss by the name that the user gave it",
    "drawing/graphs/values": "numbers as Python writes them",
    "drawing/layout/graphviz": "what the program of Graphviz answers",
    "drawing/scene/scene": "a title of the user's, of which ids are made",
    "drawing/text/typeset": "what ziamath answers, and a name that it would misread",
    "drawing/views/cut": "characters that ids have none of",
    "formula/target": "the place that the user asks for",
    "language/": "the language",
    "model/order/statement_order": "an index in a name, as in h_t, which a cure puts into brackets",
    "program/names": "characters that Python has in no name; what tells names apart that are written alike",
    "program/python_text/prose": "the title that the user gave, on one line",
    "program/python_text/": "what ends a string or a docstring, or is read as a brace of one",
    "unfolding/networkx_form": "the attributes of a graph that the user gives",
}


def taken_apart(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line of each call that takes a string apart, and what is called."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if of == "re" or (node.func.attr in METHODS and of not in ("np", "os")):
                yield node.lineno, node.func.attr


def module(path: Path) -> str:
    """Return a module as it is listed."""
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def reason(name: str) -> str | None:
    """Return what a module, or a folder that it is in, is listed as."""
    return next(
        (listed for listed in ALLOWED if name == listed or (listed[-1] == "/" and name.startswith(listed))), None
    )


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module)
def test_no_string_is_taken_apart_without_a_reason(path: Path) -> None:
    if reason(module(path)) is None:
        found = [f"line {line}: {called}" for line, called in taken_apart(path)]
        assert not found, "hand on what the string was made from, or list the module with its reason"


def test_every_reason_is_needed() -> None:
    needed = {reason(module(path)) for path in PACKAGE.rglob("*.py") if any(taken_apart(path))}
    assert needed - {None} == ALLOWED.keys()
