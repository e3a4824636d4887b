"""Generated functions around their computing: what they check and find out, how arrays come in and leave."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from unfoldgraph.language.text import read
from unfoldgraph.model.regions import domains, too_short
from unfoldgraph.program.ir import Kernel, Variant
from unfoldgraph.program.lower import lower
from unfoldgraph.program.names import Names
from unfoldgraph.program.python_text.lines import lines
from unfoldgraph.program.python_text.nodes import assign, dict_of, name, names_used, parsed
from unfoldgraph.program.python_text.words import Words, words_of
from unfoldgraph.program.schedule import schedule_of
from unfoldgraph.program.signature import Signature, make_signature
from unfoldgraph.program.wrapper.function import Branch, arranged, function_around, opening, returning
from unfoldgraph.program.wrapper.module_text import module_text

Parts = tuple[Signature, Words, Kernel]


def parts_of(text: str, outputs: Sequence[str] | None = None, counts: Mapping[str, int] | None = None) -> Parts:
    """Return what a circuit's function is made of."""
    schedule, names = schedule_of(read(text), outputs), Names()
    signature = make_signature(schedule, counts, names)
    return signature, words_of(names, signature.has_batch), lower(schedule)


def work_of(text: str) -> list[ast.stmt]:
    """Return work that is written as text; every line of it assigns."""
    pairs = (line.split(" = ") for line in text.split("; ") if line)
    return [assign(parsed(target), parsed(value)) for target, value in pairs]


def opening_of(
    text: str, work: str = "", outputs: Sequence[str] | None = None, counts: Mapping[str, int] | None = None
) -> list[str]:
    """Return the opening of a circuit's function around some work."""
    signature, words, _ = parts_of(text, outputs, counts)
    return lines(opening(signature, words, work_of(work)))


def arranged_of(text: str, outputs: Sequence[str] | None = None) -> list[str]:
    """Return how the arguments of a circuit's function are arranged."""
    signature, words, kernel = parts_of(text, outputs)
    return lines(arranged(signature, words, kernel.arguments))


def returned_of(text: str, outputs: Sequence[str] | None = None, counts: Mapping[str, int] | None = None) -> str:
    """Return what a circuit's function returns, on one line."""
    signature, words, kernel = parts_of(text, outputs, counts)
    return " ".join(line.strip() for line in lines(returning(signature, words, kernel.results)))


def function_of(text: str, work: str, outputs: Sequence[str] | None = None) -> Any:
    """Return a circuit's function with some work in it, to be called."""
    signature, words, kernel = parts_of(text, outputs)
    written = function_around(signature, words, [Branch(Variant("always", kernel), words, work_of(work))])
    namespace: dict[str, Any] = {}
    exec(str(module_text(signature.schedule.model, words, written)), namespace)
    return namespace[signature.function]


# What is used -----------------------------------------------------------------------------------------


def test_names_that_are_only_assigned_are_not_used() -> None:
    assert names_used(work_of("a = 1; b, c = a; d[e] = f; (g, h[i]) = 'j'")) == {"a", "d", "e", "f", "h", "i"}


def test_names_are_found_however_deep_they_stand() -> None:
    assert names_used([assign(name("s"), parsed(" + ".join(["x"] * 500 + ["y"])))]) == {"x", "y"}


# The opening ------------------------------------------------------------------------------------------

ELMAN = "x(t) : n; h(t) = tanh(b + W @ h(t-1) + U @ x(t)); W : (m, m)"


def test_only_what_is_used_is_found_out() -> None:
    check = [
        "arrays, _, _, _ = _arrays(",
        '    x=(x, "steps", "n"), b=(b, "m"), W=(W, "m", "m"), U=(U, "m", "n"), h0=(h0, "m"), _scalars=("b", "h0")',
        ")",
        "x, b, W, U, h0 = arrays",
    ]
    assert opening_of(ELMAN) == check
    told = [check[0].replace("_, _, _", "sizes, batch, dtype"), *check[1:]]
    assert opening_of(ELMAN, "h = zeros((steps, *batch, m), dtype)") == [
        *told, 'steps = sizes["steps"]', 'm = sizes["m"]',
    ]  # fmt: skip
    assert opening_of(ELMAN, "h = n + m")[-1] == 'n, m = sizes["n"], sizes["m"]'
    # A text that has the name of a size in it does not use it.
    assert opening_of(ELMAN, "h = 'm steps dtype'") == check


