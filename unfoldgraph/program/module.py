"""A plan as a Python module: one function, and the helpers that it calls."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from unfoldgraph.causality import Component
from unfoldgraph.equations import FreeBoundary, Statement
from unfoldgraph.errors import require_within, visible
from unfoldgraph.expression import Expr, postorder
from unfoldgraph.limits import UNROLLED_STATEMENTS
from unfoldgraph.notation import read_text, text
from unfoldgraph.program.forms import Least, Total
from unfoldgraph.program.helpers import helpers_called
from unfoldgraph.program.names import Names
from unfoldgraph.program.plan import Plan
from unfoldgraph.program.source import (
    Block,
    Scope,
    Value,
    Writer,
    count_uses,
    depends_on_steps,
    sum_text,
    with_loop,
)

_WIDTH = 110
#: Stands for the variable of the loop over steps until it is known how steps are written; no name is like it.
_LOOP = "0"
_BUILTINS = ("range", "callable", "TypeError", "ValueError")


@dataclass(frozen=True, slots=True)
class Module:
    """A generated module.

    Attributes
    ----------
    source : its text.
    function : the name of its function.
    arguments : what the function calls each array and function, by the circuit's own name.
    required : those of them that have no default.
    outputs : what the results are called, by the circuit's own name.
    takes_steps : whether the caller says how many steps there are.
    """

    source: str
    function: str
    arguments: dict[str, str]
    required: tuple[str, ...]
    outputs: dict[str, str]
    takes_steps: bool


@dataclass(frozen=True, slots=True)
class _Argument:
    """One argument of the function.

    `over` is the dimension in front of its own shape: "steps", a number of places, or "".
    """

    name: str
    owner: str
    over: str
    kind: str
    needed: bool


def generate(plan: Plan, steps: int | None) -> Module:
    """Return the module of a plan, for any number of steps or, straight-line, for exactly `steps`."""
    return _Generator(plan, steps).module()


class _Generator:
    def __init__(self, plan: Plan, steps: int | None) -> None:
        self.plan = plan
        self.model = plan.model
        self.count = steps
        names = Names()
        arguments = self._arguments()
        own = [argument.name for argument in arguments]
        self.public = names.claim_all(list(dict.fromkeys([*own, *self.model.signals])))
        self.builtins = {word: names.builtin(word) for word in (*_BUILTINS, "np")}
        self.function = self._claim_function(names)
        axis = self.model.axes[0] if self.model.axes else "t"
        words = {word: names.claim(word) for word in ("arrays", "dtype", "batch", "sizes", "step")}
        words |= {"steps": "steps", "loop": names.claim(axis), "range": self.builtins["range"][0]}
        self.arguments = arguments
        self.names = names
        self.words = words
        self.sizes = self._name_sizes()
        self.has_batch = any(a.kind != "function" and not self._passed_on(a) for a in arguments)
        if not self.has_batch:
            words["batch"] = "()"
        self.writer = Writer(plan, names, self.public, self.sizes, words, self.has_batch)
        self.body = Block()
        self.whole = Scope(self.body, known=self.writer.everywhere)
        self.statements = 0

    def _claim_function(self, names: Names) -> str:
        name = self.model.name
        return names.claim_public(name if name != "np" else "np_")

    def _arguments(self) -> list[_Argument]:
        """Return the arguments in the order of the signature."""
        model, plan = self.model, self.plan
        over = "steps" if self.count is None else str(self.count)
        found = [_Argument(name, name, over, "input", name in plan.needed) for name in model.inputs]
        found += [_Argument(name, name, "", "parameter", name in plan.needed) for name in model.parameters]
        found += [_Argument(name, name, "", "function", name in plan.functions) for name in model.functions]
        for boundary in model.free:
            places = str(boundary.count) if boundary.count > 1 else ""
            needed = boundary.name in plan.needed
            found.append(_Argument(boundary.argument, boundary.name, places, "boundary", needed))
        # What has no default comes first.
        return sorted(found, key=lambda argument: (not argument.needed, argument.kind == "boundary"))

    def _name_sizes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        totals = [total.size for known in self.plan.forms.values() for total in known.totals]
        shapes = [size for shape in self.model.shapes.values() for size in shape or ()]
        for size in [*shapes, *totals, *self.model.sizes]:
            if isinstance(size, str) and size not in found:
                found[size] = self.names.claim(size)
        return found

    @property
    def takes_steps(self) -> bool:
        """Whether no input that is needed gives the length."""
        inputs = any(argument.kind == "input" and argument.needed for argument in self.arguments)
        return self.count is None and bool(self.model.axes) and not inputs

    # The module -------------------------------------------------------------------------------------

    def module(self) -> Module:
        self._keep_time_first()
        self._make_room()
        for component in self.plan.components:
            if component.recurrent:
                self._loop(component)
            else:
                self._at_once(component.members[0])
        self._return()
        opening = self._opening()
        apart = [""] if opening.lines and self.body.lines[0] else []
        body = self._with_words([*opening.lines, *apart, *self.body.lines])
        helpers = helpers_called("\n".join(body))
        lines = [*self._docstring(), "", "import numpy as np"]
        hidden = [(alias, word) for word, (alias, is_hidden) in self.builtins.items() if is_hidden]
        if hidden:
            lines += ["", "# The circuit has names of its own like these."]
            lines += [f"{alias} = {word}" for alias, word in hidden]
        lines += ["", "", '@np.errstate(all="ignore")', *self._signature(), *self._function_docstring(), *body]
        for helper in helpers:
            lines += ["", "", *helper.split("\n")]
        arguments = {argument.name: self.public[argument.name] for argument in self.arguments}
        return Module(
            "\n".join(lines) + "\n",
            self.function,
            arguments,
            tuple(a.name for a in self.arguments if a.needed and a.kind != "boundary"),
            {name: self.public[name] for name in self.plan.outputs},
            self.takes_steps,
        )

    def _with_words(self, lines: Iterable[str]) -> list[str]:
        """Put in the aliases of what the circuit's own names hide."""
        hidden = [word for word, (_, is_hidden) in self.builtins.items() if is_hidden and word != "range"]
        found = []
        for line in lines:
            line = with_loop(line, sum_text)
            if not line.lstrip().startswith("#"):
                for word in hidden:
                    follows = r"\." if word == "np" else r"\("
                    line = re.sub(rf"(?<![\w.]){word}(?={follows})", f"_{word}", line)
            found.append(line)
        return found

    def _docstring(self) -> list[str]:
        equations = [_one_line(f"{read_text(s.name, s.index)} = {text(s.right)}") for s in self.model.statements]
        wrapped = [line for equation in equations for line in _wrapped(equation, "    ", "        ")]
        title = _one_line(self.model.title or self.model.name)
        return [f'"""{_quotable(title)}', "", *map(_quotable, wrapped), '"""']

    def _signature(self) -> list[str]:
        parts = []
        for argument in self.arguments:
            default = "" if argument.needed and argument.kind != "boundary" else "=0" if argument.needed else "=None"
            parts.append(self.public[argument.name] + default)
        if self.takes_steps:
            parts.append("steps=None")
        if not parts:
            return [f"def {self.function}():"]
        line = f"def {self.function}(*, {', '.join(parts)}):"
        if len(line) <= _WIDTH:
            return [line]
        return [f"def {self.function}(", *_wrapped(", ".join(["*", *parts]) + ",", "    ", "    "), "):"]

    def _function_docstring(self) -> list[str]:
        outputs = ", ".join(self.public[name] for name in self.plan.outputs)
        where = " at every step" if any(map(self.plan.is_over_axis, self.plan.outputs)) else ""
        lines = _wrapped(f'"""Return {outputs}{where}.', "    ", "    ")
        if self.count is not None and self.model.axes:
            lines += ["", f"    This is written out for exactly {self.count} steps."]
        if self.has_batch:
            lines += ["", "    Any array may have batch dimensions in front (*batch); they broadcast together."]
        if self.arguments or self.takes_steps:
            lines += ["", "    Parameters", "    ----------"]
        grouped: dict[tuple[str, str], list[str]] = {}
        for argument in self.arguments:
            grouped.setdefault(self._told(argument), []).append(self.public[argument.name])
        for (kind, why), names in grouped.items():
            lines += _wrapped(f"{', '.join(names)} : {kind}", "    ", "        ")
            lines += _wrapped(why, "        ", "        ") if why else []
        if self.takes_steps:
            lines += ["    steps : int", "        How many steps to compute."]
        lines += ["", "    Returns", "    -------", "    dict, its keys also attributes"]
        shown: dict[str, list[str]] = {}
        for name in self.plan.outputs:
            over = ("steps" if self.count is None else str(self.count)) if self.plan.is_over_axis(name) else ""
            shown.setdefault(self._shape_words(name, over), []).append(self.public[name])
        for shape, names in shown.items():
            lines += _wrapped(f"{', '.join(names)} : array {shape}", "        ", "            ")
        return [*lines, '    """']

    def _told(self, argument: _Argument) -> tuple[str, str]:
        """Return the kind of an argument and what it is, for the docstring."""
        if argument.kind == "function":
            return "callable", "Takes arrays of one step, (*batch, m), and its shared parameters by name."
        if self._passed_on(argument):
            return "anything", "Handed to the functions as it is."
        shape = "array " + self._shape_words(argument.owner, argument.over)
        if not argument.needed:
            return f"{shape}, optional", "Not needed for these results."
        if argument.kind == "boundary":
            places = [at for box in self.model.free_by_name[argument.owner].boxes for at in box[0]]
            written = f"{argument.owner}({places[0]})"
            if argument.over:
                written += f" to {argument.owner}({places[-1]}), oldest first"
            return f"{shape}, default 0", f"What stands before the first step: {written}."
        if argument.owner in self.model.scalar_too and self.model.shapes[argument.owner]:
            return f"{shape}, or a scalar", ""
        return shape, ""

    def _shape_words(self, name: str, over: str) -> str:
        shape = self.model.shapes[name]
        own = ["..."] if shape is None else [str(self.sizes.get(str(size), size)) for size in shape]
        sizes = [*(["*batch"] if self.has_batch else []), *([over] if over else []), *own]
        return f"({', '.join(sizes)}{',' if len(sizes) == 1 and sizes != ['*batch'] else ''})"

    # Before the work --------------------------------------------------------------------------------

    def _opening(self) -> Block:
        """Return what checks the arguments; it is written last, when it is known what the rest uses."""
        block = Block()
        words, used = self.words, self.writer.used
        for argument in self.arguments:
            if argument.kind == "function" and argument.needed:
                name = self.public[argument.name]
                with block.indented(f"if not callable({name}):"):
                    block.add(f'raise TypeError("{name}: expected a function")')
        arrays = [a for a in self.arguments if a.kind != "function" and not self._passed_on(a)]
        taken = [self.public[a.name] for a in arrays if a.needed]
        sizes_used = [size for size in self.sizes if f"size {size}" in used]
        totals = {t.size: t for known in self.plan.forms.values() for t in known.totals}
        least = {(part.size, part.least): part for known in self.plan.forms.values() for part in known.least}
        sizes_used += [size for size, _ in least if size not in sizes_used]
        for total in totals.values():
            sizes_used += [s for s in (*total.parts, total.size) if isinstance(s, str) and s not in sizes_used]
        if arrays:
            scalars = [self.public[a.name] for a in arrays if a.needed and self._may_be_scalar(a)]
            optional = [self.public[a.name] for a in arrays if not a.needed]
            block.add(f"{words['arrays']}, {words['sizes']}, {words['batch']}, {words['dtype']} = _arrays(")
            block.indent += 1
            block.add(f"{_tuple_text(scalars)},")
            block.add(f"{_tuple_text(optional)},")
            for argument in arrays:
                shape = self._expected(argument)
                name = self.public[argument.name]
                block.add(f"{name}=({', '.join([name, *shape])}{',' if not shape else ''}),")
            block.indent -= 1
            block.add(")")
            line = (
                f"{', '.join(taken)} = {words['arrays']}"
                if len(taken) > 1
                else f"[{''.join(taken)}] = {words['arrays']}"
            )
            if len(line) <= _WIDTH - 4:
                block.add(line)
            else:
                block.add("[")
                block.lines += _wrapped(", ".join(taken) + ",", "        ", "        ")
                block.add(f"] = {words['arrays']}")
        else:
            if "dtype" in used or "step" in used:
                block.add(f"{words['dtype']} = np.float64")
        self._open_steps(block, arrays)
        self._open_sizes(block, sizes_used, totals.values(), least.values())
        return block

    def _open_steps(self, block: Block, arrays: Sequence[_Argument]) -> None:
        words, used = self.words, self.writer.used
        far = self._fixed_reads()
        if self.count is not None:
            if self.model.axes and ("steps" in used or "step" in used or far):
                block.add(f"steps = {self.count}")
        elif self.takes_steps:
            given = any(argument.kind == "input" for argument in arrays)
            block.add(
                "steps = "
                + (f'_number_of_steps({words["sizes"]}.get("steps", steps))' if given else "_number_of_steps(steps)")
            )
        elif self.model.axes and ("steps" in used or "step" in used or far):
            block.add(f'steps = {words["sizes"]}["steps"]')
        for condition, place, written in far:
            with block.indented(f"if {condition}:"):
                block.add(f'raise ValueError(f"{written} is read: expected at least {place} steps, got {{steps}}")')
        if "step" in used:
            numbers = f"np.arange(1, steps + 1, dtype={words['dtype']})"
            shape = f".reshape(steps, *(1 for _ in {words['batch']}))" if self.has_batch else ""
            block.add(f"{words['step']} = {numbers}{shape}  # the number of each step")

    def _open_sizes(self, block: Block, used: Sequence[str], totals: Iterable[Total], least: Iterable[Least]) -> None:
        """Write what the sizes are, and what they must satisfy."""
        given = {size for a in self.arguments if a.kind != "function" for size in self.model.shapes[a.owner] or ()}
        known = [size for size in used if size in given]
        keys = [f'{self.words["sizes"]}["{self.sizes[size]}"]' for size in known]
        line = f"{', '.join(self.sizes[size] for size in known)} = {', '.join(keys)}"
        if known and len(line) <= _WIDTH - 4:
            block.add(line)
        else:
            for size, key in zip(known, keys, strict=True):
                block.add(f"{self.sizes[size]} = {key}")
        waiting = list(totals)
        while ready := [t for t in waiting if all(isinstance(part, int) or part in known for part in t.parts)]:
            total = ready[0]
            waiting.remove(total)
            name = self.sizes[total.size]
            parts = " + ".join(str(self.sizes.get(str(part), part)) for part in total.parts)
            if total.size in known:
                with block.indented(f"if {name} != {parts}:"):
                    block.add(f'raise ValueError(f"expected {name} = {parts} = {{{parts}}}, got {{{name}}}")')
            else:
                block.add(f"{name} = {parts}")
                known.append(total.size)
        for need in least:
            name = self.sizes[need.size]
            with block.indented(f"if {name} < {need.least}:"):
                written = need.written.replace("{", "").replace("}", "")
                block.add(f'raise ValueError(f"{written}: expected {name} of at least {need.least}, got {{{name}}}")')

    def _fixed_reads(self) -> list[tuple[str, int, str]]:
        """Return the conditions under which a fixed place is read that does not exist."""
        found: dict[tuple[str, int, str], None] = {}
        for component in self.plan.components:
            for number in component.members:
                statement = self.model.statements[number]
                for read in statement.reads:
                    at = read.index[0] if read.index else None
                    if at is None or at.base != "" or at.offset < 1:
                        continue
                    low = "0 < " if statement.axes or statement.is_boundary else ""
                    if statement.is_pin and statement.place:
                        if statement.place[0] >= at.offset:
                            continue
                        low = f"{statement.place[0]} <= "
                    condition = f"{low}steps < {at.offset}"
                    found[condition, at.offset, read_text(read.name, read.index)] = None
        return list(found)

    def _passed_on(self, argument: _Argument) -> bool:
        """Say whether a parameter goes to opaque functions as it is."""
        return argument.kind == "parameter" and self.model.shapes[argument.name] is None

    def _may_be_scalar(self, argument: _Argument) -> bool:
        if argument.kind == "boundary":
            return bool(argument.over) or bool(self.model.shapes[argument.owner])
        return argument.owner in self.model.scalar_too and bool(self.model.shapes[argument.owner])

    def _expected(self, argument: _Argument) -> list[str]:
        """Return the shape of an argument as the generated check takes it."""
        over = [f'"{argument.over}"' if argument.over == "steps" else argument.over] if argument.over else []
        shape = self.model.shapes[argument.owner]
        if shape is None:
            name = self.public[argument.name]
            return [*over, f'*["size of {name}"] * _rank({name}, {len(over)})']
        return [*over, *(f'"{self.sizes[size]}"' if isinstance(size, str) else str(size) for size in shape)]

    def _keep_time_first(self) -> None:
        """Move the steps of inputs, and the places of boundaries, to the front."""
        for argument in self.arguments:
            if not argument.needed or not argument.over or argument.kind == "function":
                continue
            name = self.public[argument.name]
            rank = self.model.rank(argument.owner)
            rank_text = str(rank)
            if rank is None:
                rank_text = self.names.claim_numbered(f"{name}_rank")
                self.body.add(f"{rank_text} = _rank({name}, 1)")
            batch = self.writer.word("batch")
            self.body.add(f"{name} = _time_first({name}, {rank_text}, {batch})")
            lead = self.plan.lead[argument.name] if argument.kind == "input" else 0
            # Opaque functions get an array for every sequence.
            if lead or (argument.kind == "input" and self.plan.functions):
                self.body.add(f"{name} = _with_room({name}, {rank_text}, {batch}, {lead})")
                self._note_room(argument.name, lead)

    def _note_room(self, name: str, lead: int) -> None:
        if lead > 1:
            public = self.public[name]
            self.body.lines[-1] += f"  # {public}[0] is {name}({1 - lead})"

    def _make_room(self) -> None:
        """Allocate what is filled step by step, or holds places before the first step."""
        for name in self.model.signals:
            if name not in self.plan.buffered:
                continue
            lead, shape, public = self.plan.lead[name], self.model.shapes[name], self.public[name]
            steps = self.writer.word("steps")
            length = f"{lead} + {steps}" if lead else steps
            dtype = self.writer.word("dtype")
            if shape is None:
                self.body.add(f"{public} = [np.zeros((), {dtype})] * {f'({length})' if lead else length}")
            else:
                maker = "zeros" if lead else "empty"
                self.body.add(f"{public} = np.{maker}({self.writer.shape_text(shape, length)}, {dtype})")
            self._note_room(name, lead)
        for boundary in self.plan.free:
            self._fill_free(boundary)

    def _fill_free(self, boundary: FreeBoundary) -> None:
        name, argument = self.public[boundary.name], self.public[boundary.argument]
        lead = self.plan.lead[boundary.name]
        if boundary.count == 1:
            place = boundary.boxes[0][0][0]
            self.body.add(f"{name}[{lead + place - 1}] = {argument}")
            return
        given = 0
        for ((first, last),) in boundary.boxes:
            size = last - first + 1
            part = argument if size == boundary.count else f"{argument}[{given}:{given + size}]"
            self.body.add(f"{name}[{lead + first - 1}:{lead + last}] = {part}")
            given += size

    # The work ---------------------------------------------------------------------------------------

    def _at_once(self, number: int) -> None:
        """Write a statement that needs no loop."""
        statement = self.model.statements[number]
        self.body.add()
        self.body.comment(_written(statement))
        if statement.place is not None:
            self._fixed(number)
            return
        forms = self.plan.forms[number]
        name, rank = self.public[statement.name], self.model.rank(statement.name)
        value = self.writer.value(statement.value, forms, self.whole, f"{name}_part")
        if not statement.axes:
            self._without_axis(statement, value)
            return
        value = self.writer.aligned(value, self._axis(statement), rank)
        if statement.name not in self.plan.buffered:
            value = self.writer.numeric(value)
            fresh = value.fresh and not value.text.isidentifier()
            self.body.add(f"{name} = {value.text if fresh else f'np.array({value.text})'}")
            return
        lead = self.plan.lead[statement.name]
        pins = self.plan.pins(statement.name)
        if not pins:
            self.body.add(f"{name}[{lead or ''}:] = {value.text}")
            return
        if value.dims:
            value = self.writer.named(value, f"{name}_part", self.body)
        start = 1
        for pin in [*pins, None]:
            if pin is None or pin > start:
                last = "" if pin is None else str(lead + pin - 1)
                stop = "" if pin is None else str(pin - 1)
                part = f"[{start - 1 or ''}:{stop}]" if value.dims else ""
                self.body.add(f"{name}[{lead + start - 1 or ''}:{last}] = {value.text}{part}")
            start = start if pin is None else pin + 1

    def _axis(self, statement: Statement) -> tuple[tuple[str, bool], ...]:
        return ((statement.axes[0], False),)

    def _without_axis(self, statement: Statement, value: Value) -> None:
        shape, rank = self.model.shapes[statement.name], self.model.rank(statement.name)
        name = self.public[statement.name]
        value = self.writer.array(value)
        if rank is not None and value.rank is not None and value.rank < rank:
            value = self.writer.aligned(value, (), rank)
            whole = self.writer.shape_text(shape or ())
            self.body.add(f"{name} = _for_batch({value.text}, {whole}, {self.writer.word('dtype')})")
        else:
            self.body.add(f"{name} = {value.text}")

    def _fixed(self, number: int) -> None:
        """Write a boundary or a pin."""
        statement = self.model.statements[number]
        assert statement.place is not None
        (place,) = statement.place
        far = max([at.offset for read in statement.reads for at in read.index if at.base == ""] or [0])
        least = max(place, far)
        if least >= 1 and self.count is None:
            with self.body.indented(f"if {self.writer.word('steps')} >= {least}:"):
                self._assign_fixed(number, self.body)
        elif least < 1 or (self.count is not None and least <= self.count):
            self._assign_fixed(number, self.body)
        else:
            self.body.add(f"# There are only {self.count} steps.")

    def _assign_fixed(self, number: int, block: Block, scope: Scope | None = None) -> None:
        statement = self.model.statements[number]
        assert statement.place is not None
        name = self.public[statement.name]
        value = self.writer.value(statement.value, self.plan.forms[number], scope or Scope(block), f"{name}_part")
        place = self.plan.lead[statement.name] + statement.place[0] - 1
        block.add(f"{name}[{place}] = {self._stored(statement, value)}")

    def _stored(self, statement: Statement, value: Value) -> str:
        """Return a value as it is put in the place of a statement."""
        rank = self.model.rank(statement.name)
        if rank is None:
            is_array = value.text.startswith("np.asarray(")
            return value.text if is_array else f"np.asarray({value.text}, {self.writer.word('dtype')})"
        return self.writer.aligned(value, (), rank).text

    def _loop(self, component: Component[int]) -> None:
        """Write statements that need each other's earlier steps."""
        statements = self.model.statements
        equations = [number for number in component.members if statements[number].axes]
        before = [number for number in component.members if statements[number].is_boundary]
        # A boundary reads no place later than its own.
        for number in sorted(before, key=lambda n: statements[n].place or ()):
            self.body.add()
            self.body.comment(_written(statements[number]))
            self._assign_fixed(number, self.body)
        self._hoist(component, equations)
        inner_pins = {number for number in component.members if statements[number].is_pin}
        pins = {number: self.plan.pins(statements[number].name) for number in equations}
        start = _common_start(list(pins.values()), [(statements[n].place or (0,))[0] for n in inner_pins])
        pins = {number: [pin for pin in places if pin > start] for number, places in pins.items()}
        bodies = self._bodies(component, pins)
        if self.count is None:
            loop, steps = self.words["loop"], self.writer.word("steps")
            self.body.add()
            bounds = f"{start}, {steps}" if start else steps
            with self.body.indented(f"for {loop} in {self.writer.word('range')}({bounds}):"):
                for number, block in bodies:
                    self._rolled(number, block, pins.get(number, []))
        else:
            self._written_out(bodies, pins, start)

    def _bodies(self, component: Component[int], pins: dict[int, list[int]]) -> list[tuple[int, Block]]:
        """Return the lines of each statement at one step, places still open."""
        statements = self.model.statements
        variable = (self.model.axes[0], False)
        shares = not any(pins.values()) and all(
            statements[n].axes for n in component.members if not statements[n].is_boundary
        )
        uses: dict[int, int] = {}
        if shares:
            roots = [statements[number].value for number in component.members if statements[number].axes]
            uses = count_uses(postorder(roots, stop=lambda node: id(node) in self.writer.everywhere))
        known: dict[int, Value] = {}
        found = []
        for number in component.members:
            statement = statements[number]
            if statement.is_boundary:
                continue
            block = Block(indent=0)
            scope = Scope(block, {variable: _LOOP}, known if shares else {}, uses)
            if statement.is_pin:
                self._assign_fixed(number, block, scope)
            else:
                name = self.public[statement.name]
                value = self.writer.value(statement.value, self.plan.forms[number], scope, f"{name}_part")
                place = self.writer.place(_LOOP, self.plan.lead[statement.name])
                block.add(f"{name}[{place}] = {self._stored(statement, value)}")
            found.append((number, block))
        return found

    def _rolled(self, number: int, block: Block, pins: list[int]) -> None:
        """Write the lines of a statement inside the loop."""
        statement = self.model.statements[number]
        loop = self.words["loop"]

        def index(word: str, offset: int) -> str:
            return sum_text(loop if word == _LOOP else word, offset)

        self.body.comment(_written(statement))
        lines = [with_loop(line, index) for line in block.lines]
        if statement.is_pin and statement.place:
            condition = f"if {loop} == {statement.place[0] - 1}:"
        elif pins:
            given = [str(pin - 1) for pin in pins]
            condition = f"if {loop} != {given[0]}:" if len(given) == 1 else f"if {loop} not in {{{', '.join(given)}}}:"
        else:
            condition = ""
        if condition:
            with self.body.indented(condition):
                for line in lines:
                    self.body.add(line)
        else:
            for line in lines:
                self.body.add(line)

    def _written_out(self, bodies: list[tuple[int, Block]], pins: dict[int, list[int]], start: int) -> None:
        """Write every step of a loop; the number of statements is known before the first is written."""
        assert self.count is not None
        live = 0
        for number, block in bodies:
            statement = self.model.statements[number]
            if statement.is_pin and statement.place:
                times = int(statement.place[0] <= self.count)
            else:
                times = max(0, self.count - start) - sum(pin <= self.count for pin in pins.get(number, []))
            live += times * len(block.lines)
        self.statements += live
        require_within(
            self.statements,
            UNROLLED_STATEMENTS,
            f"the straight-line program of {self.count} steps has {{}} statements",
            "leave out the number of steps: a loop computes any number of them",
        )
        self.body.add()
        for number, _ in bodies:
            self.body.comment(_written(self.model.statements[number]))
        skipped = {number: set(places) for number, places in pins.items()}
        for step in range(start + 1, self.count + 1):
            index = _index_at(step - 1)
            for number, block in bodies:
                statement = self.model.statements[number]
                if step in skipped.get(number, ()) or (statement.is_pin and statement.place != (step,)):
                    continue
                for line in block.lines:
                    self.body.add(with_loop(line, index))

    def _hoist(self, component: Component[int], equations: Sequence[int]) -> None:
        """Compute for all steps what does not depend on the loop."""
        statements = self.model.statements
        members = {statements[number].name for number in equations}
        pinned = {(statements[n].name, statements[n].place) for n in component.members if statements[n].is_pin}
        announced = False
        for number in equations:
            forms = self.plan.forms[number]
            varying: set[int] = set()
            for node in postorder([statements[number].value]):
                if node.operator == "read" and node.data[0] in members:
                    (at,) = node.data[1]
                    varies = at.base not in ("", "end") or (node.data[0], (at.offset,)) in pinned
                else:
                    varies = node.operator == "call" or forms.rank(node) is None
                if varies or any(id(argument) in varying for argument in node.arguments):
                    varying.add(id(node))
            for node in _outermost(statements[number].value, varying):
                if id(node) in self.writer.everywhere or self._is_constant(node):
                    continue
                if not announced:
                    self.body.add()
                    over_steps = depends_on_steps(node)
                    self.body.add(
                        f"# What does not need earlier steps{', for all steps at once' if over_steps else ''}."
                    )
                    announced = True
                name = _hint(node, self.public, self.public[statements[number].name])
                value = self.writer.numeric(self.writer.value(node, forms, self.whole, name))
                if not value.text.isidentifier():
                    value = self.writer.named(value, name, self.body)
                self.writer.everywhere[id(node)] = value

    def _is_constant(self, root: Expr) -> bool:
        return all(node.operator == "number" or node.arguments for node in postorder([root]))

    # After the work ---------------------------------------------------------------------------------

    def _return(self) -> None:
        self.body.add()
        items = []
        for name in self.plan.outputs:
            public, shape = self.public[name], self.model.shapes[name]
            if not self.plan.is_over_axis(name):
                batch = self.writer.shape_text(shape or ())
                value = f"_for_batch({public}, {batch}, {self.writer.word('dtype')})" if shape is not None else public
            else:
                lead = self.plan.lead[name]
                whole = f"{public}[{lead}:]" if lead else public
                batch = self.writer.word("batch")
                if shape is None:
                    value = f"_stacked({whole}, {batch})"
                else:
                    value = f"_batch_first({whole}, {len(shape)}, {batch})" if self.has_batch else whole
            items.append(f'"{public}": {value},')
        if len(items) == 1 and len(items[0]) < _WIDTH - 30:
            self.body.add(f"return _Result({{{items[0][:-1]}}})")
            return
        with self.body.indented("return _Result({"):
            for item in items:
                self.body.add(item)
        self.body.add("})")


