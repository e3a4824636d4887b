"""What a docstring or a comment says to see is there: in its module, in its folder, or where its dots lead."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import unfoldgraph

PACKAGE = Path(unfoldgraph.__file__).parent
_SEEN = re.compile(r"\b[Ss]ee `([\w.]+)`")


def is_there(pointer: str, module: Path) -> bool:
    """Say whether a dotted pointer leads somewhere from a module: to a name in it, beside it, or from the top."""
    *folders, last = pointer.removeprefix(f"{PACKAGE.name}.").split(".")
    if not folders and last in names_in(module):
        return True
    for start in (module.parent, PACKAGE):
        inside = start.joinpath(*folders)
        if (inside / last).is_dir() or (inside / f"{last}.py").is_file():
            return True
        if inside.with_suffix(".py").is_file() and last in names_in(inside.with_suffix(".py")):
            return True
    return False


def names_in(module: Path) -> set[str]:
    """Return the names of what a module defines or imports at its top."""
    found = set()
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {name.asname or name.name for name in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def test_what_one_is_told_to_see_is_there() -> None:
    pointers = [
        (str(path.relative_to(PACKAGE)), pointer, is_there(pointer, path))
        for path in sorted(PACKAGE.rglob("*.py"))
        for pointer in _SEEN.findall(path.read_text("utf-8"))
    ]
    assert len(pointers) > 10
    assert [(path, pointer) for path, pointer, is_found in pointers if not is_found] == []


def test_what_is_not_there_is_found_out() -> None:
    grammar = PACKAGE / "language" / "grammar.py"
    assert not is_there("names", grammar)
    assert not is_there("resolving.nothing", grammar)
    assert not is_there("unfoldgraph.drawing.Options", grammar)
    assert is_there("resolving", grammar)
    assert is_there("unfoldgraph.drawing.options.Options", grammar)
