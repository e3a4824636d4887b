"""What the generated function takes and returns: its arguments, and what its docstring says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.shapes import is_fresh
from unfoldgraph.base.errors import listing
from unfoldgraph.program.names import Names
from unfoldgraph.program.numpy_source.lines import WIDTH, steps_in_words, tuple_text, wrapped
from unfoldgraph.program.schedule import Schedule, in_order, shared_names


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of the function.

    Attributes
    ----------
    name : as the caller knows it.
    owner : the name in the circuit that it belongs to: its own, or for `h0` that of `h`.
    places : how many places of its owner it holds, where they are more than one.
    kind : "input", "parameter", "function" or "boundary".
    needed : whether the results depend on it.
    """

    name: str
    owner: str
    places: int
    kind: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments of a function in their order, and what it returns.

    Attributes
    ----------
    counts : the length of each axis where it is written out for exactly so many steps.
    function : the name of the function.
    public : what it calls each argument and each signal.
    sizes, lengths : what it calls each size, and the length of each axis.
    """

    plan: Schedule
    counts: Mapping[str, int] | None
    function: str
    arguments: tuple[Argument, ...]
    public: Mapping[str, str]
    sizes: Mapping[str, str]
    lengths: Mapping[str, str]

    @property
    def arrays(self) -> list[Argument]:
        """The arguments that are arrays and checked as such."""
        return [a for a in self.arguments if a.kind != "function" and a.name not in self.plan.passed_on]

    @property
    def required(self) -> list[Argument]:
        """The arguments without a default."""
        return [a for a in self.arguments if a.needed and a.kind != "boundary"]

    @property
    def has_batch(self) -> bool:
        """Whether any argument could have batch dimensions."""
        return bool(self.arrays)

    @property
    def takes_steps(self) -> tuple[str, ...]:
        """The axes whose length the caller says: no input that is needed does."""
        if self.counts is not None:
            return ()
        model = self.plan.model
        inputs = [argument.name for argument in self.arguments if argument.kind == "input" and argument.needed]
        known = {model.length_of[axis] for name in inputs for axis in model.axes_of(name)}
        own = self.plan.model.own_axes
        used = set(own) if len(own) == 1 else self.plan.lengths_used
        return tuple(axis for axis in own if axis in used - known)

    @property
    def takes_lengths(self) -> bool:
        """Whether the sequences of a batch may have lengths of their own."""
        return self.counts is None and bool(self.plan.model.axes)

    def may_be_scalar(self, argument: Argument) -> bool:
        """Say whether an array may also be given as a scalar."""
        has_shape = bool(self.plan.model.shapes[argument.owner])
        if argument.kind == "boundary":
            return bool(argument.places) or has_shape
        return argument.owner in self.plan.model.scalar_too and has_shape

    @property
    def late(self) -> list[Argument]:
        """The arrays that may be scalars, and of which a size follows from those of others."""
        firm = {
            size
            for argument in self.arrays
            if not self.may_be_scalar(argument)
            for size in self.plan.model.shapes[argument.owner] or ()
        }
        follow = {one.size for one in in_order(self.plan.derived, firm) if isinstance(one.size, str)} - firm
        return [
            argument
            for argument in self.arrays
            if argument.needed
            and self.may_be_scalar(argument)
            and follow.intersection(self.plan.model.shapes[argument.owner] or ())
        ]

    def over(self, argument: Argument) -> list[str]:
        """Return the dimensions in front of the own shape of an argument: lengths of axes, or a number of places."""
        if argument.kind == "input":
            return self.over_axes(argument.name)
        return [str(argument.places)] if argument.places else []

    def over_axes(self, name: str) -> list[str]:
        """Return the lengths of the axes of a name: words, or the numbers for which the program is written out."""
        axes = self.plan.model.axes_of(name)
        return [self.lengths[axis] if self.counts is None else str(self.counts[axis]) for axis in axes]

    # As source --------------------------------------------------------------------------------------

    def head(self) -> list[str]:
        """Return the `def` of the function."""
        parts = []
        for argument in self.arguments:
            default = "" if argument.needed and argument.kind != "boundary" else "=0" if argument.needed else "=None"
            parts.append(self.public[argument.name] + default)
        if self.takes_steps:
            parts.append("steps=None")
        if self.takes_lengths:
            parts.append("lengths=None")
        if not parts:
            return [f"def {self.function}():"]
        line = f"def {self.function}(*, {', '.join(parts)}):"
        if len(line) <= WIDTH:
            return [line]
        return [f"def {self.function}(", *wrapped(", ".join(["*", *parts]) + ",", "    ", "    "), "):"]

    def docstring(self) -> list[str]:
        """Return the docstring of the function, which gives every shape."""
        outputs = self.plan.outputs
        series = listing([self.public[name] for name in outputs if self.plan.model.axes_of(name)])
        single = listing([self.public[name] for name in outputs if not self.plan.model.axes_of(name)])
        returned = f"{series} at every step, and {single}" if series and single else single or f"{series} at every step"
        lines = wrapped(f'"""Return {returned}.', "    ", "    ")
        if self.counts:
            told = steps_in_words({axis: self.counts[axis] for axis in self.plan.model.own_axes})
            lines += ["", f"    This is written out for exactly {told}."]
        if self.has_batch:
            lines += ["", "    Any array may have batch dimensions in front (*batch); they broadcast together."]
        if self.arguments or self.takes_steps or self.takes_lengths:
            lines += ["", "    Parameters", "    ----------"]
        grouped: dict[tuple[str, str], list[str]] = {}
        for argument in self.arguments:
            grouped.setdefault(self._told(argument), []).append(self.public[argument.name])
        for (kind, why), names in grouped.items():
            lines += wrapped(f"{', '.join(names)} : {kind}", "    ", "        ")
            lines += wrapped(why, "        ", "        ") if why else []
        lines += self._told_of_lengths()
        lines += ["", "    Returns", "    -------", "    dict, its keys also attributes"]
        results: dict[str, list[str]] = {}
        for name in outputs:
            over = self.over_axes(name)
            results.setdefault(self._shape(name, over), []).append(self.public[name])
        for shape, names in results.items():
            lines += wrapped(f"{', '.join(names)} : array {shape}", "        ", "            ")
        return [*lines, '    """']

    def _told_of_lengths(self) -> list[str]:
        """Return what the docstring says of the lengths of axes."""
        lines: list[str] = []
        own, taken = self.plan.model.own_axes, self.takes_steps
        words = {axis: f'{self.lengths[axis]} as {{"{axis}": ...}}' for axis in own}
        if taken and len(own) == 1:
            lines += ["    steps : int", "        How many steps to compute."]
        elif len(taken) == 1:
            (axis,) = taken
            lines += ["    steps : int", f"        How many steps of {shown(axis)} to compute: {self.lengths[axis]}."]
        elif taken:
            told = f"How many steps to compute: {listing([words[axis] for axis in taken])}."
            lines += ["    steps : dict of int", *wrapped(told, "        ", "        ")]
        if self.takes_lengths:
            several = len(own) > 1
            lines += [f"    lengths : {'dict of arrays' if several else 'array (*batch)'} of int, optional"]
            told = "Where each sequence has a length of its own; beyond its end its results are 0"
            told += f": {listing([words[axis] for axis in own])}." if several else "."
            lines += wrapped(told, "        ", "        ")
        return lines

    def _told(self, argument: Argument) -> tuple[str, str]:
        """Return the kind of an argument and what it is, for the docstring."""
        is_array = argument.kind != "function" and argument.name not in self.plan.passed_on
        if not is_array:
            kind, why = "callable" if argument.kind == "function" else "anything", self._told_of_calls(argument)
        else:
            kind, why = "array " + self._shape(argument.owner, self.over(argument)), ""
            if self.plan.model.shapes[argument.owner] is None:
                why = "One value is a vector, or a number where there is no dimension left for one."
        if not argument.needed:
            return f"{kind}, optional", "Not needed for these results."
        if argument.kind == "boundary":
            places = [at for box in self.plan.model.free_by_name[argument.owner].boxes for at in box[0]]
            written = f"{shown(argument.owner)}({places[0]})"
            if argument.places:
                written += f" to {shown(argument.owner)}({places[-1]}), oldest first"
            return f"{kind}, default 0", f"What stands before the first step: {written}."
        if is_array and self.may_be_scalar(argument):
            kind += ", or a scalar"
        return kind, why

    def _told_of_calls(self, argument: Argument) -> str:
        """Return how a function is called, or which functions a parameter is handed to."""
        if argument.kind != "function":
            called = {
                call.data[0]
                for call in self.plan.calls
                if any(given.operator == "parameter" and given.data == argument.name for given in call.arguments)
            }
            functions = [self.public[name] for name in self.plan.functions if name in called]
            return f"Handed to {listing(functions)} as it is."
        calls = [call for call in self.plan.calls if call.data[0] == argument.name]
        by_name = dict.fromkeys(self.public[name] for call in calls for name in shared_names(call))
        return f"Called with arrays of one step, (*batch, ...){', and ' if by_name else ''}{listing(list(by_name))}" + (
            " by name." if by_name else "."
        )

    def _shape(self, name: str, over: Sequence[str]) -> str:
        """Return the shape of an array in words."""
        shape = self.plan.model.shapes[name]
        own = ["..."] if shape is None else [str(self.sizes.get(str(size), size)) for size in shape]
        sizes = [*(["*batch"] if self.has_batch else []), *over, *own]
        return "(*batch)" if sizes == ["*batch"] else tuple_text(sizes)


