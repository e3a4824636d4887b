"""The rules of the loop program: each has kernels that break it and nothing else."""

from __future__ import annotations

import random as randomly
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from generators.hand_made_kernels import (
    HAND_MADE,
    HandMade,
    U,
    W,
    activation,
    added,
    apply,
    at,
    b,
    entries,
    i,
    inputs,
    j,
    m,
    n,
    steps,
    t,
    time,
    time_from_before,
)
from oracles.kernel_interpreter import run_kernel

from unfoldgraph.base.affine import Affine, index, length, size, whole
from unfoldgraph.cli import dispatch
from unfoldgraph.program.checking.check import RULES, BrokenKernel, Examined, check
from unfoldgraph.program.checking.trial import DISJOINT, INSIDE, KEPT, MADE, ORDER, RETURNED, WRITTEN, Fault, Trial
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Accumulate,
    Apply,
    Assign,
    Bound,
    Buffer,
    Comparison,
    Dim,
    Each,
    For,
    Gather,
    Guard,
    IndexRange,
    Kernel,
    KernelStatement,
    Make,
    Number,
    Opaque,
    Reduce,
    Routine,
    Strided,
    Subscript,
    Value,
    View,
    Whole,
    WholeNumber,
)

TRIED = {MADE, INSIDE, WRITTEN, DISJOINT, ORDER, KEPT, RETURNED}
NUMBERS = {"#t": 3, "#i": 3, "#j": 2, "# sequences": 2, "# size m": 2, "# size n": 3}
x, y = Buffer("x", "argument", (time,)), Buffer("y", "result", (time,))
h = Buffer("h", "result", (time_from_before, SEQUENCES, entries))
v = Buffer("v", "argument", (time, SEQUENCES, inputs))
table = Buffer("c", "result", (Dim("i", length("i"), "axis"), Dim("j", length("j"), "axis")))
ROWS, COLUMNS = IndexRange("i", whole(0), length("i") - 1), IndexRange("j", whole(0), length("j") - 1)
LATER_ROWS = replace(ROWS, first=whole(1))
STEP = IndexRange("t", whole(0), steps - 1)


def loop(*body: KernelStatement, first: int = 0, last: Affine = steps - 1) -> For:
    return For("t", whole(first), last, body)


def of_y(*body: KernelStatement, arguments: tuple[Buffer, ...] = (x,)) -> Kernel:
    """Return a kernel that makes y and does something more."""
    return Kernel(arguments, (Make(y), *body), (y,))


def put(value: Value, place: Affine = t) -> Assign:
    return Assign(at(y, t=place), value)


def of_h(value: Value, *more: KernelStatement) -> Kernel:
    """Return a kernel that gives every h(t) a value."""
    return Kernel((W, U, b, v), (Make(h, Number(0)), *more, loop(Assign(at(h, t=t), value))), (h,))


def filled(*body: KernelStatement) -> Kernel:
    return Kernel((x,), (Make(y, Number(0)), *body), (y,))


def of_table(*body: KernelStatement, filled: bool = False) -> Kernel:
    return Kernel((), (Make(table, Number(0) if filled else None), *body), (table,))


ring = Buffer("r", "scratch", (replace(time, before=1, kept=whole(2)),))
skewed = Buffer("S", "scratch", (Dim("f", length("i") + length("j"), "front"),))
cells = (Dim("i", length("i"), "axis"), Dim("j", length("j"), "axis"))
folded = View("folded", skewed, cells, (("f", i + j),))
single = Buffer("z", "scratch")
copied = put(at(x, t=t))

