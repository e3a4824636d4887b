"""Text to model and model to text."""

from __future__ import annotations

import re

from unfoldgraph.algebra.expression import Expr, Index, fold, number
from unfoldgraph.algebra.notation import ranges_text, read_text, require_writable, shown, text
from unfoldgraph.algebra.shapes import Shape
from unfoldgraph.base.errors import CircuitError, Findings, SourceText, require_within
from unfoldgraph.base.limits import NAME_CHARACTERS, SOURCE_BYTES
from unfoldgraph.base.names import NAME_PATTERN, canonical, misplaced_accent, name_characters
from unfoldgraph.language.grammar import ACCENT, BUILT_IN, RESERVED, SHORTER, parse
from unfoldgraph.language.resolving import resolve
from unfoldgraph.model.build import build
from unfoldgraph.model.equations import Model
from unfoldgraph.model.index_arithmetic import sum_of

_NAME = re.compile(NAME_PATTERN)


def read(content: str, source_name: str = "<equations>", name: str = "circuit") -> Model:
    """Return the model of a text in the equation language.

    Raises `CircuitError` with every problem of the first pass that has any.

    >>> read("h(t) = tanh(W @ h(t-1) + U @ x(t))").parameters
    ('W', 'U')
    """
    # The byte-order mark that some editors write is no part of the first line.
    content = content.removeprefix("\ufeff")
    source = SourceText(source_name, content)
    if len(content) > SOURCE_BYTES:
        raise CircuitError(f"a source of {len(content)} characters is over the limit of {SOURCE_BYTES}")
    findings = Findings(source)
    syntax = parse(source, findings)
    findings.stop()
    draft = resolve(syntax, name, findings)
    findings.stop()
    try:
        return build(draft)
    except CircuitError as error:
        error.source = source
        raise


def check_name(name: str) -> str:
    """Return the canonical spelling of a name that is given in Python; it follows the rules of the text.

    Raises `CircuitError` for what the language could not read back.
    """
    found = check_spelling(name)
    if name in BUILT_IN:
        raise CircuitError(f"'{name}' is reserved", help="choose another name")
    return found


def check_spelling(name: str) -> str:
    """Return the canonical spelling of a name, which may be that of a function of the language."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise CircuitError(f"{name!r} is not a name", help="a letter, then letters, digits and _")
    if name in RESERVED:
        raise CircuitError(f"'{name}' is reserved", help="choose another name")
    if (plain := misplaced_accent(name)) is not None:
        raise CircuitError(f"{name!r} is not a name: {ACCENT}", help=f"write {plain}")
    require_within(name_characters(name), NAME_CHARACTERS, "this name has {} characters", SHORTER)
    return canonical(name)


def write(model: Model) -> str:
    """Return the equations again: `read(write(model)) == model`.

    >>> print(write(read("h(t)=tanh(W@h(t-1)+U@x(t))")), end="")
    h(t) = tanh(W @ h(t-1) + U @ x(t))
    """
    lines = []
    if model.title is not None:
        lines.append(f"title {_quoted(model.title)}")
    lines += [f"{shown(constant.name)} = {text(constant.right)}" for constant in model.constants]
    # A function with a body may leave an argument out, which then is mentioned and not read.
    mentioned = {statement.name for statement in model.statements}
    for statement in model.statements:
        mentioned.update(statement.parameters, (read.name for read in statement.reads))
    declares_inputs = any(name in model.inputs for name, shape in model.declared.items())
    shapes: dict[str, Shape | None] = dict(model.declared)
    if declares_inputs:
        # A text that declares one input declares them all.
        shapes.update({name: shapes.get(name) for name in model.inputs})
    for statement in model.statements:
        # Without its shape such a value would be read as a constant.
        if not statement.index and shapes.get(statement.name) is None and _is_like_a_constant(statement.right):
            shapes[statement.name] = model.shapes[statement.name]
    # What stands on diagonals alone would have one axis twice.
    diagonal = {name for name in model.signals if all(one.diagonal for one in model.statements if one.name == name)}
    shapes.update({name: shapes.get(name, model.shapes[name]) for name in model.signals if name in diagonal})
    for name, shape in shapes.items():
        is_asked = name not in mentioned or name in diagonal or (name in model.inputs and declares_inputs)
        if shape is not None or is_asked:
            place = read_text(name, [Index(axis) for axis in model.axes_of(name)])
            lines.append(f"{place} : {_shape_text(model.written_shapes.get(name, shape))}")
    for definition in model.definitions:
        body = definition.written or definition.body
        require_writable(body)
        arguments = ", ".join(shown(argument) for argument in definition.arguments)
        lines.append(f"def {shown(definition.name)}({arguments}) = {text(body)}")
    for statement in model.statements:
        left, right, found = statement.as_written
        for side in (left, right):
            require_writable(side)
        lines.append(f"{text(left)} = {text(right)}{ranges_text(found)}")
    lines += [f"group {_quoted(group.title)}: {', '.join(map(shown, group.names))}" for group in model.groups]
    return "\n".join(lines) + "\n"


def _is_like_a_constant(right: Expr) -> bool:
    """Say whether a value is made as constants are, if what it reads is."""
    numbers = fold(
        right, lambda node, given: number(1) if _is_value(node) else Expr(node.operator, (*given,), node.data)
    )
    found = sum_of(numbers)
    return found is not None and not found.terms


def _is_value(node: Expr) -> bool:
    return node.operator == "read" and not node.data[1]


def _quoted(title: str) -> str:
    escaped = title.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _shape_text(shape: Shape | None) -> str:
    if shape is None:
        return "?"
    return shown(str(shape[0])) if len(shape) == 1 else f"({', '.join(shown(str(size)) for size in shape)})"