def make_signature(plan: Schedule, counts: Mapping[str, int] | None, names: Names) -> Signature:
    """Return the signature of a plan; its names are claimed first, so that what can keep its own does."""
    arguments = _arguments(plan)
    wanted = dict.fromkeys([*(argument.name for argument in arguments), *plan.model.signals])
    public = names.claim_all(list(wanted))
    function = names.claim_public(plan.model.name)
    shapes = [size for shape in plan.model.shapes.values() for size in shape or ()]
    derived = [one.size for one in plan.derived]
    named = dict.fromkeys(size for size in [*shapes, *derived, *plan.model.sizes] if isinstance(size, str))
    sizes = {size: names.claim_numbered("size") if is_fresh(size) else names.claim(size) for size in named}
    own = plan.model.own_axes
    words = {axis: "steps" if len(own) == 1 else names.claim(f"steps_{axis}") for axis in own}
    lengths = {axis: words[plan.model.length_of[axis]] for axis in plan.model.axes}
    return Signature(plan, counts, function, arguments, public, sizes, lengths)


def _arguments(plan: Schedule) -> tuple[Argument, ...]:
    model = plan.model
    found = [Argument(name, name, 0, "input", name in plan.needed) for name in model.inputs]
    found += [Argument(name, name, 0, "parameter", name in plan.needed) for name in model.parameters]
    found += [Argument(name, name, 0, "function", name in plan.functions) for name in model.functions]
    for boundary in model.free:
        places = boundary.count if boundary.count > 1 else 0
        needed = boundary.name in plan.needed
        found.append(Argument(boundary.argument, boundary.name, places, "boundary", needed))
    # What has no default comes first.
    return tuple(sorted(found, key=lambda argument: (not argument.needed, argument.kind == "boundary")))