BROKEN: dict[str, tuple[str, Kernel]] = {
    "a scratch has the name of an argument": ("names", of_y(loop(copied), Make(Buffer("x", "scratch")))),
    "a view has the name of its base": (
        "names",
        Kernel(
            (),
            (Make(skewed, Number(0)),),
            (View("S", skewed, (Dim("f", length("i"), "front"),), (("f", index("f")),)),),
        ),
    ),
    "a loop in a loop over one index": ("indices", of_y(loop(loop(copied)))),
    "a range has the index of the loop around it": ("indices", of_y(loop(Each((STEP,), (copied,))))),
    "a sum over the index of its loop": (
        "indices",
        of_y(loop(put(Reduce("sum_over", "t", whole(0), steps - 1, at(x, t=t))))),
    ),
    "an index with the name of a length": ("indices", of_y(For("#t", whole(0), whole(-1), ()), loop(copied))),
    "an index that nothing binds": ("scopes", of_y(loop(put(at(x, t=index("s")))))),
    "a view that follows no loop": (
        "scopes",
        of_y(loop(put(at(View("w", x, (), (("t", index("s")),)))))),
    ),
    "an index after its loop": ("scopes", of_y(loop(copied), put(at(x, t=0)))),
    "a range that ends at a later one": ("scopes", of_table(Each((replace(ROWS, last=j), COLUMNS), ()))),
    "a guard on an index of nothing": ("scopes", of_y(Guard((Comparison(t, "<", steps),), ()), loop(copied))),
    "a number of a step out of its loop": ("scopes", of_y(loop(copied), Make(single, WholeNumber(t)))),
    "two dimensions of one name": ("dimensions", of_y(loop(copied), Make(Buffer("z", "scratch", (time, time))))),
    "sequences twice": (
        "dimensions",
        of_y(loop(copied), Make(Buffer("z", "scratch", (SEQUENCES, replace(SEQUENCES, name="more"))))),
    ),
    "sizes of no shape": ("dimensions", of_y(loop(copied), Make(Buffer("z", "scratch", (entries,), is_shaped=False)))),
    "a view that leaves a dimension open": (
        "dimensions",
        Kernel((), (Make(table, Number(0)),), (table, View("w", table, (Dim("i", whole(0), "axis"),), (("i", i),)))),
    ),
    "a ring that the caller gives": (
        "dimensions",
        Kernel((Buffer("r", "argument", ring.dims), x), (Make(y), loop(copied)), (y,)),
    ),
    "a place along no dimension": ("accesses", of_y(loop(put(at(x, t=t, s=t))))),
    "two places along one dimension": ("accesses", of_y(loop(put(Access(x, (("t", t), ("t", t))))))),
    "one sequence": ("accesses", of_h(at(h, t=t - 1, sequences=0))),
    "a ring as a whole": ("accesses", filled(Make(ring, Number(0)), Assign(at(y), at(ring)))),
    "a ring along a span": (
        "accesses",
        filled(
            Make(ring, Number(0)), Assign(at(y, t=Strided(whole(0), whole(0))), at(ring, t=Strided(whole(0), whole(0))))
        ),
    ),
    "a write where a value tells": ("accesses", filled(loop(Assign(at(y, t=Gather(at(x, t=t))), Number(0))))),
    "a result that nothing makes": ("results", Kernel((x,), (), (y,))),
    "a result that is returned twice": ("results", Kernel((x,), (Make(y), loop(copied)), (y, y))),
    "a row of no table": ("rows", of_y(loop(put(apply("plus", at(x, t=t), Number(1)))))),
    "a reduction that is applied": ("rows", of_y(loop(put(apply("sum_over", at(x, t=t)))))),
    "a reduction by what is none": ("rows", of_y(loop(put(Reduce("add", "s", whole(0), t, at(x, t=index("s"))))))),
    "a row of one argument with two": ("rows", of_y(loop(put(apply("tanh", at(x, t=t), at(x, t=t)))))),
    "a running result of a row of one argument": ("rows", of_y(Accumulate(at(y), "neg", at(x), "t"))),
    "a routine that there is not": ("routines", of_y(Routine((at(y),), "scan", (at(x),)))),
    "a product of a shape of its own": (
        "shapes",
        of_h(apply("sum", apply("matmul", at(W), at(h, t=t - 1), shape=(n,)))),
    ),
    "a product that does not fit": ("shapes", of_h(apply("matmul", at(U), at(h, t=t - 1), shape=(m,)))),
    "a sum of a vector and a matrix": ("shapes", of_h(apply("add", at(W), at(h, t=t - 1), shape=(m,)))),
    "a vector that is said to be a number": ("shapes", of_h(apply("tanh", at(h, t=t - 1)))),
    "a shape that follows and is not said": ("shapes", of_h(Apply("tanh", (at(h, t=t - 1),), None))),
    "a place that a vector tells": ("shapes", of_h(at(b, _0=Gather(at(b))))),
    "a vector for a number": ("values", of_y(loop(put(at(b))), arguments=(x, b))),
    "a vector of another size": ("values", of_h(at(v, t=t))),
    "a buffer filled with vectors of another size": (
        "values",
        of_y(loop(copied), Make(single, at(W)), arguments=(x, W)),
    ),
    "what differs from sequence to sequence for what is shared": (
        "values",
        of_y(loop(put(at(v, t=t, _0=0))), arguments=(x, v)),
    ),
    "steps for one place": ("values", of_y(loop(put(at(x))))),
    "a part of the steps for all": ("values", of_y(Assign(at(y), at(x, t=Strided(whole(0), steps - 1))))),
    "a running result along nothing": ("values", of_y(loop(Accumulate(at(y, t=t), "add", at(x, t=t), "t")))),
    "a buffer is read before it is made": (MADE, filled(Assign(at(single), Number(0)), Make(single))),
    "a buffer is made in one branch only": (
        MADE,
        Kernel((x,), (Guard((Comparison(steps, "!=", whole(2)),), (Make(y),)), loop(copied)), (y,)),
    ),
    "a buffer is made at several places": (MADE, of_y(Each((STEP,), (Make(single), copied)))),
    "an argument is made": (MADE, of_y(Make(x, Number(0)), loop(copied))),
    "a step before the first": (INSIDE, of_y(loop(put(at(x, t=t - 1))))),
    "a step after the last": (INSIDE, of_y(loop(copied, last=steps))),
    "a step too far before the margin": (INSIDE, of_h(at(h, t=t - 2))),
    "a step that only long axes have not": (
        INSIDE,
        of_y(loop(Guard((Comparison(t, "<", whole(9)),), (copied,), (put(at(x, t=t - 12)),)))),
    ),
    "a span that ends behind the last": (INSIDE, filled(Assign(at(y), at(x, t=Strided(whole(1), steps))))),
    "an entry that is none": (INSIDE, of_y(loop(put(at(b, _0=m))), arguments=(x, b))),
    "a view that reaches too far": (
        INSIDE,
        Kernel(
            (),
            (
                Make(skewed, Number(0)),
                For("i", whole(0), length("i") - 1, (Assign(at(folded, i=i, j=length("j")), Number(0)),)),
            ),
            (),
        ),
    ),
    "a sum that begins too early": (
        INSIDE,
        of_y(loop(put(Reduce("sum_over", "s", whole(-1), t, at(x, t=index("s")))))),
    ),
    "what is read was never written": (WRITTEN, of_y(loop(put(added(at(x, t=t), at(y, t=t)))))),
    "a sum over what comes later": (
        WRITTEN,
        of_y(loop(put(Reduce("sum_over", "s", whole(0), t, at(y, t=index("s")))))),
    ),
    "what was never written is added to": (WRITTEN, of_y(loop(Assign(at(y, t=t), at(x, t=t), adds=True)))),
    "a ring that no longer holds a place": (
        WRITTEN,
        filled(Make(ring, Number(0)), loop(Assign(at(ring, t=t), at(x, t=t))), loop(put(at(ring, t=t)))),
    ),
    "the first row, which all others need, is not written": (
        WRITTEN,
        replace(
            of_table(Each((LATER_ROWS, COLUMNS), (Assign(at(table, i=i, j=j), at(table, i=i - 1, j=j)),))), results=()
        ),
    ),
    "rows that write one line": (DISJOINT, filled(Each((STEP,), (Assign(at(y, t=0), at(x, t=t)),)))),
    "places of a table on one line": (
        DISJOINT,
        of_table(Each((ROWS, COLUMNS), (Assign(at(table, i=i, j=0), WholeNumber(j)),)), filled=True),
    ),
    "running results on one line": (
        DISJOINT,
        of_table(Each((ROWS,), (Accumulate(at(table, i=0), "add", at(table, i=0), "j"),)), filled=True),
    ),
    "a view that lies upon itself": (
        DISJOINT,
        Kernel((), (Make(skewed, Number(0)), Each((ROWS, COLUMNS), (Assign(at(folded, i=i, j=j), Number(1)),))), ()),
    ),
    "a recurrence in any order": (
        ORDER,
        filled(Each((replace(STEP, first=whole(1)),), (put(at(y, t=t - 1)),))),
    ),
    "a recurrence along a span": (
        ORDER,
        filled(
            Guard(
                (Comparison(whole(1), "<", steps),),
                (Assign(at(y, t=Strided(whole(1), steps - 1)), at(y, t=Strided(whole(0), steps - 1))),),
            )
        ),
    ),
    "what others add to is read": (
        ORDER,
        filled(
            Guard((Comparison(whole(0), "<", steps),), (Each((STEP,), (Assign(at(y, t=0), at(y, t=0), adds=True),)),))
        ),
    ),
    "an argument is overwritten": (KEPT, of_y(loop(copied, Assign(at(x, t=t), Number(0))))),
    "a margin of an argument and one place more": (
        KEPT,
        Kernel(
            (replace(x, dims=(time_from_before,)),),
            (
                For(
                    "t",
                    whole(-1),
                    whole(0),
                    (
                        Guard(
                            (Comparison(t, "<", steps),),
                            (Assign(at(replace(x, dims=(time_from_before,)), t=t), Number(0)),),
                        ),
                    ),
                ),
            ),
            (),
        ),
    ),
    "the last step is not written": (RETURNED, of_y(loop(copied, last=steps - 2))),
    "a step is not written": (RETURNED, of_y(loop(Guard((Comparison(t, "!=", whole(2)),), (copied,))))),
}


