"""The statements of a circuit as source: at once for all steps, as a loop, or written out step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext

from unfoldgraph.causality import Component
from unfoldgraph.equations import Statement
from unfoldgraph.errors import require_within
from unfoldgraph.expression import Expr, postorder
from unfoldgraph.limits import UNROLLED_STATEMENTS
from unfoldgraph.notation import shown
from unfoldgraph.program.lines import Block, equation, listing, number_of_steps, open_place, sum_text, with_places
from unfoldgraph.program.source import Scope, Value, Writer, count_uses

#: Stands for the variable of the loop over steps until it is known how steps are written; no name is like it.
_LOOP = "0"
#: The longest name that is made of others.
_LONGEST_HINT = 20
#: How many pins are named in a comment.
_PINS_TOLD = 4


def write_components(writer: Writer, count: int | None, body: Block) -> None:
    """Write all statements of a plan, for any number of steps or written out for exactly `count`.

    Raises `CircuitError` where what is written out would be over the limit.
    """
    steps = _Steps(writer, count, body)
    for component in writer.plan.components:
        if component.recurrent:
            steps.loop(component)
        else:
            steps.at_once(component.members[0])


class _Steps:
    def __init__(self, writer: Writer, count: int | None, body: Block) -> None:
        self.writer = writer
        self.plan = writer.plan
        self.model = writer.plan.model
        self.public = writer.public
        self.count = count
        self.body = body
        #: The statements written out so far.
        self.written = 0
        self.whole = Scope(body, known=writer.everywhere)

    def at_once(self, number: int) -> None:
        """Write a statement that needs no loop."""
        statement = self.model.statements[number]
        self.body.add()
        self.body.comment(equation(statement))
        if statement.place is not None:
            self._fixed(number)
            return
        forms = self.plan.forms[number]
        name, rank = self.public[statement.name], self.model.rank(statement.name)
        value = self.writer.value(statement.value, forms, self.whole, f"{name}_part")
        if value.full:
            self.writer.full.add(statement.name)
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
            self.body.add(f"{name} = _for_batch({value.text}, {whole}, {self.writer.words['dtype']})")
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
            with self.body.indented(f"if {self.writer.words['steps']} >= {least}:"):
                self._assign_fixed(number, self.body)
        elif self.count is None or least <= self.count:
            self._assign_fixed(number, self.body)
        else:
            self.body.comment(f"Not reached in {number_of_steps(self.count)}.")

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
            return self.writer.array(value).text
        return self.writer.aligned(value, (), rank).text

    def loop(self, component: Component[int]) -> None:
        """Write statements that need each other's earlier steps."""
        statements = self.model.statements
        equations = [number for number in component.members if statements[number].axes]
        before = [number for number in component.members if statements[number].is_boundary]
        # A boundary reads no place later than its own.
        for number in sorted(before, key=lambda n: statements[n].place or ()):
            self.body.add()
            self.body.comment(equation(statements[number]))
            self._assign_fixed(number, self.body)
        inner_pins = {number for number in component.members if statements[number].is_pin}
        pins = {number: self.plan.pins(statements[number].name) for number in equations}
        start = _common_start(list(pins.values()), [(statements[n].place or (0,))[0] for n in inner_pins])
        pins = {number: [pin for pin in places if pin > start] for number, places in pins.items()}
        if self.count is not None and self.count <= start:
            self.body.add()
            for number in equations:
                self.body.comment(equation(statements[number]))
            self.body.comment(f"Not reached in {number_of_steps(self.count)}.")
            return
        self._hoist(component, equations)
        bodies = self._bodies(component, pins)
        if self.count is None:
            words = self.writer.words
            self.body.add()
            bounds = f"{start}, {words['steps']}" if start else words["steps"]
            with self.body.indented(f"for {words['loop']} in {words['range']}({bounds}):"):
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
                place = open_place(_LOOP, self.plan.lead[statement.name])
                block.add(f"{name}[{place}] = {self._stored(statement, value)}")
            found.append((number, block))
        return found

    def _rolled(self, number: int, block: Block, pins: list[int]) -> None:
        """Write the lines of a statement inside the loop."""
        statement = self.model.statements[number]
        loop = self.writer.words["loop"]

        def index(word: str, offset: int) -> str:
            return sum_text(loop if word == _LOOP else word, offset)

        self.body.comment(equation(statement))
        lines = [with_places(line, index) for line in block.lines]
        if statement.is_pin and statement.place:
            condition = f"if {loop} == {statement.place[0] - 1}:"
        elif pins:
            given = [str(pin - 1) for pin in pins]
            condition = f"if {loop} != {given[0]}:" if len(given) == 1 else f"if {loop} not in {{{', '.join(given)}}}:"
            if len(pins) <= _PINS_TOLD:
                told = listing([f"{shown(statement.name)}({pin})" for pin in pins])
                condition += f"  # {told} {'is' if len(pins) == 1 else 'are'} given"
        else:
            condition = ""
        with self.body.indented(condition) if condition else nullcontext():
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
        self.written += live
        require_within(
            self.written,
            UNROLLED_STATEMENTS,
            f"the straight-line program of {self.count} steps has {{}} statements",
            "leave out the number of steps: a loop computes any number of them",
        )
        self.body.add()
        for statement in (self.model.statements[number] for number, _ in bodies):
            if not (statement.is_pin and statement.place and statement.place[0] > self.count):
                self.body.comment(equation(statement))
        skipped = {number: set(places) for number, places in pins.items()}
        for step in range(start + 1, self.count + 1):
            index = _index_at(step - 1)
            if len(bodies) > 1:
                self.body.comment(f"{shown(self.model.axes[0])} = {step}")
            for number, block in bodies:
                statement = self.model.statements[number]
                if step in skipped.get(number, ()) or (statement.is_pin and statement.place != (step,)):
                    continue
                for line in block.lines:
                    self.body.add(with_places(line, index))

    def _hoist(self, component: Component[int], equations: Sequence[int]) -> None:
        """Compute for all steps what does not depend on the loop."""
        statements = self.model.statements
        members = {statements[number].name for number in equations}
        pinned = {(statements[n].name, statements[n].place) for n in component.members if statements[n].is_pin}
        hoisted = Block()
        over_steps = False
        whole = Scope(hoisted, known=self.writer.everywhere)
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
                name = _hint(node, self.public, self.public[statements[number].name])
                value = self.writer.numeric(self.writer.value(node, forms, whole, name))
                if not value.text.isidentifier():
                    value = self.writer.named(value, name, hoisted)
                self.writer.everywhere[id(node)] = value
                over_steps |= bool(value.dims)
        if hoisted.lines:
            self.body.add()
            self.body.comment(f"What does not need earlier steps{', for all steps at once' if over_steps else ''}.")
            self.body.lines += hoisted.lines

    def _is_constant(self, root: Expr) -> bool:
        return all(node.operator == "number" or node.arguments for node in postorder([root]))


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


def _hint(node: Expr, public: Mapping[str, str], otherwise: str) -> str:
    """Return a name for the value of an expression: what it is made of, where that is short."""
    leaves = []
    for leaf in postorder([node]):
        if leaf.operator in ("read", "parameter"):
            name = leaf.data[0] if leaf.operator == "read" else leaf.data
            leaves.append(public[name].strip("_"))
    names = list(dict.fromkeys(leaves))
    if len(names) == 1 and len(node.arguments) == 1 and not node.arguments[0].arguments:
        # An operation on one name: `W_T`, `exp_a`.
        names = [*names, "T"] if node.operator == "transpose" else [node.operator, *names]
    short = "_".join(names)
    return short if len(names) > 1 and len(short) <= _LONGEST_HINT else f"{otherwise}_given"