def test_what_is_written_out_has_its_steps() -> None:
    assert opening_of("F(t) = F(t-1) + 1", "F = steps", counts={"t": 3}) == [
        "arrays, _, _, _ = _arrays(F0=(F0,))", "[F0] = arrays", "steps = 3",
    ]  # fmt: skip


def test_a_function_without_arrays_checks_none() -> None:
    assert opening_of("o = f(2)") == ["if not callable(f):", '    raise TypeError("f: expected a function")']
    assert opening_of("o = 1; o : ()") == []


def test_what_is_not_needed_may_be_left_out() -> None:
    text = "a(t) = a(t-1) + 1; b(t) = x(t); x(t) : ()"
    assert opening_of(text, "a = steps", ["a"])[-1] == (
        'steps = sizes["steps"] if "steps" in sizes else _number_of_steps(steps, lengths, "t")'
    )
    # Its length is not looked for where nothing needs it.
    function = function_of("x(i) : (); z(j) : (); y(i) = x(i); w(j) = z(j)", "y = x + 0", ["y"])
    assert function(x=[1, 2]).y.tolist() == [1, 2]


def test_names_that_the_circuit_hides_are_called_otherwise() -> None:
    told = opening_of("callable(t) = f(callable(t-1), TypeError); sizes(t) : m", "o = sizes", outputs=["callable"])
    assert told[:2] == ["if not _callable(f):", '    raise _TypeError("f: expected a function")']


@pytest.mark.parametrize(
    "text",
    [
        "x(t) : (); y(t) = x(3)",
        "x(t) : (); y(t) = x(3) + x(1); y(2) = x(4); y(end) = x(2)",
        "x(t) : (); y(t) = x(t); y(4) = x(5); y(end) = 1; y(end-1) = 2",
        "x(t) : (); s(t) = s(t-1) + x(t); s(0) = x(2); o = s(1)",
        "x(i, j) : (); y(i, j) = x(2, j) + x(i, 3)",
        "x(i, j) : (); y(i, j) = x(i, j); y(end, j) = x(4, j); y(2, 2) = x(1, 4); y(end, end-1) = x(3, 3)",
    ],
)
def test_what_is_read_at_fixed_places_has_to_be_there(text: str) -> None:
    """The conditions say what the boxes of the statements say, for all short lengths."""
    signature, words, _ = parts_of(text)
    model = signature.schedule.model
    checks = [one for one in opening(signature, words, []) if isinstance(one, ast.If)]
    source = "\n".join(lines(one for one in checks if "lengths" not in names_used([one])))
    refused = 0
    for counts in product(range(6), repeat=len(signature.own_axes)):
        own = dict(zip(signature.own_axes, counts, strict=True))
        lengths = {axis: own[model.length_of[axis]] for axis in model.axes}
        boxes = domains(model.statements, model.axes_by_name, lengths)
        asked = [*too_short(model.statements, model.axes_by_name, model.length_of, lengths, boxes)]
        known = {signature.lengths[axis]: length for axis, length in lengths.items()}
        try:
            exec(source, known)
        except ValueError as error:
            refused += 1
            assert any(f"expected at least {one.place} step" in str(error) for one in asked)
        else:
            assert not asked, lengths
    assert refused


SLICED = "x : m; y = concat(x[1:], v)[0:m]; v : n; p : k; z = concat(x, x) + p"


def test_sizes_follow_from_others_and_have_to_agree() -> None:
    function = function_of(SLICED, "y = x; z = np.zeros((*batch, k))")
    assert function(x=[1, 2, 3], v=[1, 2], p=np.ones(6)).z.shape == (6,)
    with pytest.raises(ValueError, match="expected k = m \\+ m = 6, got 5"):
        function(x=[1, 2, 3], v=[1, 2], p=np.ones(5))
    entry = function_of("b : m; o = b[2] + b[m-4]", "o = b[2]")
    assert entry(b=[1, 2, 3, 4]).o == 3
    with pytest.raises(ValueError, match=r"b\[m-4\]: expected m of at least 4, got 3"):
        entry(b=[1, 2, 3])


def test_a_number_may_stand_for_an_array_whose_size_follows() -> None:
    function = function_of("x : m; z = concat(x, x) * a", "z = _concat(x, x) * a")
    assert function(x=[1, 2], a=3).z.tolist() == [3, 6, 3, 6]
    assert function(x=[1, 2], a=[1, 2, 3, 4]).z.tolist() == [1, 4, 3, 8]
    with pytest.raises(ValueError, match="a: expected shape"):
        function(x=[1, 2], a=[1, 2, 3])


