"""The benchmarks cannot rot: who is timed computes what the circuit does, and the tables are written without them."""

from __future__ import annotations

import ast
import doctest
import json
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from support.paths import ROOT

from benchmarks import command, plot, report
from benchmarks import measure as measuring
from benchmarks.measure import Difference, Measured, Spread, agreement, lost, measure, start
from benchmarks.rows import ROWS, texts
from benchmarks.rows.row import (
    BEST,
    COLUMNS,
    EXPERT,
    JAX,
    NUMBA,
    OURS,
    OURS_NUMBA,
    PLAIN,
    PLAIN_NUMPY,
    RATIO,
    SCIPY,
    YARDSTICK,
    C,
    Row,
    Unit,
    by_hand,
    feature,
    ours,
)

BENCHMARKS = ROOT / "benchmarks"
#: What is checked here: ours and what experts write; other libraries where the benchmarks run.
CHECKED = {OURS, PLAIN, EXPERT, BEST, PLAIN_NUMPY, SCIPY, C}
SOURCE = "h(t) = a * h(t-1) + x(t)"


def by_loop(x: np.ndarray, a: float) -> np.ndarray:
    found = np.empty_like(x)
    last = 0.0
    for t, value in enumerate(x):
        found[t] = last = a * last + value
    return found


def a_row(**changed: object) -> Row:
    made = Row(
        "decay",
        "tests",
        lambda random, steps: {"x": random.normal(size=steps), "a": 0.5},
        {
            OURS: ours(SOURCE, "h"),
            OURS_NUMBA: ours(SOURCE, "h", target="a target that there is not"),
            EXPERT: lambda: lambda data: lambda: by_loop(**data),
            JAX: by_hand("others.no_such_library", "decay"),
        },
        goal=2,
        sizes={"steps": 50},
    )
    return replace(made, **changed)


def measured(row: Row, **values: float) -> Measured:
    """Return a row as if it had been measured: 1 is the time of the reference."""
    spreads = {column: Spread(value, value * 0.9, value * 1.1) for column, value in values.items()}
    return Measured(row, spreads, spreads, {JAX: "not installed: jax"}, 3, row.reference)


@pytest.mark.parametrize("row", [row for row in ROWS if not row.children], ids=lambda row: row.name)
def test_who_is_timed_computes_what_the_circuit_does(row: Row) -> None:
    contenders, absent = start(replace(row, contenders={n: m for n, m in row.contenders.items() if n in CHECKED}))
    if row.judged == OURS and OURS not in contenders:
        assert absent[OURS].startswith("not there")
    data = row.data(np.random.default_rng(1), **(row.small or row.sizes))
    agreement(row, data, contenders)


def test_every_row_can_be_told_apart_and_has_a_reference() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert not row.reference or row.reference in row.contenders
        assert row.judged in row.contenders
        assert set(row.contenders) <= {*COLUMNS, YARDSTICK}
        assert "|" not in row.name + row.reference_name


