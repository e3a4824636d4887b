"""One word, one type: a reader who has met a type's name once knows it in every module."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import unfoldgraph

PACKAGE = Path(unfoldgraph.__file__).parent
#: What has the same name on purpose: a generated module imports nothing of ours, and has results of its own.
TWICE = {"Result": ["model/calling_convention.py", "program/runtime/arrays.py"]}


def test_every_name_of_a_type_is_that_of_one_type() -> None:
    homes = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in types_of(ast.parse(path.read_text("utf-8"))):
            homes[name.lstrip("_")].append(str(path.relative_to(PACKAGE)))
    assert len(homes) > 300
    assert {name: where for name, where in homes.items() if len(where) > 1} == TWICE


def types_of(module: ast.Module) -> Iterator[str]:
    """Yield the classes and the names for types that a module makes; type variables stand for any and are none."""
    for node in module.body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                of_types = isinstance(value, ast.Subscript | ast.BinOp) and not name.isupper()
                if of_types and name.lstrip("_")[:1].isupper():
                    yield name


def test_what_counts_as_a_type() -> None:
    written = (
        "class Loop: ...\nBox = tuple[int, str]\n_Key = int | str\nItem = TypeVar('Item')\nSIZES = 2 | 4\nf = g[1]\n"
    )
    assert list(types_of(ast.parse(written))) == ["Loop", "Box", "_Key"]
