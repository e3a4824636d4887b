"""What a generated module holds of the runtime: enough to run alone, and nothing that is said for a type checker."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import numpy as np
import pytest

from unfoldgraph.program.python_text.lines import WIDTH
from unfoldgraph.program.runtime import arrays, functions, pieces, recurrences, sequences
from unfoldgraph.program.standalone import _without_annotations, runtime_names, runtime_source

MODULES = (arrays, functions, recurrences, sequences, pieces)
SOURCE = "\n".join(map(inspect.getsource, MODULES))
EVERYTHING = "\n\n\n".join(runtime_source(runtime_names()))


def run(names: set[str]) -> dict[str, Any]:
    """Return what a module with the functions of these names defines."""
    namespace: dict[str, Any] = {}
    source = "\n\n\n".join(["import numpy as np", *runtime_source(names)])
    exec(compile(source, "<standalone>", "exec"), namespace)
    return namespace


def names_of(texts: list[str]) -> list[str]:
    return [node.name for text in texts for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


def test_what_a_function_uses_comes_with_it_in_the_order_of_the_runtime() -> None:
    assert names_of(runtime_source(["_apply"])) == ["_apply"]
    assert names_of(runtime_source({"_returned", "_apply", "x", "np"})) == [
        "_is_masked", "_array", "_numbers", "_returned", "_fits", "_told", "_apply",
    ]  # fmt: skip
    assert runtime_source({"x"}) == []
    assert "class _Result(dict):" in "\n".join(runtime_source(["_by_length"]))


def test_no_line_is_longer_than_those_of_the_function_that_calls_them() -> None:
    assert [line for line in EVERYTHING.splitlines() if len(line) > WIDTH] == []


def test_functions_run_alone() -> None:
    alone = run({"_arrays", "_fronts", "_by_length", "_gather", "_softmax", "_stacked"})
    x = np.ones((3, 2))
    found, sizes, batch, dtype = alone["_arrays"](x=(x, "steps", "n"), h0=(0, "n"), _scalars=("h0",))
    assert found[0] is x and sizes == {"steps": 3, "n": 2} and batch == () and dtype is np.float64
    with pytest.raises(ValueError, match="b: expected shape"):
        alone["_arrays"](x=(x, "n"), b=(np.ones(3), "n"))
    assert [each.tolist() for each in alone["_fronts"]((3, 3), (1, 1))(1)] == [[0, 1], [1, 0]]
    assert [each.tolist() for each in alone["_fronts"]((2, 2, 2), (1, 1, 1))(3)] == [[1], [1], [1]]
    assert alone["_gather"](x[:, 0], 0, np.array([0, 7])).tolist() == [1, 0]
    assert alone["_Result"](h=1).h == 1


@pytest.mark.parametrize("name", sorted(runtime_names()))
def test_each_is_complete(name: str) -> None:
    alone = run({name})
    missing = set()
    for text in runtime_source({name}):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Name) and node.id in vars(arrays) | vars(functions) and node.id not in alone:
                missing.add(node.id)
    assert not missing
    assert callable(alone[name])


def test_nothing_is_left_for_a_type_checker() -> None:
    tree = ast.parse(EVERYTHING)
    for node in ast.walk(tree):
        assert not isinstance(node, ast.AnnAssign)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None and not node.decorator_list
        if isinstance(node, ast.arg):
            assert node.annotation is None
        if isinstance(node, ast.ClassDef):
            assert not any(isinstance(base, ast.Subscript) for base in node.bases)
    assert not {"Any", "Numbers", "Sequence", "Mapping", "Callable", "npt"} & {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
    }


def without_types(tree: ast.Module) -> str:
    """Return a tree in words, with annotations taken out of it by another way than by their places."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                node.returns = None
            case ast.arg():
                node.annotation = None
            case ast.ClassDef():
                node.bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        for _, body in ast.iter_fields(node):
            if isinstance(body, list):
                for at, each in enumerate(body):
                    if isinstance(each, ast.AnnAssign):
                        assert each.value is not None, "a name that is only declared has no place in a module"
                        body[at] = ast.Assign([each.target], each.value, lineno=0)
    return ast.dump(tree)


def test_nothing_else_is_changed() -> None:
    own = ast.parse(SOURCE)
    own.body = [node for node in own.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert without_types(own) == ast.dump(ast.parse(EVERYTHING))


def test_comments_stay_and_lines_are_short() -> None:
    comments = [line.strip() for line in SOURCE.splitlines() if line.strip().startswith("# ")]
    assert len(comments) > 5
    assert [comment for comment in comments if comment not in EVERYTHING] == []
    assert max(map(len, EVERYTHING.splitlines())) <= 120
    assert "def _whole(values, rank, batch, before=0, after=0, axes=1):\n" in EVERYTHING


def test_heads_of_all_kinds() -> None:
    source = """
class Box(dict[str, int], Base, key=1):
    \'\'\'Größe: dict[str, int].\'\'\'

    def f(self, a: int, /, b: "x: y" = 1, *c: int, d: dict[str, int] = None, e, **g: int) -> dict[str, int]:
        # Für a: b.
        ü: list[int] = [a]  # c: d
        return ü

    def none(self): return {1: 2}

    def nothing(
        # of a
    ) -> None:
        def inner(
            a: int,
            b: int = 2,
        ) -> int: return a
        return inner
"""
    (box,) = ast.parse(source).body
    assert isinstance(box, ast.ClassDef)
    assert (
        _without_annotations(source.encode(), box)
        == """class Box(dict, Base, key=1):
    \'\'\'Größe: dict[str, int].\'\'\'

    def f(self, a, /, b=1, *c, d=None, e, **g):
        # Für a: b.
        ü = [a]  # c: d
        return ü

    def none(self): return {1: 2}

    def nothing():
        def inner(a, b=2): return a
        return inner"""
    )


def test_the_functions_themselves() -> None:
    own = [
        {name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
        for module in MODULES
    ]
    assert runtime_names() == set.union(*own)
    # A name in both would stand for one of them only.
    assert not set.intersection(*own)
