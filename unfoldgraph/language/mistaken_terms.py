"""Mistakes that can be parsed: what is told from the terms of a text, while its names are resolved."""

from __future__ import annotations

from collections.abc import Sequence

from unfoldgraph.algebra.expression import Term, postorder
from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import FUNCTIONS, REDUCTIONS
from unfoldgraph.base.errors import Findings, SourceText, Span
from unfoldgraph.language.grammar import name_and_indices
from unfoldgraph.language.indices import Refusal, bare_axes

NUMBERS_ELSEWHERE = {"pi": "3.141592653589793", "e": "exp(1)"}
"""Numbers elsewhere that are names like any other here, each with how it is written."""


def warn_of_number(name: str, span: Span | None, findings: Findings) -> None:
    """Warn of `pi` or `e` where it is a parameter that nothing tells from the number."""
    findings.warn(
        f"'{shown(name)}' is a parameter like any other, not the number",
        span,
        f"declare it, as in {shown(name)} : (), or write its value, {NUMBERS_ELSEWHERE[name]}",
    )


def left_side(name: str, indices: Sequence[Term], brackets: str) -> str | None:
    """Return a name with the axes of a read of it, as it stands on the left; None where there are no axes.

    >>> delayed = Term("sub", (Term("name", (), "t"), Term("number", (), 1)))
    >>> left_side("h", [delayed], "()")
    'h(t)'
    """
    axes = [next(iter(bare_axes(index)), None) for index in indices]
    listed = ", ".join(shown(axis) for axis in axes if axis is not None)
    return f"{shown(name)}{brackets[0]}{listed}{brackets[1]}" if axes and None not in axes else None


def own_index(name: str, right: Term) -> Refusal | None:
    """Return the error about a value without an index that reads itself by one: `h = tanh(W @ h(t-1))`."""
    for node in postorder([right]):
        found = name_and_indices(node)
        if found is not None and found[0] == name:
            place = left_side(name, found[1], "()" if node.operator == "apply" else "[]")
            if place is not None:
                message = f"'{shown(name)}' has no index on its left side"
                return Refusal(message, node.span, f"on the left write {place} = …")
    return None


def is_summed_by_arguments(node: Term) -> bool:
    """Say whether a range is given as arguments: `sum(b[k] * x(t-k), k, 0, 3)`, `sum(k, 0, 3, b[k] * x(t-k))`."""
    if node.operator != "apply" or node.data[0] not in REDUCTIONS or node.data[1] != 4 or node.data[3]:
        return False
    if any(row.accepts(4) for row in FUNCTIONS.get(node.data[0], ())):
        return False
    body, index, *_ = _as_written(node)
    return index.operator == "name" and any(
        part.operator == "name" and part.data == index.data for part in postorder([body])
    )


def summed_by_arguments(node: Term, taken: str, source: SourceText | None) -> Refusal:
    """Return the error about a range that is given as arguments; `taken` are those that there are, in words."""
    parts = [source.text[slice(*part.span)] if source and part.span else "…" for part in _as_written(node)]
    body, index, first, last = parts
    hint = f"write {node.data[0]}({body} for {index} in {first}..{last}), both ends included"
    return Refusal(f"'{node.data[0]}' takes {taken}, not 4", node.span, hint)


def decimal_point(given: Sequence[Term], source: SourceText | None) -> str | None:
    """Return the help with a decimal comma, which makes two arguments of one: `tanh(0,5*x(t))`; None without one."""
    # What mistakes look like is loaded where there is one.
    from unfoldgraph.language.common_mistakes import find

    spans = [one.span for one in given if one.operator == "number" and one.span is not None]
    found = [find(source.text, span.start, span.end) for span in spans] if source is not None else []
    return next((one.help for one in found if one is not None), None)


def _as_written(node: Term) -> tuple[Term, ...]:
    """Return what is summed, the index and both ends, whether the sum stands first or last."""
    is_first = node.arguments[1].operator == "name"
    return node.arguments if is_first else (node.arguments[3], *node.arguments[:3])