def _index_at(step: int) -> Callable[[str, int], str]:
    return lambda loop, offset: str(step + offset) if loop == _LOOP else sum_text(loop, offset)


def _common_start(pins: Sequence[Sequence[int]], inner: Sequence[int]) -> int:
    """Return how many first steps are given for every signal of a loop, so that the loop starts after them."""
    start = 0
    given = [frozenset(places) for places in pins]
    while given and all(start + 1 in places for places in given) and start + 1 not in inner:
        start += 1
    return start


def _outermost(root: Expr, varying: set[int]) -> list[Expr]:
    """Return the largest operations that do not vary with the loop, in the order written."""
    found = []
    for node in postorder([root], stop=lambda node: id(node) not in varying):
        is_view = node.operator == "entry" and not node.arguments[0].arguments
        if id(node) not in varying and (node.arguments or node.operator in ("zeros", "ones", "eye")) and not is_view:
            found.append(node)
    return found


def _hint(node: Expr, public: dict[str, str], otherwise: str) -> str:
    """Return a name for the value of an expression: what it is made of, where that is short."""
    leaves = []
    for leaf in postorder([node]):
        if leaf.operator in ("read", "parameter"):
            name = leaf.data[0] if leaf.operator == "read" else leaf.data
            leaves.append(public[name].strip("_"))
    short = "_".join(dict.fromkeys(leaves))
    return short if leaves and len(short) <= 20 and len(set(leaves)) > 1 else f"{otherwise}_given"


def _written(statement: Statement) -> str:
    return _one_line(f"{read_text(statement.name, statement.index)} = {text(statement.right)}")


def _one_line(words: str) -> str:
    return " ".join(visible(words).split())


def _quotable(line: str) -> str:
    """Return a line of a docstring with nothing in it that would end or change it."""
    return line.replace("\\", "\\\\").replace('"', '\\"')


def _wrapped(words: str, first: str, further: str) -> list[str]:
    return textwrap.wrap(
        words, _WIDTH, initial_indent=first, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )


def _tuple_text(items: Sequence[str]) -> str:
    quoted = [item if item.isdigit() else f'"{item}"' for item in items]
    return f"({', '.join(quoted)}{',' if len(quoted) == 1 else ''})"
