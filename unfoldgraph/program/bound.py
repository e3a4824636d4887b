"""What a bound index is called: in a whole program one name is one axis or range, and no reduction has two of one name.

Equal expressions are one object, in one statement and in several: `m*m` of a reduction over one axis and that of
another over a second would be one, and so would `m` and an `m` that is bound again inside its own reduction. With
names of their own, what is known of a part of a program holds wherever the part stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from unfoldgraph.algebra.expression import Binding, Expr, Index, changed_item, places_of_entry, postorder
from unfoldgraph.algebra.notation import text
from unfoldgraph.algebra.operators import is_reduction
from unfoldgraph.base.affine import Affine, index, is_index
from unfoldgraph.program.names import told_apart, written_name

#: A name and what it is bound over, with the largest number that it has inside an expression.
_LargestNumbers = Mapping[tuple[str, str], int]


def with_names_of_their_own(root: Expr) -> Expr:
    """Return an expression in which the name of a bound index says its axis, and is bound once on the way to it."""
    return _Naming(root).renamed(root, {})


def axes_bound(roots: Iterable[Expr]) -> dict[str, str]:
    """Return the axis of each index that is bound over one, of expressions in which these have names of their own."""
    bindings = (node.data[0] for node in postorder(roots) if is_reduction(node))
    return {binding.name: binding.axis for binding in bindings if not binding.ends}


def restored(root: Expr) -> Expr:
    """Return an expression whose indices are called as in the text of the circuit."""
    made: dict[int, Expr] = {}
    for node in postorder([root]):
        made[id(node)] = _rebuilt(node, [made[id(argument)] for argument in node.arguments], written_name)
    return made[id(root)]


def as_written(root: Expr) -> str:
    """Return an expression as text, its indices called as in the text of the circuit."""
    return text(restored(root))


def _rebuilt(node: Expr, arguments: Iterable[Expr], name: Callable[[str], str]) -> Expr:
    """Return a node with other arguments, and another name for each index that it binds or that is bound around it."""
    data = node.data
    if is_reduction(node):
        data = tuple(_bound_under(one, name) for one in data)
    elif node.operator == "axis" and data[1]:
        data = (name(data[0]), data[1])
    elif node.operator == "read":
        data = (data[0], tuple(_place(at, name) for at in data[1]))
    elif node.operator == "entry":
        data = tuple(changed_item(item, lambda at: _place(at, name)) for item in data)
    return Expr(node.operator, tuple(arguments), data)


def _bound_under(binding: Binding, name: Callable[[str], str]) -> Binding:
    if binding.first is None or binding.last is None:
        return binding._replace(name=name(binding.name))
    return Binding(name(binding.name), _sum(binding.first, name), _sum(binding.last, name), binding.axis)


def _place(at: Index, name: Callable[[str], str]) -> Index:
    if at.form is not None:
        return at._replace(form=_sum(at.form, name), names=tuple(map(name, at.names)))
    return at._replace(base=name(at.base)) if at.bound else at


def _sum(form: Affine, name: Callable[[str], str]) -> Affine:
    return form.at({own: index(name(own)) for own, _ in form.terms if is_index(own)})


class _Naming:
    """Names for the indices of one expression; a part without an index of something around it has the same in any."""

    def __init__(self, root: Expr) -> None:
        #: The names in each part that are bound around it.
        self.free: dict[int, frozenset[str]] = {}
        #: How often each reduction has its own name, over the same, bound again on a way down.
        self.number: dict[int, int] = {}
        self.closed: dict[int, Expr] = {}
        self.made: dict[tuple[int, tuple[str, ...]], Expr] = {}
        order = list(postorder([root]))
        bound = frozenset(node.data[0].name for node in order if is_reduction(node))
        numbers: dict[int, _LargestNumbers] = {}
        for node in order:
            free = bound.intersection(_own(node))
            inside: _LargestNumbers = {}
            for argument in node.arguments:
                free = _union(free, self.free[id(argument)])
                inside = _larger(inside, numbers[id(argument)])
            if is_reduction(node):
                binding = node.data[0]
                own = binding.name, _over(binding)
                self.number[id(node)] = inside.get(own, -1) + 1
                free, inside = free - {binding.name}, {**inside, own: self.number[id(node)]}
                free |= bound.intersection(name for end in binding.ends for name, _ in end.terms)
            elif not free and not inside:
                self.closed[id(node)] = node
            self.free[id(node)], numbers[id(node)] = free, inside

    def renamed(self, root: Expr, names: Mapping[str, str]) -> Expr:
        """Return a part of the expression, inside reductions that bind some names.

        It calls itself once per nested reduction.
        """
        found: dict[int, Expr] = {}
        for node in postorder([root], stop=lambda node: id(node) in self.closed or is_reduction(node)):
            if id(node) in self.closed:
                found[id(node)] = self.closed[id(node)]
                continue
            if is_reduction(node):
                found[id(node)] = self._reduction(node, names)
            else:
                arguments = [found[id(one)] for one in node.arguments]
                found[id(node)] = _rebuilt(node, arguments, lambda name: names.get(name, name))
            if not self.free[id(node)]:
                self.closed[id(node)] = found[id(node)]
        return found[id(root)]

    def _reduction(self, node: Expr, names: Mapping[str, str]) -> Expr:
        """Return a reduction under its own name, made once for all places where it means the same."""
        around = {name: names[name] for name in sorted(self.free[id(node)])}
        key = id(node), tuple(around.values())
        if key not in self.made:
            binding = _bound_under(node.data[0], lambda name: around.get(name, name))
            number = self.number[id(node)]
            own = told_apart(node.data[0].name, _over(binding), *([str(number)] if number else []))
            inner = {**around, node.data[0].name: own}
            arguments = tuple(self.renamed(argument, inner) for argument in node.arguments)
            self.made[key] = Expr(node.operator, arguments, (binding._replace(name=own),))
        return self.made[key]


def _over(binding: Binding) -> str:
    """Return what tells over what an index is bound: an axis, or a range."""
    if not binding.ends:
        return binding.axis
    ends = [[f"{factor}*{name}" for name, factor in end.terms] + [str(end.constant)] for end in binding.ends]
    return "..".join("+".join(parts) for parts in ends)


def _own(node: Expr) -> list[str]:
    """Return the names of indices in a node itself, those of axes that are in sums too."""
    if node.operator == "axis":
        return [node.data[0]] if node.data[1] else []
    if node.operator == "read":
        return [name for at in node.data[1] for name in _names_in(at)]
    return [name for at in places_of_entry(node) for name in _names_in(at)]


def _names_in(at: Index) -> list[str]:
    if at.form is not None:
        return [name for name, _ in at.form.terms]
    return [at.base] if at.bound else []


def _union(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return what is in either; the same object where that is one of them, as in the terms of a long sum."""
    return one if other <= one else other if one <= other else one | other


def _larger(one: _LargestNumbers, other: _LargestNumbers) -> _LargestNumbers:
    """Return the larger number for each; the same object where that is one of them."""
    if len(one) < len(other):
        one, other = other, one
    more = {own: number for own, number in other.items() if number > one.get(own, -1)}
    return {**one, **more} if more else one
