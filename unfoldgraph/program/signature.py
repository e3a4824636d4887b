"""What the generated function takes and returns: its arguments, and what its docstring says of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from unfoldgraph.algebra.expression import Expr, Index, indexed
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.algebra.shapes import is_fresh
from unfoldgraph.base.affine import Affine, axis_of_length, length_name, plain_name, size, size_name, whole
from unfoldgraph.base.errors import listing
from unfoldgraph.program.names import Names
from unfoldgraph.program.python_text.expressions import expression_text
from unfoldgraph.program.python_text.nodes import Parameter, binary, constant, parameters, plus
from unfoldgraph.program.python_text.prose import steps_in_words, tuple_in_words, wrapped
from unfoldgraph.program.reach import count_of, places_of
from unfoldgraph.program.schedule import Schedule, in_order, shared_names

#: How far the lines are indented that say what one argument is.
_FURTHER = "    "


@dataclass(frozen=True, slots=True)
class FunctionArgument:
    """One argument of the function.

    Attributes
    ----------
    name : as the caller knows it.
    owner : the name in the circuit that it belongs to: its own, or for `h0` that of `h`.
    places : how many places of its owner it holds, where they are more than one; sizes may tell.
    kind : what it is.
    needed : whether the results depend on it.
    """

    name: str
    owner: str
    places: int | Affine
    kind: Literal["input", "parameter", "function", "boundary"]
    needed: bool


@dataclass(frozen=True)
class Signature:
    """The arguments of a function in their order, and what it returns.

    Attributes
    ----------
    schedule : what the function computes.
    counts : the length of each axis where it is written out for exactly so many steps.
    function : the name of the function.
    arguments : in their order; of those that are not needed, which come last, nothing is computed.
    public : what it calls each argument and each signal.
    sizes, lengths : what it calls each size, and the length of each axis.
    """

    schedule: Schedule
    counts: Mapping[str, int] | None
    function: str
    arguments: tuple[FunctionArgument, ...]
    public: Mapping[str, str]
    sizes: Mapping[str, str]
    lengths: Mapping[str, str]

    @cached_property
    def own_axes(self) -> tuple[str, ...]:
        """The axes that share the length of none before them."""
        return self.schedule.model.own_axes

    def is_array(self, argument: FunctionArgument) -> bool:
        """Say whether an argument is an array and checked as such, and not handed to functions as it is."""
        return argument.kind != "function" and argument.name not in self.schedule.passed_on

    @cached_property
    def arrays(self) -> tuple[FunctionArgument, ...]:
        """The arguments that are arrays and checked as such."""
        return tuple(filter(self.is_array, self.arguments))

    @property
    def required(self) -> tuple[FunctionArgument, ...]:
        """The arguments without a default."""
        return tuple(a for a in self.arguments if a.needed and a.kind != "boundary")

    @property
    def has_batch(self) -> bool:
        """Whether any argument could have batch dimensions."""
        return bool(self.arrays)

    @cached_property
    def lengths_used(self) -> frozenset[str]:
        """The axes whose length the results depend on, each the first of those that share it."""
        return frozenset(self.schedule.lengths_used)

    @cached_property
    def lengths_given(self) -> frozenset[str]:
        """The axes whose length some input says where it is given, each the first of those that share it."""
        return self._lengths_of(a for a in self.arguments if a.kind == "input")

    @cached_property
    def takes_steps(self) -> tuple[str, ...]:
        """The axes whose length the caller says: no input that is needed does."""
        if self.counts is not None:
            return ()
        known = self._lengths_of(a for a in self.arguments if a.kind == "input" and a.needed)
        used = self.own_axes if len(self.own_axes) == 1 else self.lengths_used
        return tuple(axis for axis in self.own_axes if axis in used and axis not in known)

    @property
    def takes_lengths(self) -> bool:
        """Whether the sequences of a batch may have lengths of their own."""
        return self.counts is None and bool(self.own_axes)

    @cached_property
    def cuts_off(self) -> bool:
        """Whether these sequences are computed as long as the longest, and their results cut off."""
        return self.takes_lengths and self.schedule.only_looks_back

    def may_be_scalar(self, argument: FunctionArgument) -> bool:
        """Say whether an array may also be given as a scalar."""
        has_shape = bool(self.schedule.model.shapes[argument.owner])
        if argument.kind == "boundary":
            return bool(argument.places) or has_shape
        return argument.owner in self.schedule.model.scalar_too and has_shape

    @cached_property
    def late(self) -> frozenset[FunctionArgument]:
        """The arrays that may be scalars, and of which a size follows from those of others."""
        shapes = self.schedule.model.shapes
        firm = {
            size
            for argument in self.arrays
            if not self.may_be_scalar(argument)
            for size in shapes[argument.owner] or ()
        }
        follow = {one.size for one in in_order(self.schedule.derived, firm) if isinstance(one.size, str)} - firm
        return frozenset(
            argument
            for argument in self.arrays
            if argument.needed
            and self.may_be_scalar(argument)
            and (isinstance(argument.places, Affine) or follow.intersection(shapes[argument.owner] or ()))
        )

    def over(self, argument: FunctionArgument) -> list[str | int]:
        """Return the dimensions in front of the own shape of an argument: lengths of axes, or a number of places."""
        if argument.kind == "input":
            return self.over_axes(argument.name)
        if isinstance(argument.places, Affine):
            return [expression_text(self.whole(argument.places))]
        return [argument.places] if argument.places else []

    def whole(self, at: Affine) -> ast.expr:
        """Return a sum of sizes and lengths."""
        if self.counts is not None:
            known = {length_name(axis): whole(count) for axis, count in self.counts.items()}
            at = at.at(known)
        found: ast.expr = constant(0)
        for number, (own, factor) in enumerate(sorted(at.terms, key=lambda term: term[1] < 0)):
            axis = axis_of_length(own)
            term: ast.expr = ast.Name(self.lengths[axis] if axis else self.sizes[plain_name(own)])
            term = term if abs(factor) == 1 else binary("*", constant(abs(factor)), term)
            sign = "+" if factor > 0 else "-"
            found = term if not number and factor > 0 else binary(sign, found, term)
        return plus(found, at.constant)

    def over_axes(self, name: str) -> list[str | int]:
        """Return the lengths of the axes of a name: words, or the numbers for which the program is written out."""
        axes = self.schedule.model.axes_of(name)
        return [self.lengths[axis] if self.counts is None else self.counts[axis] for axis in axes]

    def head(self) -> ast.arguments:
        """Return the arguments as they stand in the `def`, all of them by name, some with a default."""
        found: list[Parameter] = []
        for argument in self.arguments:
            public = self.public[argument.name]
            if argument.needed:
                found.append((public, constant(0)) if argument.kind == "boundary" else public)
            else:
                found.append((public, constant(None)))
        if self.takes_steps:
            found.append(("steps", constant(None)))
        if self.takes_lengths:
            found.append(("lengths", constant(None)))
        return parameters(keyword_only=found)

    def kinds(self) -> dict[str, str]:
        """Return what each argument of the function is in words, by what it is called, in their order.

        >>> from unfoldgraph.language.text import read
        >>> from unfoldgraph.program.schedule import schedule_of
        >>> make_signature(schedule_of(read("s(t) = s(t-1) + x(t)"), None), None, Names()).kinds()
        {'x': 'array (*batch, steps)', 's0': 'array (*batch)', 'lengths': 'array (*batch) of int'}
        """
        kinds = {self.public[argument.name]: self._kind(argument) for argument in self.arguments}
        if self.takes_steps:
            kinds["steps"] = self._kind_of_steps
        if self.takes_lengths:
            kinds["lengths"] = self._kind_of_lengths
        return kinds

    @property
    def _kind_of_steps(self) -> str:
        return "dict of int" if len(self.takes_steps) > 1 else "int"

    @property
    def _kind_of_lengths(self) -> str:
        return f"{'dict of arrays' if len(self.own_axes) > 1 else 'array (*batch)'} of int"

    def _lengths_of(self, inputs: Iterable[FunctionArgument]) -> frozenset[str]:
        """Return the axes whose length some inputs say."""
        model = self.schedule.model
        return frozenset(model.length_of[axis] for argument in inputs for axis in model.axes_of(argument.name))

    # The docstring ----------------------------------------------------------------------------------

    def docstring(self) -> list[str]:
        """Return the lines of the docstring of the function, which gives every shape; they are not indented."""
        outputs, axes_of = self.schedule.outputs, self.schedule.model.axes_of
        series = listing([self.public[name] for name in outputs if axes_of(name)])
        single = listing([self.public[name] for name in outputs if not axes_of(name)])
        returned = f"{series} at every step, and {single}" if series and single else single or f"{series} at every step"
        # The quotes in front of the first line take their room, too.
        first, *further = wrapped(f"Return {returned}.", "   ")
        lines = [first.lstrip(), *further]
        if self.counts:
            told = steps_in_words({axis: self.counts[axis] for axis in self.own_axes})
            lines += ["", f"This is written out for exactly {told}."]
        if self.has_batch:
            lines += ["", "Any array may have batch dimensions in front (*batch); they broadcast together."]
        if self.arguments or self.takes_steps or self.takes_lengths:
            lines += ["", "Parameters", "----------"]
        grouped: dict[tuple[str, str], list[str]] = {}
        for argument in self.arguments:
            grouped.setdefault(self._told(argument), []).append(self.public[argument.name])
        for (kind, why), names in grouped.items():
            lines += wrapped(f"{', '.join(names)} : {kind}", further=_FURTHER)
            lines += wrapped(why, _FURTHER, _FURTHER)
        lines += self._told_of_lengths()
        lines += ["", "Returns", "-------", "dict, its keys also attributes"]
        results: dict[str, list[str]] = {}
        for name in outputs:
            results.setdefault(self._shape(name, self.over_axes(name)), []).append(self.public[name])
        for shape, names in results.items():
            lines += wrapped(f"{', '.join(names)} : array {shape}", _FURTHER, 2 * _FURTHER)
        return lines

    def _told_of_lengths(self) -> list[str]:
        """Return what the docstring says of the lengths of axes."""
        lines: list[str] = []
        own, taken = self.own_axes, self.takes_steps
        words = {axis: f'{self.lengths[axis]} as {{"{axis}": ...}}' for axis in own}
        if taken and len(own) == 1:
            lines += [f"steps : {self._kind_of_steps}", f"{_FURTHER}How many steps to compute."]
        elif len(taken) == 1:
            (axis,) = taken
            told = f"How many steps of {shown(axis)} to compute: {self.lengths[axis]}."
            lines += [f"steps : {self._kind_of_steps}", *wrapped(told, _FURTHER, _FURTHER)]
        elif taken:
            told = f"How many steps to compute: {listing([words[axis] for axis in taken])}."
            lines += [f"steps : {self._kind_of_steps}", *wrapped(told, _FURTHER, _FURTHER)]
        if self.takes_lengths:
            lines.append(f"lengths : {self._kind_of_lengths}, optional")
            told = "Where each sequence has a length of its own; beyond its end its results are 0"
            told += f": {listing([words[axis] for axis in own])}." if len(own) > 1 else "."
            lines += wrapped(told, _FURTHER, _FURTHER)
        return lines

    def _kind(self, argument: FunctionArgument) -> str:
        """Return what an argument is, in words."""
        if argument.kind == "function":
            return "callable"
        return f"array {self._shape(argument.owner, self.over(argument))}" if self.is_array(argument) else "anything"

    def _told(self, argument: FunctionArgument) -> tuple[str, str]:
        """Return the kind of an argument and what it is, for the docstring."""
        kind, why, is_array = self._kind(argument), "", self.is_array(argument)
        if not is_array:
            why = self._told_of_calls(argument)
        elif self.schedule.model.shapes[argument.owner] is None:
            why = "One value is a vector, or a number where there is no dimension left for one."
        if not argument.needed:
            return f"{kind}, optional", "Not needed for these results."
        if argument.kind == "boundary":
            boundary = self.schedule.model.free_by_name[argument.owner]
            places = [Index("", at) for box in boundary.boxes for at in box[0]]
            behind = ""
            if isinstance(argument.places, Affine):
                called = {size_name(own): size(one) for own, one in self.sizes.items()}
                places = [indexed((whole(1) - argument.places).at(called)), Index("", 0)]
                if argument.places == size(places_of(boundary)):
                    counts = (expression_text(self.whole(whole(1) - first)) for first in boundary.firsts)
                    behind = f", where {self.sizes[places_of(boundary)]} is max({', '.join(counts)})"
            written = read_text(argument.owner, places[:1])
            if argument.places:
                written += f" to {read_text(argument.owner, places[-1:])}, oldest first{behind}"
            return f"{kind}, default 0", f"What stands before the first step: {written}."
        if is_array and self.may_be_scalar(argument):
            kind += ", or a scalar"
        return kind, why

    def _told_of_calls(self, argument: FunctionArgument) -> str:
        """Return how a function is called, or which functions a parameter is handed to."""
        if argument.kind != "function":
            return f"Handed to {listing(self._handed_to[argument.name])} as it is."
        by_name = dict.fromkeys(self.public[name] for call in self._calls[argument.name] for name in shared_names(call))
        also = f", and {listing(list(by_name))} by name" if by_name else ""
        return f"Called with arrays of one step, (*batch, ...){also}."

    @cached_property
    def _calls(self) -> Mapping[str, Sequence[Expr]]:
        """The calls of each opaque function."""
        found: dict[str, list[Expr]] = {name: [] for name in self.schedule.model.functions}
        for call in self.schedule.calls:
            found[call.data[0]].append(call)
        return found

    @cached_property
    def _handed_to(self) -> Mapping[str, list[str]]:
        """The functions that each parameter is an argument of."""
        found: dict[str, dict[str, None]] = {name: {} for name in self.schedule.model.parameters}
        for function, calls in self._calls.items():
            given = (argument for call in calls for argument in call.arguments)
            for name in (argument.data for argument in given if argument.operator == "parameter"):
                found[name][self.public[function]] = None
        return {name: list(functions) for name, functions in found.items()}

    def _shape(self, name: str, over: Sequence[str | int]) -> str:
        """Return the shape of an array in words."""
        shape = self.schedule.model.shapes[name]
        own = ["..."] if shape is None else [str(self.sizes.get(str(size), size)) for size in shape]
        sizes = [*(["*batch"] if self.has_batch else []), *map(str, over), *own]
        return "(*batch)" if sizes == ["*batch"] else tuple_in_words(sizes)


def make_signature(schedule: Schedule, counts: Mapping[str, int] | None, names: Names) -> Signature:
    """Return the signature of a program, for any number of steps or for exactly `counts` of each axis.

    Its names are claimed first, so that what can keep its own does.

    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> signature = make_signature(schedule_of(read("s(t) = s(t-1) + x(t)"), None), None, Names())
    >>> ast.unparse(signature.head()), signature.docstring()[0]
    ('*, x, s0=0, lengths=None', 'Return s at every step.')
    """
    model = schedule.model
    arguments = _arguments(schedule)
    wanted = dict.fromkeys([*(argument.name for argument in arguments), *model.signals])
    public = names.claim_all(list(wanted))
    function = names.claim_public(model.name)
    shapes = [size for shape in model.shapes.values() for size in shape or ()]
    derived = [one.size for one in schedule.derived]
    named = dict.fromkeys(size for size in [*shapes, *derived, *model.sizes] if isinstance(size, str))
    sizes = {
        size: names.claim_numbered("size") if is_fresh(size) else names.claim(size.replace(" ", "_")) for size in named
    }
    own = model.own_axes
    words = {axis: "steps" if len(own) == 1 else names.claim(f"steps_{axis}") for axis in own}
    lengths = {axis: words[model.length_of[axis]] for axis in model.axes}
    return Signature(schedule, counts, function, arguments, public, sizes, lengths)


def _arguments(schedule: Schedule) -> tuple[FunctionArgument, ...]:
    model = schedule.model
    needed, called = frozenset(schedule.needed), frozenset(schedule.functions)
    found = [FunctionArgument(name, name, 0, "input", name in needed) for name in model.inputs]
    found += [FunctionArgument(name, name, 0, "parameter", name in needed) for name in model.parameters]
    found += [FunctionArgument(name, name, 0, "function", name in called) for name in model.functions]
    for boundary in model.free:
        places = count_of(boundary) if boundary.has_several else 0
        found.append(FunctionArgument(boundary.argument, boundary.name, places, "boundary", boundary.name in needed))
    # What has no default comes first.
    return tuple(sorted(found, key=lambda argument: (not argument.needed, argument.kind == "boundary")))
