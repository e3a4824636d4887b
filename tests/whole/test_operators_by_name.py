"""An operator is one row: what is known of it stands there, so no module asks for an operator by its name.

Whoever makes an operation names it, in the first argument of what makes it; so do those who write Python, whose words
and whose functions of NumPy have some of the names. Any other string that is the name of an operator is listed here
with its reason, or is a mistake: a column is missing, or a column of the row says it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import unfoldgraph
from unfoldgraph.algebra.operators import OPERATORS

PACKAGE = Path(unfoldgraph.__file__).parent

#: An entry is a form with an index of its own, as a read is: it is known by name, as all leaves are.
NAMES = frozenset(OPERATORS) - {"entry"}
#: What makes an operation of the operator in its first argument.
MAKERS = frozenset({"Apply", "Expr", "Term", "operation", "_operation", "_made", "_chain"})
#: What makes a word of Python, a function of NumPy or the bound of a range that its first argument names.
WRITERS = frozenset({"joined", "unary", "numpy", "Bound"})
#: Which modules, or folders, name which operators besides, and why.
ALLOWED: dict[str, tuple[str, str]] = {
    "__init__": ("*", "the public names, which a test of the table holds equal to its own"),
    "algebra/operators": ("where", "the one form with a sign of its own that may be called as a function too"),
    "algebra/table/arrays": ("*", "rows of the table"),
    "algebra/table/elementwise": ("*", "rows of the table"),
    "algebra/table/reductions": ("*", "rows of the table"),
    "algebra/table/signs": ("*", "rows of the table"),
    "algebra/table/sympy_rules": ("exp", "functions of SymPy, by their names there"),
    "base/names": ("dot", "an accent"),
    "drawing/graphs/roles": ("sub mul", "a loss is known by the difference or the product that it is made of"),
    "drawing/layout/graphviz": ("dot", "the program of Graphviz"),
    "drawing/options": ("dot", "the format of Graphviz"),
    "language/grammar": ("and or xor not", "words of the language"),
    "language/parsing/tables": ("*", "words of the language, and the rules of its grammar"),
    "language/common_mistakes": (
        "and or not maximum minimum mod matmul mul add pow max min concat abs logsoftmax dot le ge ne transpose",
        "what words and functions of other languages are written as here",
    ),
    "language/indices": ("add sub neg mul", "the grammar of an index, which is a sum"),
    "model/index_arithmetic": (
        "add sub neg mul div mod floor ceil clip minimum maximum where lt le gt ge eq ne and or xor not",
        "the arithmetic of indices, by which all places are known",
    ),
    "picture": ("dot", "the format of Graphviz"),
    "program/checking/trial": ("max ceil", "which of its sums a bound of a range is, and how that is rounded"),
    "program/ir": ("max min floor ceil", "which of its sums a bound of a range is, and how that is rounded"),
    "program/python_text/precedence": ("and or", "words of Python"),
    "program/python_text/ufuncs": ("add dot", "functions of NumPy"),
    "program/python_text/words": ("max min", "builtins of Python"),
    "program/targets/numba_statements": ("max min", "builtins of Python"),
    "program/targets/numba_values": ("max", "a builtin of Python"),
    "program/targets/numpy_assignments": ("add matmul dot minimum maximum", "functions of NumPy"),
    "program/targets/numpy_names": ("floor", "how a bound of a range is rounded"),
    "program/wrapper/function": ("max", "the builtin of Python that tells how many places the caller gives"),
}


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line of each string that names an operator and neither makes one, writes Python, nor is exported."""
    tree = ast.parse(path.read_text())
    passed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            made = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            passed.update(id(one) for one in made if name in MAKERS | WRITERS)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            passed.update(map(id, ast.walk(node.value)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in passed and node.value in NAMES:
            yield node.lineno, str(node.value)


def allowance(module: str) -> str | None:
    """Return what a module is allowed by: its own name, or a folder that it lies in."""
    return next((name for name in ALLOWED if module == name or (name.endswith("/") and module.startswith(name))), None)


MODULES = {path.relative_to(PACKAGE).with_suffix("").as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.mark.parametrize("module", MODULES)
def test_no_operator_is_known_by_name(module: str) -> None:
    known = allowance(module)
    allowed = ALLOWED[known][0].split() if known else []
    found = [place for place in words(MODULES[module]) if not {"*", place[1]} & {*allowed}]
    assert not found, "an operator is known by its row: give the row a column, or list the reason here"


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_is_needed(name: str) -> None:
    found = {word for module, path in MODULES.items() if allowance(module) == name for _, word in words(path)}
    needed = set(ALLOWED[name][0].split())
    assert found >= needed if "*" not in needed else found


def test_a_question_by_name_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        '__all__ = ["sign"]\n'
        'made = Expr("add" if more else "sub", (a, self.operation("mul", [a, b])))\n'
        'if node.operator in ("sum", "entry") or node.operator == "tanh":\n'
        "    match operator:\n"
        '        case "solve":\n'
        '            found = Term(node.operator, "inv")\n'
        'written = joined("and", unary("not", x), call(words.numpy("zeros"), y, "ones"))\n'
    )
    assert sorted(words(path)) == [(3, "sum"), (3, "tanh"), (5, "solve"), (6, "inv"), (7, "ones")]
