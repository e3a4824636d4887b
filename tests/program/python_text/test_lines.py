"""What is written reads back as what was built, at every width, and looks as a formatter would have it."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import timeit
from pathlib import Path
from typing import Any

import pytest
from generators.python_nodes import NAMES, NUMBERS, STATEMENTS, expressions, structure
from hypothesis import example, given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph.program.python_text.lines import WIDTH, lines
from unfoldgraph.program.python_text.nodes import (
    Blank,
    Comment,
    Docstring,
    assign,
    binary,
    call,
    constant,
    function,
    item,
    name,
    parameters,
    parsed,
)


def statement(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


def rewritten(text: str, width: int = WIDTH) -> str:
    return "\n".join(lines(ast.parse(text).body, width=width))


# It says what was built -------------------------------------------------------------------------------


@examples(100)
@given(st.lists(STATEMENTS, min_size=1, max_size=3))
def test_it_reads_back_as_it_was_built_at_every_width(statements: list[ast.stmt]) -> None:
    for width in (1, 20, 40, 110):
        written = lines(statements, width=width)
        assert structure(ast.parse("\n".join(written)).body) == structure(statements)
        # Not even the words of a string or of a comment end a line.
        assert not any(line.splitlines()[1:] for line in written)


@examples(200)
@given(st.builds(assign, NAMES, expressions(NAMES | NUMBERS, NAMES)), st.sampled_from([30, 45]))
@example(statement("x = a[(b + x + h_0 + np + a + b + x + h_0 + np):]"), 30)
@example(statement("x = a[:(b + x + h_0 + np + a + b + x + h_0 + np)]"), 30)
@example(statement("x = a[::(b + x + h_0 + np + a + b + x + h_0 + np)]"), 30)
def test_what_can_be_broken_is(made: ast.stmt, width: int) -> None:
    written = lines([made], width=width)
    assert structure(ast.parse("\n".join(written)).body) == structure([made])
    for line in written:
        # A name with signs before it and brackets after it stays in one piece.
        assert len(line) <= max(width, len(line) - len(line.lstrip()) + 30), line


def long_sum(terms: int) -> ast.expr:
    found: ast.expr = name("x_0")
    for number in range(1, terms):
        found = binary("-" if number % 3 else "+", found, call("f", name(f"x_{number}")))
    return found


def test_a_sum_of_ten_thousand_terms_is_written_a_term_a_line() -> None:
    written = lines([assign(name("s"), long_sum(10_000))])
    assert written[:3] == ["s = (", "    x_0", "    - f(x_1)"]
    assert len(written) == 10_002
    (within,) = lines([assign(name("s"), call("g", long_sum(10_000)))], width=10**6)
    assert within.startswith("s = g(x_0 - f(x_1) - f(x_2) + f(x_3)")


def test_calls_nest_as_deep_as_python_reads_them() -> None:
    nested: ast.expr = name("x")
    for _ in range(190):
        nested = call("f", nested, name("y"))
    for width in (60, WIDTH, 10**4):
        written = "\n".join(lines([assign(name("s"), nested)], width=width))
        assert ast.dump(ast.parse(written)).count("Call") == 190


def test_it_costs_less_than_the_standard_writer() -> None:
    step = statement("h[3] = np.tanh(b + _apply(W, h[2]) + U_x[2])")
    own = min(timeit.repeat(lambda: lines([step]), number=500, repeat=7))
    assert own <= 0.7 * min(timeit.repeat(lambda: ast.unparse(step), number=500, repeat=7))


@pytest.mark.parametrize("made", [ast.Global(["x"]), ast.Expr(ast.Yield()), ast.Expr(ast.Constant(b"x"))])
def test_what_generated_code_has_no_use_for_is_refused(made: ast.stmt) -> None:
    with pytest.raises((TypeError, ValueError), match="of generated code"):
        lines([made])


def test_a_tuple_is_not_entered() -> None:
    # `with (a, b):` enters both.
    with pytest.raises(TypeError, match="no tuple is entered in generated code"):
        lines([ast.With([ast.withitem(parsed("(a, b)"), None)], [ast.Pass()])])


def test_annotations_are_not_dropped_silently() -> None:
    with pytest.raises(TypeError, match="no annotation in generated code: f"):
        lines([statement("def f(x: int): pass")])


# Comments, empty lines and docstrings ----------------------------------------------------------------


def test_a_comment_is_one_line_that_fits() -> None:
    assert lines([Comment("h(t) = x(t)")], indent=1) == ["    # h(t) = x(t)"]
    (cut,) = lines([Comment("word " * 40)], indent=2)
    assert cut == f"        # {'word ' * 19}..." and len(cut) + len("word ") > WIDTH
    assert lines([Comment("letters" * 40)]) == [f"# {('letters' * 40)[: WIDTH - 6]} ..."]
    assert lines([Comment("a\nimport os\u2028\x1b")]) == ["# a\\nimport os\\u2028\\x1b"]


@pytest.mark.parametrize(
    ("words", "width", "cut"),
    [
        ("y = a + b * c - d * eeee", 26, "y = a + b * c - d * eeee"),
        ("y = a + b * c - d * eeee", 25, "y = a + b * c - ..."),
        ("y = a + b * c - d * eeee", 21, "y = a + b * c - ..."),
        ("y = a + b * c - d * eeee", 20, "y = a + b * c ..."),
        ("y = a + b * c_and_d * eeee", 25, "y = a + b * c_and_d ..."),
        ("y = a + bbbbbbbbbbbbbbbbbbbbb", 25, "y = a + ..."),
    ],
)
def test_a_comment_is_cut_between_words(words: str, width: int, cut: str) -> None:
    assert lines([Comment(words)], width=width) == [f"# {cut}"]


@examples(100)
@given(st.lists(st.text(st.sampled_from('ab"\\\n\x00 é')), min_size=1, max_size=3))
def test_a_docstring_says_its_lines(told: list[str]) -> None:
    written = "\n".join(lines([function("f", parameters(), [Docstring(told), ast.Pass()])]))
    found = ast.literal_eval(ast.parse(written).body[0].body[0].value)  # type: ignore[attr-defined]
    more = ["    "] if len(told) > 1 else []
    assert found == "\n".join([told[0], *["    " + line if line else "" for line in told[1:]], *more])


def test_a_docstring_stands_as_in_a_module_written_by_hand() -> None:
    body = [Docstring(["Return h.", "", "Returns", "-------", "h : array"]), Blank(), ast.Return(name("h"))]
    assert "\n".join(lines([function("f", parameters(keyword_only=["x", ("h0", constant(0))]), body)])) == (
        '''\
def f(*, x, h0=0):
    """Return h.

    Returns
    -------
    h : array
    """

    return h'''
    )
    assert lines([Docstring(['It is "h"'])]) == ['"""It is \\"h\\""""']


# How it looks ------------------------------------------------------------------------------------------

#: As `ruff format` leaves it, at a width of 60.
AS_A_FORMATTER = [
    """\