def broken_rules(kernel: Kernel) -> set[str]:
    """Return the rules that a kernel breaks; where one breaks others, trials say nothing of it."""
    examined = Examined(kernel)
    found = {rule.name for rule in RULES if rule.name not in TRIED and any(rule.broken(examined))}
    return found or {rule.name for rule in RULES if any(rule.broken(examined))}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_kernel_breaks_one_rule(case: str) -> None:
    name, kernel = BROKEN[case]
    assert broken_rules(kernel) == {name}
    with pytest.raises(BrokenKernel) as caught:
        check(kernel)
    assert caught.value.rule == name


def test_each_rule_is_broken() -> None:
    assert {name for name, _ in BROKEN.values()} == {rule.name for rule in RULES}
    assert {rule.name for rule in RULES} > TRIED


def test_what_is_not_broken_is_not_found() -> None:
    recurrence = put(added(at(x, t=t), at(y, t=t - 1)))
    guarded = Guard((Comparison(t, "==", whole(0)),), (copied,), (recurrence,))
    for kernel in (
        of_y(loop(copied)),
        of_y(loop(guarded)),
        of_y(Each((STEP,), (copied,))),
        of_y(Assign(at(y), at(x))),
        filled(loop(Each((replace(STEP, index="s"),), (Assign(at(y, t=t), at(x, t=index("s")), adds=True),)))),
        of_h(activation(at(h, t=t - 1), at(v, t=t))),
        # A function may return what its use asks for, or a number.
        of_h(Opaque("f", (at(h, t=t - 1),))),
        of_h(Opaque("f", (at(h, t=t - 1),), shape=(size("?1"),))),
        # Only a call tells whether a slice, or what a function returns, is as long as something else.
        of_h(apply("matmul", at(U), Opaque("f", (at(h, t=t - 1),), shape=(m,)), shape=(m,))),
        of_h(Opaque("f", (at(h, t=t - 1),), shape=(n,))),
        of_h(apply("concat", at(v, t=t), shape=(size("k"),))),
        # The margins of an argument are the kernel's to fill.
        Kernel(
            (replace(v, dims=(time_from_before,)),),
            (Assign(at(replace(v, dims=(time_from_before,)), t=-1), Number(0)),),
            (),
        ),
    ):
        check(kernel)