# Lengths of sequences ---------------------------------------------------------------------------------


def test_what_looks_back_is_cut_off_where_it_is_returned() -> None:
    text = "x(t) : (); s(t) = x(t-1)"
    assert "lengths" not in " ".join(opening_of(text, "s = x"))
    assert returned_of(text) == (
        'results = {"s": _batch_first(s, 0, batch)} if lengths is not None: '
        "# What comes after the end of a sequence changes nothing before it. "
        'results = _cut_off(results, lengths, {"t": steps}, batch, {"s": ("t",)}) return _Result(results)'
    )
    function = function_of(text, "s = x[:steps] + 0")
    assert function(x=[[1, 2, 3], [4, 5, 6]], lengths=[3, 2]).s.tolist() == [[0, 1, 2], [0, 4, 0]]
    assert function(x=[1, 2, 3]).s.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="lengths: expected numbers from 0 to 3, got 4 to 4"):
        function(x=[1, 2, 3], lengths=4)


def test_what_looks_ahead_is_computed_by_length() -> None:
    text = "x(t) : (); s(t) = x(t+1); o = f(r; p) * r"
    told = opening_of(text, "s = x")
    assert told[2] == 'given = {"x": (x, "steps"), "r": (r,)}'
    assert " ".join(line.strip() for line in told[-10:]).endswith(
        'if lengths is not None: return _by_length( circuit, lengths, {"t": ("steps", steps)}, given, batch, '
        '{"s": ("t",), "o": ()}, others={"p": p, "f": f}, )'
    )
    function = function_of("x(t) : (); s(t) = x(t+1)", "s = x[1:] + 0")
    assert function(x=[[1, 2, 3], [4, 5, 6]], lengths=[3, 2]).s.tolist() == [[2, 3, 0], [5, 0, 0]]


def test_the_function_is_told_its_steps_for_sequences_of_one_length() -> None:
    function = function_of("s(t) = s(t+1) + a", "s = dtype(steps) + np.zeros((steps, *batch))")
    assert function(a=[1, 2], lengths=[1, 2]).s.tolist() == [[1, 0], [2, 2]]
    assert function(a=1, steps=2).s.tolist() == [2, 2]


# Arguments as the kernel takes them -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x(t) : m; h(t) = x(t) * a; a : m", ["x = _time_first(x, 1, batch)"]),
        ("x(i, j) : (); h(i, j) = x(i, j)", ["x = _time_first(x, 0, batch, axes=2)"]),
        ("x(t) : m; h(t) = x(t-1) + x(t+2)", ["x = _whole(x, 1, batch, before=1, after=2)"]),
        (
            "x(t) : m; h(t) = x(t-2)",
            ["x = _whole(x, 1, batch, before=2)  # x[0] is x(-1)", "x0 = _time_first(x0, 1, batch)"],
        ),
        (
            "x(i, j) : (); h(i, j) = x(i-1, j) + x(i, j+1)",
            ["x = _whole(x, 0, batch, before=(1, 0), after=(0, 1), axes=2)"],
        ),
        # Functions get an array for every sequence; what only they touch stays as it is.
        ("x(t) : m; y(t) : m; y(t) = f(x(t), p; q)", ["x = _whole(x, 1, batch)"]),
        ("s(t) = f(s(t-1)); s(1) = s1", ["s1 = _for_each(s1, None, batch)"]),
        # What is before the first step: one value stays, several have their places first.
        ("x(t) : m; h(t) = tanh(h(t-1) + x(t))", ["x = _time_first(x, 1, batch)"]),
        ("x(t) : m; h(t) = tanh(h(t-3) + x(t))", ["x = _time_first(x, 1, batch)", "h0 = _time_first(h0, 1, batch)"]),
        ("s(t) = f(s(t-1))", ["s0 = _for_each(s0, None, batch)"]),
        ("s(t) = f(s(t-2))", ["s0 = _whole(s0, None, batch)"]),
        (
            "s(t) = f(x(t-2))",
            ["x = _whole(x, None, batch, before=2)  # x[0] is x(-1)", "x0 = _places(x0, x, batch)"],
        ),
    ],
)
def test_arguments_come_in_the_order_of_the_kernel(text: str, found: list[str]) -> None:
    assert arranged_of(text) == found