concentration = before + rate * (
    inflow_of_the_step - outflow_of_the_step
)""",
    """\
concentration = before + 2 * rate * _balance(
    inflow_of_the_step, outflow_of_the_step
)""",
    """\
concentration = (
    before + rate * (inflow - outflow) + the_rest_of_it
)""",
    """\
concentration = rate * (
    inflow_of_the_step - outflow_of_the_step
)""",
    """\
if t != 0 and concentration == rate * (
    inflow_of_the_step - outflow_of_the_step
):
    pass""",
    """\
h[t] = np.tanh(
    bias + _apply(weights, h[t - 1]) + inputs_weighted[t]
)""",
    """\
h[t + 1] = np.tanh(
    bias_of_the_state
    + _apply(weights_of_the_state, h[t])
    + weighted_inputs[t]
)""",
    """\
total = (
    first_term * weights[0]
    - second_term * weights[1]
    + (third_term - weights[2])
)""",
    """\
values = np.concatenate(
    (first_of_them, second_of_them, third), axis=0
)""",
    """\
found = elman_network(
    inputs=inputs,
    weights=weights,
    bias=bias,
    initial_state=initial_state,
)""",
    """\
loss = -np.sum(
    _one_hot(targets, classes) * _logsoftmax(o), axis=-1
)""",
    """\
return _batch_first(
    columns_of_states[1 : steps + 1], rank, batch
)[..., None]""",
    """\
sizes = {
    "steps": inputs.shape[0],
    "m": weights.shape[0],
    "n": weights.shape[1],
}""",
    """\
return (
    _batch_first(h, 1, batch),
    _batch_first(o, 1, batch),
    _batch_first(loss, 0, batch),
)""",
    """\
if (
    lengths_of_the_sequences is not None
    and lengths_of_the_sequences.size
    and not only_last
):
    pass
elif steps == 0:
    pass
else:
    pass""",
    """\
if place not in {
    first_of_those_given,
    second_of_those_given,
    third,
}:
    pass""",
    """\
