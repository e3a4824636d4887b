"""Kernels written by hand in the nodes of the loop program, each with data and an answer of plain NumPy.

They use what the language does not reach yet: stacked columns with the result as a view, skewed storage, running
minima, pieces that are computed again backwards, a batch that shrinks, triangles, rings, gathers and routines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from unfoldgraph.base.affine import index, length, size, whole
from unfoldgraph.program.ir import (
    SEQUENCES,
    Access,
    Accumulate,
    Apply,
    Array,
    Assign,
    Bound,
    Buffer,
    Comparison,
    Dim,
    Each,
    Extents,
    For,
    Gather,
    Guard,
    IndexRange,
    Kernel,
    Make,
    Number,
    Opaque,
    Reduce,
    Routine,
    Strided,
    Subscript,
    Value,
    View,
    WholeNumber,
)

Arrays = dict[str, Any]


@dataclass(frozen=True)
class HandMade:
    """A kernel with a call of it.

    Attributes
    ----------
    runs : the numbers of each call, one after the other; a result with the name of an argument goes into the next.
    arguments : without the room for margins.
    expected : the results of the last call.
    told : the numbers that are neither lengths nor sizes, each with what it may be.
    least : how long each axis is at least.
    """

    kernel: Kernel
    runs: tuple[dict[str, int], ...]
    arguments: Arrays
    expected: Arrays
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    routines: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    told: tuple[IndexRange, ...] = ()
    least: int = 0

    def accepts(self, lengths: Mapping[str, int]) -> bool:
        """Say whether a call may have some lengths."""
        return all(number >= self.least for number in lengths.values())

    def handed_in(self, results: Mapping[str, Any] | None = None) -> Arrays:
        """Return the arguments with room for their margins, of zeros; some as the call before left them."""
        found = {}
        for buffer in self.kernel.arguments:
            given = (results or {}).get(buffer.name, self.arguments[buffer.name])
            found[buffer.name] = with_margins(buffer, given) if buffer.is_shaped else given
        return found


def with_margins(buffer: Buffer, given: Any) -> Any:
    """Return an array with the margins of a buffer, of zeros."""
    margins = [(dim.before, dim.after) for dim in buffer.dims]
    return np.pad(np.asarray(given, float), margins) if margins else np.asarray(given, float)


def at(array: Array, **places: Subscript | int) -> Access:
    """Return an access at places by the names of dimensions; a size has a name that is a number, after `_`."""
    named = ((name.removeprefix("_"), whole(one) if isinstance(one, int) else one) for name, one in places.items())
    return Access(array, tuple(named))


def apply(row: str, *arguments: Value, shape: Extents = ()) -> Apply:
    """Return an operation; a number where no shape is told."""
    return Apply(row, arguments, shape)


def added(*terms: Value, shape: Extents = ()) -> Value:
    """Return a sum, from the left."""
    found = terms[0]
    for term in terms[1:]:
        found = apply("add", found, term, shape=shape)
    return found


t, i, j, k, f = map(index, "tijkf")
steps, rows, columns, layers = map(length, "tijk")
m, n = size("m"), size("n")
time = Dim("t", steps, "axis")
time_from_before = replace(time, before=1)
entries, inputs = Dim("0", m, "size"), Dim("0", n, "size")
STEPS, BATCH, UNITS, INPUTS = 11, 3, 4, 2
SIZES = {"#t": STEPS, "# sequences": BATCH, "# size m": UNITS, "# size n": INPUTS}
W = Buffer("W", "argument", (entries, Dim("1", m, "size")))
U = Buffer("U", "argument", (entries, Dim("1", n, "size")))
b = Buffer("b", "argument", (entries,))


def random(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def elman_data() -> Arrays:
    """Return the arrays of a recurrent network, its input as `(t, sequences, n)`."""
    rng = random(0)
    return {
        "W": rng.normal(size=(UNITS, UNITS)) / 2,
        "U": rng.normal(size=(UNITS, INPUTS)),
        "b": rng.normal(size=UNITS),
        "x": rng.normal(size=(STEPS, BATCH, INPUTS)),
    }


def elman_answer(data: Arrays) -> Any:
    state, found = np.zeros((BATCH, UNITS)), []
    for x in data["x"]:
        state = np.tanh(state @ data["W"].T + x @ data["U"].T + data["b"])
        found.append(state)
    return np.array(found)


def activation(before: Access, x: Access) -> Value:
    """Return `tanh(W @ h(t-1) + U @ x(t) + b)`."""
    products = apply("matmul", at(W), before, shape=(m,)), apply("matmul", at(U), x, shape=(m,))
    return apply("tanh", added(*products, at(b), shape=(m,)), shape=(m,))


def elman() -> HandMade:
    """The usual recurrent network, the entries of a value last."""
    x = Buffer("x", "argument", (time, SEQUENCES, inputs))
    h = Buffer("h", "result", (time_from_before, SEQUENCES, entries))
    step = Assign(at(h, t=t), activation(at(h, t=t - 1), at(x, t=t)), equation=0)
    kernel = Kernel((W, U, b, x), (Make(h, Number(0)), For("t", whole(0), steps - 1, (step,))), (h,))
    data = elman_data()
    return HandMade(kernel, (SIZES,), data, {"h": elman_answer(data)})


def elman_columns() -> HandMade:
    """The same with the sequences last: h(t), x(t+1) and 1 below each other, so that a step is one product."""
    stacked = m + n + 1
    x = Buffer("x", "argument", (time, inputs, SEQUENCES))
    columns = Buffer("columns", "scratch", (time_from_before, Dim("row", stacked, "size"), SEQUENCES))
    weights = Buffer("W_U_b", "scratch", (entries, Dim("1", stacked, "size")))
    h = View("h", columns, (time_from_before, entries, SEQUENCES), (("t", t), ("row", index("0"))))
    # What step t reads of the input stands below h(t-1).
    below = View("x_columns", columns, (time, Dim("row", n, "size"), SEQUENCES), (("t", t - 1), ("row", Strided(m, n))))
    product = apply("matmul", at(weights), at(columns, t=t - 1), shape=(m,))
    body = (
        Make(weights),
        Assign(at(weights, _1=Strided(whole(0), m)), at(W)),
        Assign(at(weights, _1=Strided(m, n)), at(U)),
        Assign(at(weights, _1=m + n), at(b)),
        Make(columns, Number(1)),
        Assign(at(columns, t=-1, row=Strided(whole(0), m)), Number(0)),
        Assign(at(below), at(x)),
        For("t", whole(0), steps - 1, (Assign(at(h, t=t), apply("tanh", product, shape=(m,)), equation=0),)),
    )
    data = elman_data()
    expected = elman_answer(data).transpose(0, 2, 1)
    return HandMade(
        Kernel((W, U, b, x), body, (h,)), (SIZES,), {**data, "x": data["x"].transpose(0, 2, 1)}, {"h": expected}
    )


def elman_in_pieces_backwards() -> HandMade:
    """What the sum of the squares of all h(t) changes by: each piece of four steps is computed again, from its mark."""
    piece, p, pieces = 4, index("p"), index("pieces")
    x = Buffer("x", "argument", (time, SEQUENCES, inputs))
    h = Buffer("h", "scratch", (replace(time_from_before, kept=whole(piece + 1)), SEQUENCES, entries))
    marks = Buffer("marks", "scratch", (Dim("p", pieces + 1, "axis"), SEQUENCES, entries))
    delta = Buffer("delta", "scratch", (SEQUENCES, entries))
    of_W = Buffer("dL_dW", "result", W.dims)
    of_x = Buffer("dL_dx", "result", x.dims)
    first, last = p.times(piece), Bound("min", (p.times(piece) + piece - 1, steps - 1))
    mark = Assign(at(h, t=first - 1), at(marks, p=p))
    forward = For("t", first, last, (Assign(at(h, t=t), activation(at(h, t=t - 1), at(x, t=t))),))
    is_last = Comparison(p, "==", pieces - 1)
    squared = apply("mul", at(h, t=t), at(h, t=t), shape=(m,))
    slope = apply("sub", Number(1), squared, shape=(m,))
    backward = (
        Assign(at(delta), apply("mul", Number(2), at(h, t=t), shape=(m,)), adds=True),
        Assign(at(delta), apply("mul", at(delta), slope, shape=(m,))),
        Assign(at(of_W), apply("outer", at(delta), at(h, t=t - 1), shape=(m, m)), adds=True),
        Assign(at(of_x, t=t), apply("matmul", at(delta), at(U), shape=(n,))),
        Assign(at(delta), apply("matmul", at(delta), at(W), shape=(m,))),
    )
    kept = Guard((is_last,), (), (Assign(at(marks, p=p + 1), at(h, t=first + (piece - 1))),))
    body = (
        *(Make(h), Make(marks), Make(delta, Number(0)), Make(of_W, Number(0)), Make(of_x)),
        Assign(at(marks, p=0), Number(0)),
        For("p", whole(0), pieces - 1, (mark, forward, kept)),
        For("p", pieces - 1, whole(0), (mark, forward, For("t", last, first, backward, step=-1)), step=-1),
    )
    data = elman_data()
    states = np.concatenate([np.zeros((1, BATCH, UNITS)), elman_answer(data)])
    change, changes = np.zeros((BATCH, UNITS)), []
    for at_step in range(STEPS, 0, -1):
        change = (change @ data["W"] + 2 * states[at_step]) * (1 - states[at_step] ** 2)
        changes.insert(0, change)
    whole_pieces = Bound("max", (steps,), divisor=piece, rounded="ceil")
    return HandMade(
        Kernel((W, U, b, x), body, (of_W, of_x)),
        ({**SIZES, "pieces": -(-STEPS // piece)},),
        data,
        {"dL_dW": np.einsum("tbi,tbj->ij", changes, states[:-1]), "dL_dx": np.array(changes) @ data["U"]},
        told=(IndexRange("pieces", whole_pieces, whole_pieces),),
    )


def elman_of_lengths() -> HandMade:
    """Sequences of several lengths, the longest first: a call for each part in which equally many are alive."""
    first, last, live = index("first"), index("last"), index("live")
    x = Buffer("x", "argument", (time, SEQUENCES, inputs))
    h = Buffer("h", "argument", (time_from_before, SEQUENCES, entries))
    alive = Strided(whole(0), live)
    value = activation(at(h, t=t - 1, sequences=alive), at(x, t=t, sequences=alive))
    body = (For("t", first, last, (Assign(at(h, t=t, sequences=alive), value),)),)
    data, lengths = elman_data(), np.array([STEPS, 7, 2])
    runs, done = [], 0
    for end in np.unique(lengths).tolist():
        runs.append({**SIZES, "first": done, "last": end - 1, "live": int((lengths >= end).sum())})
        done = end
    expected = elman_answer(data)
    expected[np.arange(STEPS)[:, None] >= lengths] = 0
    return HandMade(
        Kernel((W, U, b, x, h), body, (h,)),
        tuple(runs),
        {**data, "h": np.zeros((STEPS, BATCH, UNITS))},
        {"h": expected},
        told=(
            IndexRange("first", whole(0), steps - 1),
            IndexRange("last", first, steps - 1),
            IndexRange("live", whole(1), SEQUENCES.extent),
        ),
    )


LETTERS = (9, 6)
rows_and_0, columns_and_0 = Dim("i", rows + 1, "axis"), Dim("j", columns + 1, "axis")
first_word, second_word = (
    Buffer("a", "argument", (Dim("i", rows, "axis"),)),
    Buffer("b", "argument", (Dim("j", columns, "axis"),)),
)
EDIT_NUMBERS = {"#i": LETTERS[0], "#j": LETTERS[1]}


def edit_data() -> Arrays:
    rng = random(1)
    return {"a": rng.integers(3, size=LETTERS[0]), "b": rng.integers(3, size=LETTERS[1])}


def edit_answer(data: Arrays) -> Any:
    found = np.add.outer(np.arange(LETTERS[0] + 1.0), np.arange(LETTERS[1] + 1.0))
    for row, letter in enumerate(data["a"], 1):
        for column, other in enumerate(data["b"], 1):
            beside = min(found[row - 1, column], found[row, column - 1]) + 1
            found[row, column] = min(beside, found[row - 1, column - 1] + (letter != other))
    return found


def edit_distance_skewed() -> HandMade:
    """The edit distance in fronts: what one needs lies in the two before it, and c is another name for places."""
    skewed = Buffer("S", "scratch", (Dim("f", rows + columns + 1, "front"), rows_and_0))
    c = View("c", skewed, (rows_and_0, columns_and_0), (("f", i + j), ("i", i)))
    first, last = Bound("max", (whole(1), f - columns)), Bound("min", (rows, f - 1))
    differ = apply("ne", at(first_word, i=i - 1), at(second_word, j=f - i - 1))
    value = apply(
        "minimum",
        added(at(skewed, f=f - 1, i=i - 1), Number(1)),
        added(at(skewed, f=f - 1, i=i), Number(1)),
        added(at(skewed, f=f - 2, i=i - 1), differ),
    )
    body = (
        Make(skewed),
        Each((IndexRange("i", whole(0), rows),), (Assign(at(c, i=i, j=0), WholeNumber(i)),)),
        Each((IndexRange("j", whole(1), columns),), (Assign(at(c, i=0, j=j), WholeNumber(j)),)),
        For(
            "f",
            whole(2),
            rows + columns,
            (Each((IndexRange("i", first, last),), (Assign(at(skewed, f=f, i=i), value),)),),
        ),
    )
    data = edit_data()
    kernel = Kernel((first_word, second_word), body, (c,))
    # What no pair of letters has a place for holds nothing, so that the view is all that can be returned.
    return HandMade(kernel, (EDIT_NUMBERS,), data, {"c": edit_answer(data)})


def edit_distance_by_rows() -> HandMade:
    """The edit distance in rows: the least so far of what comes from above, less the columns passed."""
    c = Buffer("c", "result", (rows_and_0, columns_and_0))
    rest = Buffer("rest", "scratch", (columns_and_0,))
    passed = Buffer("passed", "scratch", (columns_and_0,))
    lefts, rights = Strided(whole(0), columns), Strided(whole(1), columns)
    differ = apply("ne", at(first_word, i=i - 1), at(second_word))
    above = apply("minimum", added(at(c, i=i - 1, j=lefts), differ), added(at(c, i=i - 1, j=rights), Number(1)))
    row = (
        Assign(at(rest, j=0), WholeNumber(i)),
        Assign(at(rest, j=rights), apply("sub", above, at(passed, j=rights))),
        Accumulate(at(rest), "minimum", at(rest), "j"),
        Assign(at(c, i=i), added(at(rest), at(passed))),
    )
    body = (
        *(Make(c), Make(rest), Make(passed, WholeNumber(j))),
        Assign(at(c, i=0), at(passed)),
        For("i", whole(1), rows, row),
    )
    data = edit_data()
    return HandMade(Kernel((first_word, second_word), body, (c,)), (EDIT_NUMBERS,), data, {"c": edit_answer(data)})


def matrix_chain() -> HandMade:
    """The cheapest product of matrices from the i-th to the j-th: a triangle by lengths of intervals."""
    count = 6
    border = Buffer("w", "argument", (Dim("i", rows + 1, "axis"),))
    c = Buffer("c", "result", (Dim("i", rows, "axis"), Dim("j", rows, "axis")))
    costs = apply("mul", apply("mul", at(border, i=i), at(border, i=k + 1)), at(border, i=j + 1))
    cheapest = Reduce("min_over", "k", i, j - 1, added(at(c, i=i, j=k), at(c, i=k + 1, j=j), costs))
    triangle = (IndexRange("i", whole(0), rows - 1), IndexRange("j", i, rows - 1))
    fronts = For("f", whole(1), rows - 1, (Each(triangle, (Assign(at(c, i=i, j=j), cheapest),), on=(j - i - f,)),))
    w = random(2).uniform(1, 9, size=count + 1)
    expected = np.zeros((count, count))
    for distance in range(1, count):
        for left in range(count - distance):
            right = left + distance
            expected[left, right] = min(
                expected[left, cut] + expected[cut + 1, right] + w[left] * w[cut + 1] * w[right + 1]
                for cut in range(left, right)
            )
    kernel = Kernel((border,), (Make(c, Number(0)), fronts), (c,))
    return HandMade(kernel, ({"#i": count},), {"w": w}, {"c": expected})


def ring_with_gather() -> HandMade:
    """`y(t) = x(t - lag(t)) + y(t-2)/2`, 7 where there is no such x: of y three places are kept."""
    x, lag = Buffer("x", "argument", (time,)), Buffer("lag", "argument", (time,), "whole")
    y = Buffer("y", "scratch", (replace(time, before=2, kept=whole(3)),))
    last = Buffer("last", "result")
    delayed = at(x, t=Gather(apply("sub", WholeNumber(t), at(lag, t=t)), Number(7)))
    value = added(delayed, apply("mul", Number(0.5), at(y, t=t - 2)))
    body = (
        Make(y, Number(0)),
        For("t", whole(0), steps - 1, (Assign(at(y, t=t), value),)),
        Make(last),
        Assign(at(last), at(y, t=steps - 1)),
    )
    rng = random(3)
    data = {"x": rng.normal(size=STEPS), "lag": rng.integers(0, 5, size=STEPS)}
    past = [0.0, 0.0]
    for step, delay in enumerate(data["lag"]):
        past.append((data["x"][step - delay] if delay <= step else 7) + past[-2] / 2)
    return HandMade(Kernel((x, lag), body, (last,)), ({"#t": STEPS},), data, {"last": np.array(past[-1])}, least=1)


def affine_scan(a: Any, b: Any) -> Any:
    """Compute `h(t) = a(t)*h(t-1) + b(t)` from nothing."""
    state, found = 0 * b[:1], []
    for factor, term in zip(a, b, strict=True):
        state = factor * state + term
        found.append(state)
    return np.concatenate(found) if found else b


def scan_by_routine() -> HandMade:
    """A linear recurrence, left to a routine."""
    factor = Buffer("a", "argument", (time,))
    term = Buffer("b", "argument", (time, SEQUENCES))
    h = Buffer("h", "result", (time, SEQUENCES))
    kernel = Kernel((factor, term), (Make(h), Routine((at(h),), "affine_scan", (at(factor), at(term)))), (h,))
    rng = random(4)
    data = {"a": rng.uniform(-1, 1, size=STEPS), "b": rng.normal(size=(STEPS, BATCH))}
    expected = data["b"].copy()
    for step in range(1, STEPS):
        expected[step] += data["a"][step] * expected[step - 1]
    numbers = {"#t": STEPS, "# sequences": BATCH}
    return HandMade(kernel, (numbers,), data, {"h": expected}, routines={"affine_scan": affine_scan})


def full_history() -> HandMade:
    """`y(t) = x(t) + sum(w(t, s)*y(s) for s in 1..t-1)`."""
    s = index("s")
    x, w = Buffer("x", "argument", (time, SEQUENCES)), Buffer("w", "argument", (time, replace(time, name="s")))
    y = Buffer("y", "result", (time, SEQUENCES))
    past = Reduce("sum_over", "s", whole(0), t - 1, apply("mul", at(w, t=t, s=s), at(y, t=s)))
    body = (Make(y), For("t", whole(0), steps - 1, (Assign(at(y, t=t), added(at(x, t=t), past)),)))
    rng = random(5)
    data = {"x": rng.normal(size=(STEPS, BATCH)), "w": rng.normal(size=(STEPS, STEPS)) / 4}
    # It is a system of linear equations in all steps at once.
    expected = np.linalg.solve(np.eye(STEPS) - np.tril(data["w"], -1), data["x"])
    numbers = {"#t": STEPS, "# sequences": BATCH}
    return HandMade(Kernel((x, w), body, (y,)), (numbers,), data, {"y": expected})


def opaque_function() -> HandMade:
    """`h(t) = f(h(t-1), x(t); theta)`: only the caller knows f."""
    theta = Buffer("theta", "argument", (entries,))
    x = Buffer("x", "argument", (time, SEQUENCES))
    h = Buffer("h", "result", (time_from_before, SEQUENCES, entries))
    value = Opaque("f", (at(h, t=t - 1), at(x, t=t)), (("theta", at(theta)),), (m,))
    body = (Make(h, Number(0)), For("t", whole(0), steps - 1, (Assign(at(h, t=t), value),)))
    rng = random(6)
    data = {"theta": rng.normal(size=UNITS), "x": rng.normal(size=(STEPS, BATCH))}

    def function(state: Any, x: Any, theta: Any) -> Any:
        return state / 2 + np.asarray(x)[..., None] * theta

    expected, state = [], np.zeros((BATCH, UNITS))
    for step in data["x"]:
        state = state / 2 + np.multiply.outer(step, data["theta"])
        expected.append(state)
    return HandMade(
        Kernel((theta, x), body, (h,)), (SIZES,), data, {"h": np.array(expected)}, functions={"f": function}
    )


def three_axes() -> HandMade:
    """The longest common subsequence of three words, in fronts across three axes."""
    counts = (4, 5, 3)
    words = tuple(
        Buffer(name, "argument", (Dim(axis, length(axis), "axis"),)) for name, axis in zip("abd", "ijk", strict=True)
    )
    c = Buffer("c", "result", tuple(Dim(axis, length(axis), "axis", before=1) for axis in "ijk"))
    letters = [at(word, **{axis: index(axis)}) for word, axis in zip(words, "ijk", strict=True)]
    equal = apply("and", apply("eq", letters[0], letters[1]), apply("eq", letters[1], letters[2]))
    longer = added(at(c, i=i - 1, j=j - 1, k=k - 1), Number(1))
    beside = apply("maximum", at(c, i=i - 1, j=j, k=k), at(c, i=i, j=j - 1, k=k), at(c, i=i, j=j, k=k - 1))
    step = Assign(at(c, i=i, j=j, k=k), apply("where", equal, longer, beside))
    ranges = tuple(IndexRange(axis, whole(0), length(axis) - 1) for axis in "ijk")
    front = index("front")
    fronts = For("front", whole(0), rows + columns + layers - 3, (Each(ranges, (step,), on=(i + j + k - front,)),))
    rng = random(7)
    data = {name: rng.integers(2, size=count) for name, count in zip("abd", counts, strict=True)}
    table = np.zeros(tuple(count + 1 for count in counts))
    for place in np.ndindex(counts):
        a, b, d = (own + 1 for own in place)
        is_equal = data["a"][a - 1] == data["b"][b - 1] == data["d"][d - 1]
        table[a, b, d] = (
            table[a - 1, b - 1, d - 1] + 1
            if is_equal
            else max(table[a - 1, b, d], table[a, b - 1, d], table[a, b, d - 1])
        )
    kernel = Kernel(words, (Make(c, Number(0)), fronts), (c,))
    numbers = {f"#{axis}": count for axis, count in zip("ijk", counts, strict=True)}
    return HandMade(kernel, (numbers,), data, {"c": table[1:, 1:, 1:]})


def list_of_values() -> HandMade:
    """`s(t) = f(s(t-1), x(t)) + 1`: what f returns nobody knows, here vectors that grow."""
    start = Buffer("start", "argument", (), is_shaped=False)
    x = Buffer("x", "argument", (time,))
    s = Buffer("s", "result", (time_from_before,), is_shaped=False)
    value = Apply("add", (Opaque("f", (at(s, t=t - 1), at(x, t=t))), Number(1)), None)
    body = (Make(s), Assign(at(s, t=-1), at(start)), For("t", whole(0), steps - 1, (Assign(at(s, t=t), value),)))
    data = {"start": np.zeros(2), "x": random(8).normal(size=5)}
    expected = np.empty(5, object)
    grown = np.zeros(2)
    for step, number in enumerate(data["x"]):
        grown = np.append(grown, number) + 1
        expected[step] = grown
    kernel = Kernel((start, x), body, (s,))
    return HandMade(kernel, ({"#t": 5},), data, {"s": expected}, functions={"f": np.append})


def fibonacci() -> HandMade:
    """`y(t) = y(t-1) + y(t-2)`, and 1 at the first two steps: a guard inside the loop."""
    y = Buffer("y", "result", (time,))
    first = Guard(
        (Comparison(t, "<", whole(2)),),
        (Assign(at(y, t=t), Number(1)),),
        (Assign(at(y, t=t), added(at(y, t=t - 1), at(y, t=t - 2))),),
    )
    kernel = Kernel((), (Make(y), For("t", whole(0), steps - 1, (first,))), (y,))
    return HandMade(kernel, ({"#t": 10},), {}, {"y": np.array([1, 1, 2, 3, 5, 8, 13, 21, 34, 55.0])})


HAND_MADE: dict[str, Callable[[], HandMade]] = {
    made.__name__: made
    for made in (
        elman,
        elman_columns,
        elman_in_pieces_backwards,
        elman_of_lengths,
        edit_distance_skewed,
        edit_distance_by_rows,
        matrix_chain,
        ring_with_gather,
        scan_by_routine,
        full_history,
        opaque_function,
        three_axes,
        list_of_values,
        fibonacci,
    )
}
"""The kernels by name."""