def test_only_what_is_needed_is_arranged() -> None:
    assert arranged_of("a(t) = x(t); b(t) = y(t-1); x(t) : (); y(t) : ()", ["a"]) == ["x = _time_first(x, 0, batch)"]


# Results ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x(t) : m; h(t) = x(t+1)", "_batch_first(h, 1, batch)"),
        ("x(t) : m; h(t) = h(t-1) + x(t+1)", "_batch_first(h[1:], 1, batch)"),
        ("x(t) : m; h(t) = h(t-1) + x(t); g(t) = h(t+1)", "_batch_first(h[1 : steps + 1], 1, batch)"),
        ("x(t) : m; h(t) = x(t) + h(t+1); h(end+1) = 0", "_batch_first(h[:steps], 1, batch)"),
        ("x(i, j) : (); h(i, j) = x(i, j+1) + h(i, j-1); h(i, 0) = 0", "_batch_first(h[:, 1:], 0, batch, axes=2)"),
        ("h = a + sum(b); a : m", "_for_batch(h, (*batch, m), dtype)"),
        ("h = a", "_for_batch(h, batch, dtype)"),
        ("h = f(a) * a", "_of_any_shape(h, batch)"),
        ("h(t) = f(x(t))", "_stacked(h, batch, dtype)"),
        ("h(t) = f(h(t-1))", "_stacked(h[1:], batch, dtype)"),
        ("h(i, j) = f(h(i-1, j), x(i, j)); h(0, j) = 0", "_stacked(h[1:], batch, dtype, (steps_i, steps_j))"),
        (
            "h(i, j) = f(h(i, j-1), x(i, j)); h(i, 0) = 0",
            "_stacked([row[1:] for row in h], batch, dtype, (steps_i, steps_j))",
        ),
        # Without an array there is no batch.
        ("h = stack(1, 2)", "_for_batch(h, (2,), np.float64)"),
        ("h = 1; h : ()", "_for_batch(h, (), np.float64)"),
        ("h(t) = t + h(t+1); h(end+1) = 0", "h[:steps]"),
    ],
)
def test_results_leave_with_the_batch_in_front(text: str, value: str) -> None:
    assert f'{{"h": {value}' in returned_of(text)


def test_every_result_has_its_public_name() -> None:
    told = returned_of("lambda = a; o = lambda")
    assert told == 'return _Result({"lambda_": _for_batch(lambda_, batch, dtype), "o": _for_batch(o, batch, dtype)})'


# The whole --------------------------------------------------------------------------------------------


def test_computing_is_silent_and_checks_are_not() -> None:
    signature, words, kernel = parts_of(ELMAN)
    branch = Branch(Variant("always", kernel), words, work_of("h = x"))
    (head, *body) = lines([function_around(signature, words, [branch])])
    assert head == "def circuit(*, x, b, W, U, h0=0, lengths=None):"
    at = body.index('    with np.errstate(all="ignore"):')
    assert body[at - 1] == "" and body[at + 1 : at + 4] == ["        x = _time_first(x, 1, batch)", "        h = x", ""]
    assert any("_arrays(" in line for line in body[:at]) and body[at + 4].startswith("    results = ")


def test_what_is_found_out_is_defined_before_it_is_used() -> None:
    for text in (ELMAN, SLICED, "x(t) : (); s(t) = x(t+1); o = f(r; p) * r", "u(t, i) = u(t-1, i); u(0, i) = s(i)"):
        signature, words, kernel = parts_of(text)
        used = (*signature.sizes.values(), "batch", "dtype")
        work = [assign(name("o"), dict_of({word: name(word) for word in used}))]
        branch = Branch(Variant("always", kernel), words, work)
        (written,) = ast.parse("\n".join(lines([function_around(signature, words, [branch])]))).body
        assert isinstance(written, ast.FunctionDef)
        names = [node for node in ast.walk(written) if isinstance(node, ast.Name)]
        stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        arguments = {argument.arg for argument in written.args.kwonlyargs}
        results = {signature.public[result] for result in signature.schedule.outputs}
        read_names = {word for word in names_used([written]) if not word.startswith("_")}
        outside = {"np", "len", "range", "callable", "TypeError", "ValueError", signature.function}
        assert read_names - stored - arguments - results - outside == set()
        assert stored - names_used([written]) <= {"_", "o", *arguments}