states = initial_states + [
    first_of_those_given,
    second_of_those_given,
]""",
    """\
x, y = arrays_of(
    (first_of_them, 1),
    (second_of_them, 2),
    (third_of_them, 3),
)""",
    """\
x = (
    arrays_of(
        (first_of_them, 1),
        (second_of_them, 2),
        (third_of_them_all, 3),
    )
    + others(a, b)
    - bias
)""",
    """\
for i in range(
    max(0, front - columns + 1), min(rows, front + 1)
):
    pass""",
    """\
with np.errstate(
    divide="ignore", invalid="ignore", over="ignore"
):
    pass""",
    """\
raise ValueError(
    f"steps: expected a number, got {steps!r} of {axis}"
) from None""",
    """\
def elman_network(
    *, inputs, weights, bias, initial_state=0, steps=None
):
    pass""",
    """\
def elman_network(
    *,
    inputs,
    weights,
    bias,
    initial_state=0,
    number_of_steps=None,
):
    pass""",
    """\
names = [
    name_of(each, others)
    for each in results
    if each not in columns_that_are_kept
]""",
    """\
state = (
    following_state
    if number_of_steps > first_step
    else initial_state
)""",
    """\
kept = [
    name for name in results if name not in left_out_of_it
]""",
    """\
found = columns_of_states[1:].transpose(
    batch, steps, *sizes_of_the_value
)""",
    """\
where = (
    places_before_the_first
    if t < 0
    else places_beyond_the_last
    if t > steps
    else places
)""",
    """\
state = previous + _apply(
    weights_of_the_state, inputs_of_the_step
)""",
    """\
x, h = columns[: t + 1], columns[t + 1 :, None, 1:n]
y = -(x**2) + x ** (n + 1) + 2.0**-k - x[0] ** 2""",
]


@pytest.mark.parametrize("text", AS_A_FORMATTER)
def test_it_looks_as_a_formatter_would_have_it(text: str) -> None:
    assert rewritten(text, 60) == text


RUFF = shutil.which("ruff") or shutil.which("ruff", path=str(Path(sys.executable).parent))


@pytest.mark.skipif(RUFF is None, reason="there is no ruff here")
def test_the_formatter_agrees(tmp_path: Path) -> None:
    for number, text in enumerate(AS_A_FORMATTER):
        (tmp_path / f"written_{number}.py").write_text(f"{text}\n")
    command: list[Any] = [RUFF, "format", "--isolated", "--no-cache", "--line-length", "60", "--diff", tmp_path]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, ""), told.stdout


def test_where_it_differs_from_the_formatter() -> None:
    # A display, or a call that is broken itself, that is the only argument stands at the brackets of the call.
    assert rewritten('return _Result({"h": _batch_first(h, 1, batch), "o": _batch_first(o, 1, batch)})', 60) == (
        """\
return _Result({
    "h": _batch_first(h, 1, batch),
    "o": _batch_first(o, 1, batch),
})"""
    )
    assert rewritten(f"x = f(gg({', '.join(['argument_number'] * 4)}))", 40) == (
        """\
x = f(gg(
    argument_number,
    argument_number,
    argument_number,
    argument_number,
))"""
    )
    # What belongs together stands together.
    assert rewritten("x = first_of_them or second and third or fourth_of_them", 40) == (
        """\
x = (
    first_of_them
    or second and third
    or fourth_of_them
)"""
    )
    # The index is shorter than what it is of.
    assert rewritten("x = _apply(weights, states_before)[..., 0]", 40) == (
        """\
x = _apply(
    weights, states_before
)[..., 0]"""
    )
    # A run of names that are assigned to, or of numbers, fills its lines.
    assert rewritten("inputs, targets, weights, bias, initial_state = arrays", 40) == (
        """\
(
    inputs, targets, weights, bias,
    initial_state
) = arrays"""
    )
    assert rewritten(f"fronts = np.array({[*range(1000, 1012)]})", 40) == (
        """\
fronts = np.array([
    1000, 1001, 1002, 1003, 1004, 1005,
    1006, 1007, 1008, 1009, 1010, 1011
])"""
    )


def test_what_is_assigned_to_is_broken_where_it_is_too_long_itself() -> None:
    target = item(name("states"), parsed("first_index + 1"), parsed("second_index + 1"), name("third_index"))
    assert lines([assign(target, constant(0))], width=40) == [
        "states[",
        "    first_index + 1,",
        "    second_index + 1,",
        "    third_index,",
        "] = 0",
    ]