def test_the_lengths_and_the_numbers_of_a_call_are_told() -> None:
    last = Assign(at(Buffer("last", "result")), at(x, t=steps - 1))
    kernel = Kernel((x,), (Make(Buffer("last", "result")), last), (Buffer("last", "result"),))
    check(kernel, accepts=lambda lengths: lengths["t"] > 0)
    with pytest.raises(BrokenKernel, match=r"'x' at t = -1 lies outside 0\.\.-1, where t = 0$"):
        check(kernel)
    first = index("first")
    begun = Kernel((x,), (Make(y, Number(0)), For("t", first, steps - 1, (copied,))), (y,))
    check(begun, told=(IndexRange("first", whole(0), steps),))
    with pytest.raises(BrokenKernel, match="where t = 0, first = -1"):
        check(begun, told=(IndexRange("first", whole(-1), steps),))
    with pytest.raises(BrokenKernel, match="nothing tells the index 'first'"):
        check(begun)
    scanned = of_y(Routine((at(y),), "scan", (at(x),)))
    check(scanned, routines={"scan"})


def test_a_broken_kernel_is_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(dispatch.HANDLERS, "info", lambda options: check(BROKEN["a step before the first"][1]))
    assert dispatch.answer(["info", "rnn"]) == dispatch.BUG == 70
    assert "this is a bug in unfoldgraph (BrokenKernel)" in capsys.readouterr().err


# Against the interpreter ----------------------------------------------------------------------------


