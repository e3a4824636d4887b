"""What a generated module holds beside its function: the functions of the runtime that it needs, without annotations.

They stand in the module as they are written, comments and docstrings too, so that it needs NumPy and nothing else.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_PACKAGE = "unfoldgraph.program.runtime"
#: Its modules, in the order in which their functions stand in a generated one.
_MODULES = ("arrays", "functions", "recurrences", "sequences", "pieces")
#: That of the functions which Numba compiles.
_COMPILED = "vectors"


def runtime_source(names: Iterable[str]) -> list[str]:
    """Return the source of the functions of the runtime that are named, and of those that they use.

    Parameters
    ----------
    names : any names; those that no function of the runtime has are passed over.

    Returns
    -------
    list of str
        A text for each function, without annotations, in the order of the runtime.

    Examples
    --------
    >>> (text,) = runtime_source({"_sigmoid", "np"})
    >>> text.splitlines()[::2]
    ['def _sigmoid(v):', '    return 1 / (1 + np.exp(-v))']
    >>> [text.partition("(")[0] for text in runtime_source(["_of_shape"])]
    ['def _of_shape', 'def _fits', 'def _told']
    """
    needed = _needed(names)
    return [_text(name) for name in _runtime() if name in needed]


def compiled_source(names: Iterable[str]) -> list[str]:
    """Return the source of those functions that kernels call, and that are to be compiled.

    Examples
    --------
    >>> [text.partition("(")[0] for text in compiled_source(["_mean", "np"])]
    ['def _sum', 'def _mean']
    """
    definitions = _compiled()
    needed: set[str] = set()
    waiting = [name for name in names if name in definitions]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            _, definition = definitions[name]
            waiting += definitions.keys() & _names_in(definition)
    return [_without_annotations(*definitions[name]) for name in definitions if name in needed]


def _needed(names: Iterable[str]) -> set[str]:
    """Return the functions of the runtime that are named, and those that they use."""
    definitions = _runtime()
    needed: set[str] = set()
    waiting = [name for name in names if name in definitions]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += definitions.keys() & _read_by(name)
    return needed


def runtime_imports(names: Iterable[str]) -> list[str]:
    """Return what the functions of the runtime that are named import beside NumPy, where it is there.

    Examples
    --------
    >>> print(*runtime_imports({"_filter"}))
    try:
        from scipy.signal import lfilter as _lfilter
    except ImportError:
        _lfilter = None
    """
    used = {one for name in _needed(names) for one in _read_by(name)}
    return [text for name, text in _imports().items() if name in used]


def runtime_names() -> frozenset[str]:
    """Return the names of all functions of the runtime, which no other name of a generated module may be.

    Examples
    --------
    >>> {"_apply", "_Result"} <= runtime_names(), "Numbers" in runtime_names()
    (True, False)
    """
    return frozenset(_runtime())


@cache
def _runtime() -> dict[str, tuple[bytes, ast.FunctionDef | ast.ClassDef]]:
    """Return each function of the runtime by name, in order, with the source of the module that has it."""
    return {name: found for source in _sources() for name, found in _definitions(source).items()}


@cache
def _compiled() -> dict[str, tuple[bytes, ast.FunctionDef | ast.ClassDef]]:
    """Return likewise the functions that Numba compiles."""
    return _definitions(_source(_COMPILED))


def _definitions(source: bytes) -> dict[str, tuple[bytes, ast.FunctionDef | ast.ClassDef]]:
    """Return the functions and classes of a source by name."""
    body = ast.parse(source).body
    return {node.name: (source, node) for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@cache
def _imports() -> dict[str, str]:
    """Return what the modules of the runtime import where it is there, each by the name that it has in them."""
    found = {}
    for source in _sources():
        for node in ast.parse(source).body:
            if isinstance(node, ast.Try):
                (imported,) = (one for one in node.body if isinstance(one, ast.ImportFrom))
                (name,) = imported.names
                found[name.asname or name.name] = ast.get_source_segment(source.decode(), node) or ""
    return found


@cache
def _sources() -> tuple[bytes, ...]:
    """Return the source of each module of the runtime."""
    return tuple(map(_source, _MODULES))


def _source(module: str) -> bytes:
    return (files(_PACKAGE) / f"{module}.py").read_text("utf-8").encode()


@cache
def _text(name: str) -> str:
    """Return the source of a function of the runtime, without annotations."""
    return _without_annotations(*_runtime()[name])


@cache
def _read_by(name: str) -> frozenset[str]:
    """Return the names that a function of the runtime reads."""
    _, definition = _runtime()[name]
    return _names_in(definition)


def _names_in(definition: ast.AST) -> frozenset[str]:
    """Return the names that some code reads."""
    nodes = ast.walk(definition)
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _without_annotations(source: bytes, definition: ast.FunctionDef | ast.ClassDef) -> str:
    """Return the text of a definition without annotations, its comments left; the head of a function is one line."""
    # The places in a tree count bytes.
    starts = [0, *itertools.accumulate(len(line) for line in source.splitlines(keepends=True))]

    def start(node: ast.expr | ast.stmt) -> int:
        return starts[node.lineno - 1] + node.col_offset

    def end(node: ast.expr | ast.stmt | ast.arg) -> int:
        return starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    cuts: list[tuple[int, int, str]] = []
    for node in ast.walk(definition):
        match node:
            case ast.FunctionDef(args=arguments):
                every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
                parts = [*every, *arguments.defaults, *arguments.kw_defaults, node.returns]
                last = max((end(part) for part in parts if part is not None), default=start(node))
                bare = ast.unparse(_Bare().visit(copy.deepcopy(arguments)))
                cuts.append((start(node), source.index(b":", last) + 1, f"def {node.name}({bare}):"))
            case ast.ClassDef():
                generic = [base for base in node.bases if isinstance(base, ast.Subscript)]
                cuts += [(end(base.value), end(base), "") for base in generic]
            case ast.AnnAssign():
                cuts.append((end(node.target), end(node.annotation), ""))
    text, at = [], start(definition)
    for first, last, instead in sorted(cuts):
        text += [source[at:first].decode(), instead]
        at = last
    return "".join([*text, source[at : end(definition)].decode()])


class _Bare(ast.NodeTransformer):
    """Takes the annotations off arguments."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Return an argument without its annotation."""
        return ast.arg(node.arg)
