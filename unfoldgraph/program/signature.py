"""What the generated function takes and returns: its arguments, and what its docstring says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unfoldgraph.notation import shown
from unfoldgraph.program.lines import WIDTH, listing, number_of_steps, tuple_text, wrapped
from unfoldgraph.program.names import Names
from unfoldgraph.program.plan import Plan, shared_names


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of the function.

    Attributes
    ----------
    name : as the caller knows it.
    owner : the name in the circuit that it belongs to: its own, or for `h0` that of `h`.
    over : the dimension in front of its own shape: "steps", a number of places, or "".
    kind : "input", "parameter", "function" or "boundary".
    needed : whether the results depend on it.
    """

    name: str
    owner: str
    over: str
    kind: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments of a function in their order, and what it returns.

    Attributes
    ----------
    count : the number of steps where it is written out for exactly so many.
    function : the name of the function.
    public : what it calls each argument and each signal.
    sizes : what it calls each size.
    """

    plan: Plan
    count: int | None
    function: str
    arguments: tuple[Argument, ...]
    public: Mapping[str, str]
    sizes: Mapping[str, str]

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
    def takes_steps(self) -> bool:
        """Whether the caller says how many steps there are: no input that is needed does."""
        inputs = any(argument.kind == "input" and argument.needed for argument in self.arguments)
        return self.count is None and bool(self.plan.model.axes) and not inputs

    def may_be_scalar(self, argument: Argument) -> bool:
        """Say whether an array may also be given as a scalar."""
        has_shape = bool(self.plan.model.shapes[argument.owner])
        if argument.kind == "boundary":
            return bool(argument.over) or has_shape
        return argument.owner in self.plan.model.scalar_too and has_shape

    # As source --------------------------------------------------------------------------------------

    def head(self) -> list[str]:
        """Return the `def` of the function."""
        parts = []
        for argument in self.arguments:
            default = "" if argument.needed and argument.kind != "boundary" else "=0" if argument.needed else "=None"
            parts.append(self.public[argument.name] + default)
        if self.takes_steps:
            parts.append("steps=None")
        if not parts:
            return [f"def {self.function}():"]
        line = f"def {self.function}(*, {', '.join(parts)}):"
        if len(line) <= WIDTH:
            return [line]
        return [f"def {self.function}(", *wrapped(", ".join(["*", *parts]) + ",", "    ", "    "), "):"]

    def docstring(self) -> list[str]:
        """Return the docstring of the function, which gives every shape."""
        outputs = self.plan.outputs
        series = listing([self.public[name] for name in outputs if self.plan.is_over_axis(name)])
        single = listing([self.public[name] for name in outputs if not self.plan.is_over_axis(name)])
        returned = f"{series} at every step, and {single}" if series and single else single or f"{series} at every step"
        lines = wrapped(f'"""Return {returned}.', "    ", "    ")
        if self.count is not None and self.plan.model.axes:
            lines += ["", f"    This is written out for exactly {number_of_steps(self.count)}."]
        if self.has_batch:
            lines += ["", "    Any array may have batch dimensions in front (*batch); they broadcast together."]
        if self.arguments or self.takes_steps:
            lines += ["", "    Parameters", "    ----------"]
        grouped: dict[tuple[str, str], list[str]] = {}
        for argument in self.arguments:
            grouped.setdefault(self._told(argument), []).append(self.public[argument.name])
        for (kind, why), names in grouped.items():
            lines += wrapped(f"{', '.join(names)} : {kind}", "    ", "        ")
            lines += wrapped(why, "        ", "        ") if why else []
        if self.takes_steps:
            lines += ["    steps : int", "        How many steps to compute."]
        lines += ["", "    Returns", "    -------", "    dict, its keys also attributes"]
        results: dict[str, list[str]] = {}
        for name in outputs:
            over = ("steps" if self.count is None else str(self.count)) if self.plan.is_over_axis(name) else ""
            results.setdefault(self._shape(name, over), []).append(self.public[name])
        for shape, names in results.items():
            lines += wrapped(f"{', '.join(names)} : array {shape}", "        ", "            ")
        return [*lines, '    """']

    def _told(self, argument: Argument) -> tuple[str, str]:
        """Return the kind of an argument and what it is, for the docstring."""
        is_array = argument.kind != "function" and argument.name not in self.plan.passed_on
        if not is_array:
            kind, why = "callable" if argument.kind == "function" else "anything", self._told_of_calls(argument)
        else:
            kind, why = "array " + self._shape(argument.owner, argument.over), ""
            if self.plan.model.shapes[argument.owner] is None:
                why = "One value is a vector, or a number where there is no dimension left for one."
        if not argument.needed:
            return f"{kind}, optional", "Not needed for these results."
        if argument.kind == "boundary":
            places = [at for box in self.plan.model.free_by_name[argument.owner].boxes for at in box[0]]
            written = f"{shown(argument.owner)}({places[0]})"
            if argument.over:
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

    def _shape(self, name: str, over: str) -> str:
        """Return the shape of an array in words."""
        shape = self.plan.model.shapes[name]
        own = ["..."] if shape is None else [str(self.sizes.get(str(size), size)) for size in shape]
        sizes = [*(["*batch"] if self.has_batch else []), *([over] if over else []), *own]
        return "(*batch)" if sizes == ["*batch"] else tuple_text(sizes)


def make_signature(plan: Plan, count: int | None, names: Names) -> Signature:
    """Return the signature of a plan; its names are claimed first, so that what can keep its own does."""
    arguments = _arguments(plan, count)
    wanted = dict.fromkeys([*(argument.name for argument in arguments), *plan.model.signals])
    public = names.claim_all(list(wanted))
    function = names.claim_public(plan.model.name)
    totals = [total.size for known in plan.forms.values() for total in known.totals]
    shapes = [size for shape in plan.model.shapes.values() for size in shape or ()]
    sizes = dict.fromkeys(size for size in [*shapes, *totals, *plan.model.sizes] if isinstance(size, str))
    return Signature(plan, count, function, arguments, public, {size: names.claim(size) for size in sizes})


def _arguments(plan: Plan, count: int | None) -> tuple[Argument, ...]:
    model = plan.model
    over = "steps" if count is None else str(count)
    found = [Argument(name, name, over, "input", name in plan.needed) for name in model.inputs]
    found += [Argument(name, name, "", "parameter", name in plan.needed) for name in model.parameters]
    found += [Argument(name, name, "", "function", name in plan.functions) for name in model.functions]
    for boundary in model.free:
        places = str(boundary.count) if boundary.count > 1 else ""
        needed = boundary.name in plan.needed
        found.append(Argument(boundary.argument, boundary.name, places, "boundary", needed))
    # What has no default comes first.
    return tuple(sorted(found, key=lambda argument: (not argument.needed, argument.kind == "boundary")))