def arguments_of(kernel: Kernel, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return some numbers for every argument, with room for the margins."""
    found: dict[str, Any] = {}
    for buffer in kernel.arguments:
        shape = [dim.before + dim.extent.number(numbers) + dim.after for dim in buffer.dims]
        found[buffer.name] = np.arange(int(np.prod(shape)), dtype=float).reshape(shape) % 3
    return found


def is_refused(made: HandMade, kernel: Kernel, numbers: Mapping[str, int]) -> bool:
    """Say whether a kernel cannot be interpreted."""
    try:
        with np.errstate(all="ignore"):
            given = arguments_of(kernel, numbers)
            run_kernel(kernel, numbers, given, functions=made.functions, routines=made.routines)
    except AssertionError:
        return True
    return False


def is_faulty(kernel: Kernel, numbers: Mapping[str, int]) -> bool:
    try:
        Trial(kernel, numbers).run()
    except Fault as fault:
        # What belongs to the caller is not for the interpreter to say.
        return fault.rule != KEPT
    return False


@pytest.mark.parametrize("case", [case for case, (name, _) in BROKEN.items() if name in TRIED - {KEPT}])
def test_what_a_trial_finds_cannot_be_interpreted(case: str) -> None:
    _, kernel = BROKEN[case]
    made = HandMade(kernel, (), {}, {})
    far = {**NUMBERS, "#t": 14}
    for numbers in (NUMBERS, {**NUMBERS, "#t": 2}, far):
        assert is_refused(made, kernel, numbers) == is_faulty(kernel, numbers)
    assert is_faulty(kernel, NUMBERS) or is_faulty(kernel, far) or is_faulty(kernel, {**NUMBERS, "#t": 2})


def moved_by(one: Whole, by: int) -> Whole:
    """Return a whole number with another added."""
    if isinstance(one, Bound):
        return replace(one, parts=tuple(part + by * one.divisor for part in one.parts))
    return one + by


@dataclass
class _Shift:
    """Moves one place of a kernel, or one end of a loop, by one; which one is told by how many come before it."""

    left: int
    by: int

    def is_it(self) -> bool:
        self.left -= 1
        return self.left == -1

    def place(self, at_place: Subscript) -> Subscript:
        if isinstance(at_place, Affine | Bound) and self.is_it():
            return moved_by(at_place, self.by)
        if isinstance(at_place, Strided) and self.is_it():
            return replace(at_place, first=moved_by(at_place.first, self.by))
        return at_place

    def access(self, access: Access) -> Access:
        return replace(access, places=tuple((name, self.place(one)) for name, one in access.places))

    def value(self, value: Value) -> Value:
        match value:
            case Access():
                return self.access(value)
            case Apply() | Opaque():
                return replace(value, arguments=tuple(map(self.value, value.arguments)))
            case Reduce():
                first, last = self.place(value.first), self.place(value.last)
                return replace(value, first=first, last=last, value=self.value(value.value))
        return value

    def block(self, body: tuple[KernelStatement, ...]) -> tuple[KernelStatement, ...]:
        return tuple(map(self.statement, body))

    def statement(self, one: KernelStatement) -> KernelStatement:
        match one:
            case For():
                return replace(one, first=self.place(one.first), last=self.place(one.last), body=self.block(one.body))
            case Each():
                ranges = tuple(
                    replace(own, first=self.place(own.first), last=self.place(own.last)) for own in one.ranges
                )
                return replace(one, ranges=ranges, body=self.block(one.body))
            case Guard():
                return replace(one, then=self.block(one.then), other=self.block(one.other))
            case Assign():
                return replace(one, target=self.access(one.target), value=self.value(one.value))
            case Accumulate():
                return replace(one, target=self.access(one.target), value=self.access(one.value))
        return one


def shifted(kernel: Kernel) -> Iterator[Kernel]:
    """Yield a kernel with each place in it moved by one, to either side."""
    for by in (-1, 1):
        for number in range(1000):
            shift = _Shift(number, by)
            body = shift.block(kernel.body)
            if shift.left >= 0:
                break
            yield replace(kernel, body=body)


NO_GATHER = [name for name in HAND_MADE if name not in ("ring_with_gather", "list_of_values")]


@pytest.mark.parametrize("name", NO_GATHER)
def test_trials_and_the_interpreter_agree_where_a_place_is_moved(name: str) -> None:
    made = HAND_MADE[name]()
    kernels = list(shifted(made.kernel))
    chosen = randomly.Random(name).sample(kernels, min(8, len(kernels)))
    found = []
    for kernel in chosen:
        for numbers in ({**made.runs[0], **NUMBERS}, {**made.runs[-1], **NUMBERS, "#t": 5, "#k": 2}):
            numbers = own_numbers(name, numbers)
            found.append(is_faulty(kernel, numbers))
            assert is_refused(made, kernel, numbers) == found[-1], numbers
    assert any(found) or len(kernels) < 2


def own_numbers(name: str, numbers: Mapping[str, int]) -> dict[str, int]:
    """Return numbers in which those that a kernel is told besides are as the lengths ask."""
    steps_of_all = numbers["#t"]
    more = {"pieces": -(-steps_of_all // 4), "first": 0, "last": steps_of_all - 1, "live": 1}
    return {**numbers, **{key: number for key, number in more.items() if key in numbers}}