def test_every_program_by_hand_is_somebodys() -> None:
    """Modules of libraries that are not installed are read and not loaded."""
    asked = {
        (module, function)
        for path in BENCHMARKS.glob("rows/*.py")
        for module, function in re.findall(r'by_hand\(\s*"([\w.]+)",\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert len(asked) > 60
    for module, function in asked:
        body = ast.parse(BENCHMARKS.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8")).body
        assert function in {node.name for node in body if isinstance(node, ast.FunctionDef)}, f"{module}.{function}"


def test_a_contender_that_computes_something_else_is_an_error() -> None:
    wrong = a_row(contenders={OURS: ours(SOURCE, "h"), EXPERT: lambda: lambda data: lambda: by_loop(**data) * 1.0001})
    with pytest.raises(Difference, match="decay: expert is not ours"):
        measure(wrong, np.random.default_rng(0), 1)
    shorter = a_row(contenders={OURS: ours(SOURCE, "h"), EXPERT: lambda: lambda data: lambda: by_loop(**data)[1:]})
    with pytest.raises(Difference):
        measure(shorter, np.random.default_rng(0), 1)


def test_what_is_not_there_is_empty_and_has_a_reason() -> None:
    found = measure(a_row(), np.random.default_rng(0), 2)
    assert set(found.cells()) == {OURS, EXPERT}
    assert found.absent[OURS_NUMBA].startswith("not there: ")
    assert found.absent[JAX] == "not installed: benchmarks.others.no_such_library"
    assert found.cells()[EXPERT].median == 1
    text = report.full([found])
    (line,) = [line for line in text.splitlines() if line.startswith("| decay |")]
    assert line.count("|") == 3 + len(found.row.contenders) + 1
    assert "not installed: benchmarks.others.no_such_library (rows: 1)" in text


def test_a_reference_that_is_not_there_is_stood_in_for() -> None:
    found = measure(a_row(reference=JAX, reference_name="JAX"), np.random.default_rng(0), 1)
    assert found.reference == EXPERT
    assert "expert, without JAX" in report.full([found])
    # A goal is one beside the reference that it was set for.
    assert report.goal(found) == "≤ 2"


def test_a_row_that_nobody_runs_is_a_row() -> None:
    found = measure(a_row(contenders={JAX: by_hand("others.no_such_library", "decay")}), np.random.default_rng(0), 1)
    assert found.cells() == {}
    assert "| decay |" in report.full([found])


def test_a_feature_that_is_not_there_is_no_crash() -> None:
    with pytest.raises(Exception, match=r"^not there: .* has no attribute 'stepper'$"):
        feature(lambda: SimpleNamespace().stepper)


def test_where_others_are_ahead_is_told_from_the_numbers() -> None:
    found = measured(a_row(), **{OURS: 2.0, EXPERT: 1.0, NUMBA: 0.02, JAX: 1.9, C: 3.0})
    assert [(column, round(factor), apart) for column, factor, apart in lost(found)] == [
        (NUMBA, 100, True),
        (EXPERT, 2, True),
        (JAX, 1, False),
    ]
    assert report.behind([found]) == "* decay: Numba by 100, expert by 2.00, JAX by 1.05 (the spreads meet)"
    assert report.behind([measured(a_row(), **{OURS: 0.5, EXPERT: 1.0})]) == "Nowhere."
    assert report.missed([measured(a_row(goal=0.5), **{OURS: 2.0})]) == "* decay: 2.00 (1.80–2.20), goal ≤ 0.50"


def test_tables_stand_between_the_markers_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{report.BEGIN}\nold\n{report.END}\n\nThe rest.\n")
    rows = [measured(a_row(), **{OURS: 0.5, EXPERT: 1.0})]
    report.write_between(page, rows, tmp_path / "plots" / "results.svg")
    text = page.read_text()
    assert text.startswith(f"# A page\n\n{report.BEGIN}\n\n") and text.endswith(f"{report.END}\n\nThe rest.\n")
    assert "](plots/results.svg)" in text and "old" not in text and "| **0.50** |" in text
    once = text
    report.write_between(page, rows, tmp_path / "plots" / "results.svg")
    assert page.read_text() == once
    with pytest.raises(ValueError, match="no <!-- benchmarks:begin -->"):
        report.between_markers("nothing", "text")


@pytest.mark.parametrize("module", [measuring, report])
def test_examples_are_right(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


def test_numbers_are_kept_as_json() -> None:
    slow = a_row(unit=Unit("µs", 1e6, "time"))
    (row,) = json.loads(report.as_json([measured(slow, **{OURS: 2e-6})]))["rows"]
    assert round(row["cells"][OURS]["median"], 9) == 2
    assert (row["name"], row["goal"], row["absent"]) == ("decay", 2, {JAX: "not installed: jax"})


def test_a_plot_is_written_where_matplotlib_is(tmp_path: Path) -> None:
    target = tmp_path / "results.svg"
    rows = [measured(a_row(), **{OURS: 0.5, EXPERT: 1.0}), measured(a_row(unit=RATIO, goal=None), **{NUMBA: 0.1})]
    try:
        import matplotlib
    except ImportError:
        assert not plot.write_plot(rows, target)
        return
    assert matplotlib
    assert plot.write_plot(rows, target)
    first = target.read_bytes()
    assert b"<svg" in first
    assert plot.write_plot(rows, target)
    assert target.read_bytes() == first
    assert not plot.write_plot([], target)


def test_the_command_writes_what_it_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "ROWS", (a_row(),))
    page = tmp_path / "page.md"
    page.write_text(f"{report.BEGIN}{report.END}")
    arguments = ["--quick", "--rows", "decay", "-o", str(tmp_path / "results"), "--write", str(page)]
    assert command.run(arguments) == 0
    assert "| decay |" in (tmp_path / "results.md").read_text() and "| decay |" in page.read_text()
    assert json.loads((tmp_path / "results.json").read_text())["version"] == 1


def test_the_largest_texts_are_rows_for_those_who_ask() -> None:
    assert not [row for row in command.chosen(None) if row.family == "texts"]
    assert {row.family for row in command.chosen(["texts"])} == {"texts"}
    assert len(list(texts.rows())) > 80
    (digits,) = command.chosen(["256 kB of digits"])
    assert measure(digits, np.random.default_rng(0), 1).cells()[OURS].median > 0
