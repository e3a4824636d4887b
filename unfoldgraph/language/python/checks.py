"""What Python can build and the text cannot say, which is refused."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from unfoldgraph.algebra.expression import Term, places_of_entry, postorder
from unfoldgraph.algebra.inlining import Function
from unfoldgraph.algebra.notation import brief, shown
from unfoldgraph.algebra.operators import OPERATORS, is_reduction, sizes_named
from unfoldgraph.base.affine import is_size, plain_name
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.limits import NESTING
from unfoldgraph.model.build import Declaration, Equation


def check(items: Sequence[Declaration | Equation | Function], ranges: Container[str]) -> None:
    """Check what Python can build and the text cannot say; the first such thing raises `CircuitError`.

    `ranges` are the names of those that have been made.
    """
    declared = [item for item in items if isinstance(item, Declaration)]
    equations = [item for item in items if isinstance(item, Equation)]
    values = [item.right for item in equations] + [item.body for item in items if isinstance(item, Function)]
    bindings = [one for item in equations for one in item.ranges]
    bindings += [one for term in postorder(values) if is_reduction(term) for one in term.data]
    names = [name for one in bindings for end in one.ends for name, _ in end.terms]
    sizes = {str(size) for item in declared for size in item.shape or ()}
    sizes |= {plain_name(name) for name in names if is_size(name)}
    for item in items:
        if isinstance(item, Function):
            _check_value(item.body, ranges, sizes)
            for term in postorder([item.body]):
                if term.operator in ("read", "length") or (term.operator == "axis" and not term.data[1]):
                    raise CircuitError(
                        f"the body of '{shown(item.name)}' has arguments and parameters only, not {brief(term)}",
                        help="make the indexed value an argument",
                    )
                if is_reduction(term) and any(binding.first is None for binding in term.data):
                    raise CircuitError(
                        f"the body of '{shown(item.name)}' runs over no axis",
                        help="reduce where the function is called",
                    )
        elif isinstance(item, Equation):
            _check_value(item.right, ranges, sizes)
            left = [name for at in item.index if at.form is not None for name, _ in at.form.terms]
            _check_bound({name for name in left if name in ranges}, frozenset())
            for one in item.ranges:
                _check_bound({name for end in one.ends for name, _ in end.terms if name in ranges}, frozenset())
    signals = {item.name for item in equations}
    inputs = {item.name for item in declared if item.axes} - signals
    for term in postorder([item.right for item in equations]):
        if inputs and term.operator == "read" and term.data[0] not in signals | inputs:
            raise CircuitError(
                f"nothing says what '{shown(term.data[0])}' is in this circuit", help="give it an equation"
            )


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a part of a right side: the indices that are bound, how many reductions, and an index."""

    bound: frozenset[str] = frozenset()
    depth: int = 0
    in_index: bool = False


def _check_value(root: Term, ranges: Container[str], sizes: Container[str]) -> None:
    """Check one right side."""

    def opens(term: Term) -> bool:
        return is_reduction(term) or (term.operator == "read" and bool(term.arguments))

    waiting = [(root, _Around())]
    seen: set[tuple[int, _Around]] = set()
    while waiting:
        part, around = waiting.pop()
        if (id(part), around) in seen:
            continue
        seen.add((id(part), around))
        if around.depth > NESTING:
            raise CircuitError(f"reductions are nested more than {NESTING} deep", help="name the parts")
        for term in postorder([part], stop=opens):
            inner = _inside(term, ranges, around) if is_reduction(term) else replace(around, in_index=True)
            if opens(term):
                waiting += [(argument, inner) for argument in term.arguments]
            if term.operator == "length" and not term.data and not around.in_index:
                raise CircuitError("'end' stands only inside an index", help="the length of an axis is end(t)")
            at = [*term.data[1]] if term.operator == "read" else [*places_of_entry(term)]
            free = {name for one in at if one.form is not None for name, _ in one.form.terms if name in ranges}
            _check_bound(free | ({term.data[0]} if term.operator == "axis" and term.data[1] else set()), around.bound)
            unknown = [size for size in sizes_named(term) if size not in sizes]
            if unknown:
                hint = "declare it in the shape of a name"
                raise CircuitError(f"no shape has the size '{shown(unknown[0])}'", help=hint)


def _inside(term: Term, ranges: Container[str], around: _Around) -> _Around:
    """Return what stands around the parts of a reduction, once its indices are checked."""
    row = OPERATORS[term.operator]
    if row.joining is not None and row.joining.has_one_index and len(term.data) > 1:
        raise CircuitError(f"{row.spelling} runs over one index")
    bound = around.bound
    for binding in term.data:
        if [one.name for one in term.data].count(binding.name) > 1:
            raise CircuitError(f"{brief(term)} binds an index twice")
        _check_bound({name for end in binding.ends for name, _ in end.terms if name in ranges}, bound)
        bound |= {binding.name}
    return _Around(bound, around.depth + 1, around.in_index)


def _check_bound(names: set[str], bound: frozenset[str]) -> None:
    """Refuse the indices of ranges where nothing around binds them."""
    if free := names - bound:
        name = min(free)
        raise CircuitError(f"the range '{name}' is used outside a reduction over it", help=f"sum_over(…, {name})")
