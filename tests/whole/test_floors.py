"""A module imports only from below, in its folder too, so that each can be understood without what is built on it.

Every folder is a floor plan of its own: `FLOORS` has one table a folder, its lowest floor first. What stands on one
floor of it, modules and folders alike, imports nothing from that floor or from above; so there is no circle anywhere.
An import inside a function and one for types counts as any other.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import unfoldgraph

PACKAGE = Path(unfoldgraph.__file__).parent

FLOORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "": (
        (
            "__init__",
            "base",
        ),
        (
            "algebra",
            "causality",
        ),
        ("model",),
        (
            "language",
            "program",
            "unfolding",
        ),
        ("formula",),
        ("drawing",),
        (
            "construction",
            "notebook",
        ),
        ("picture",),
        ("circuit",),
        ("cli",),
        ("__main__",),
    ),
    "algebra": (
        (
            "expression",
            "pieces",
        ),
        ("shapes",),
        ("table",),
        (
            "digits",
            "finite_field",
            "operators",
        ),
        (
            "possible_reads",
            "printer",
            "shape_engine",
        ),
        ("notation",),
        (
            "inlining",
            "latex",
        ),
    ),
    "algebra/table": (
        (
            "exact_rules",
            "sympy_rules",
        ),
        ("laws",),
        ("operator_row",),
        (
            "arrays",
            "elementwise",
            "reductions",
            "signs",
        ),
    ),
    "base": (
        (
            "affine",
            "boxes",
            "cache",
            "collecting",
            "limits",
            "option",
        ),
        (
            "errors",
            "lattice_points",
            "names",
            "whole_solutions",
        ),
        (
            "cut_boxes",
            "files",
        ),
    ),
    "causality": (
        (
            "difference_constraints",
            "integer_program",
        ),
        ("cycles",),
        (
            "cones",
            "witness",
        ),
        (
            "polyhedra",
            "wavefronts",
        ),
    ),
    "cli": (
        (
            "console",
            "pieces",
            "report",
        ),
        ("progress",),
        ("arrays",),
        ("arguments",),
        ("commands",),
        ("dispatch",),
        ("main",),
    ),
    "drawing": (
        ("geometry",),
        ("text",),
        ("scene",),
        ("options",),
        ("graphs",),
        ("layout",),
        ("routing",),
        ("views",),
        ("annotations",),
        ("formats",),
        ("draw",),
    ),
    "formula": (
        (
            "entries",
            "exact_numbers",
            "options",
            "unnamed_sizes",
        ),
        ("simplifying",),
        ("instances",),
        ("timing",),
        ("folded_order",),
        (
            "derivation",
            "target",
        ),
        (
            "writer",
            "sympy_form",
        ),
        (
            "equations_sympy",
            "expansion",
        ),
    ),
    "language/parsing": (
        ("tables",),
        ("lalr",),
    ),
    "language": (
        (
            "indices",
            "typed_values",
        ),
        ("parsing",),
        ("common_mistakes",),
        ("syntax_errors",),
        ("grammar",),
        (
            "mistaken_terms",
            "constants",
            "standard_form",
        ),
        ("symbol_table",),
        ("terms",),
        ("resolving",),
        ("text",),
        ("python",),
        ("from_sympy",),
    ),
    "language/python": (
        ("quantities",),
        (
            "checks",
            "functions",
        ),
        ("builder",),
    ),
    "model": (
        (
            "index_arithmetic",
            "shape_inference",
        ),
        ("equations",),
        (
            "axes",
            "inequalities",
            "reads",
        ),
        (
            "calling_convention",
            "regions",
        ),
        (
            "lengths",
            "order",
        ),
        ("missing_places",),
        ("boundaries",),
        ("build",),
    ),
    "model/order": (
        ("dependence",),
        ("places",),
        ("unfolded_cycles",),
        ("statement_order",),
    ),
    "program": (
        (
            "names",
            "options",
            "runtime",
        ),
        ("python_text",),
        (
            "bound",
            "ir",
        ),
        (
            "checking",
            "reach",
            "rewriting",
            "standalone",
            "statement_shapes",
        ),
        ("schedule",),
        (
            "signature",
            "turns",
        ),
        (
            "lower",
            "wrapper",
        ),
        (
            "passes",
            "targets",
        ),
        (
            "pipeline",
            "streams",
        ),
        ("compiled",),
    ),
    "unfolding": (
        (
            "counting",
            "forward",
            "sizes",
        ),
        ("off_edges",),
        ("graph",),
        (
            "ancestry",
            "bounds",
            "evaluation",
            "input_lengths",
            "nearest",
            "networkx_form",
            "powers",
        ),
        ("depth",),
        ("unfolding",),
    ),
    "drawing/annotations": (
        (
            "dependencies",
            "describe",
            "frames",
            "highlight",
            "legend",
            "page_width",
            "right_sides",
        ),
        (
            "front_numbers",
            "notes",
        ),
    ),
    "drawing/formats": (
        (
            "diagram",
            "json",
            "pdf",
            "svg",
            "writers",
        ),
        (
            "dot",
            "html",
            "mermaid",
            "png",
            "tex",
        ),
    ),
    "drawing/graphs": (
        (
            "roles",
            "rolled",
        ),
        ("reads",),
        (
            "asked_steps",
            "circuit",
            "edge_labels",
            "left_out",
            "operations",
            "places",
            "values",
        ),
        (
            "cut",
            "excerpt",
        ),
        ("from_model",),
    ),
    "drawing/layout": (
        (
            "compaction",
            "network_simplex",
        ),
        ("layering",),
        ("ordering",),
        ("coordinates",),
        (
            "grid",
            "layered",
            "step",
        ),
        ("lattice",),
        ("aligned",),
        (
            "columns",
            "graphviz",
        ),
    ),
    "drawing/routing": (
        (
            "candidates",
            "obstacles",
        ),
        (
            "channels",
            "costs",
            "labels",
            "maze",
            "rules",
        ),
        ("router",),
        (
            "hyperedges",
            "labelled_edges",
        ),
    ),
    "drawing/scene": (
        (
            "scene",
            "style",
            "themes",
        ),
    ),
    "drawing/text": (
        ("line_breaking",),
        ("typeset",),
        ("html_formulas",),
    ),
    "drawing/views": (
        ("view",),
        (
            "circuit",
            "canvas",
        ),
        (
            "cut",
            "lattice",
            "operations",
            "parameters",
            "unfolded",
        ),
        ("figure",),
    ),
    "program/passes": (
        (
            "at_once",
            "contract",
            "ends",
            "floats",
            "in_place",
            "layout",
            "ranges",
            "sums",
            "unused",
        ),
        (
            "columns",
            "gates",
            "hoist",
            "latest",
            "pieces",
        ),
        (
            "lattices",
            "linear",
        ),
    ),
    "program/passes/lattices": (
        (
            "fronts",
            "lines",
            "scans",
        ),
    ),
    "program/streams": (
        (
            "needs",
            "one_step",
            "state",
        ),
        ("continued",),
        ("stream",),
        ("stepper",),
    ),
    "program/passes/linear": (
        (
            "early",
            "walk",
        ),
        ("loops",),
        ("coupled",),
        ("recurrences",),
    ),
    "program/checking": (
        (
            "never_nan",
            "trial",
        ),
        ("check",),
    ),
    "program/wrapper": (
        (
            "function",
            "loop_kernel",
        ),
        (
            "around_kernel",
            "module_text",
            "piecewise",
        ),
    ),
    "program/runtime": (
        (
            "arrays",
            "vectors",
        ),
        (
            "functions",
            "pieces",
            "recurrences",
            "sequences",
        ),
    ),
    "program/targets": (
        (
            "numba_kernels",
            "numpy_names",
        ),
        (
            "numba_values",
            "numpy_places",
        ),
        (
            "numpy_arrays",
            "numpy_conditions",
            "numpy_numbers",
            "numpy_regions",
            "numpy_rows",
        ),
        (
            "numba_statements",
            "numpy_values",
        ),
        ("numpy_buffers",),
        ("numpy_assignments",),
        ("numpy_statements",),
    ),
    "program/python_text": (
        ("precedence",),
        ("nodes",),
        (
            "expressions",
            "ufuncs",
            "words",
        ),
        ("lines",),
        ("prose",),
    ),
}
FLOOR = {
    folder: {name: floor for floor, names in enumerate(floors) for name in names} for folder, floors in FLOORS.items()
}

#: The public names, which the package loads when they are first used, are for its readers, not for its modules.
PUBLIC = "__init__"

MODULES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix(): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__init__.py" or path.parent == PACKAGE
}


def module_of(name: str) -> str | None:
    """Return the module that a dotted name leads to, from the package down; None for a folder or what others wrote."""
    parts = name.split(".")
    if parts[0] != "unfoldgraph":
        return None
    if len(parts) == 1:
        return PUBLIC
    for length in range(len(parts), 1, -1):
        if (found := "/".join(parts[1:length])) in MODULES:
            return found
    return None if (PACKAGE / "/".join(parts[1:])).is_dir() else PUBLIC


def imports(path: Path) -> set[str]:
    """Return the modules that a module imports, at its head, in its functions, and for its types."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports by a relative name"
            # `from unfoldgraph.base import boxes` imports a module, `from unfoldgraph import Circuit` the package.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found.update(module for name in names if (module := module_of(name)) is not None)
    return found


def arrows_of(module: str) -> list[tuple[str, str]]:
    """Return a module with each that it imports."""
    return [(module, other) for other in sorted(imports(MODULES[module]) - {module})]


def upward(arrow: tuple[str, str]) -> str | None:
    """Return what is wrong with an import, by the table of the lowest folder that has both ends; None if nothing is."""
    one, other = (end.split("/") for end in arrow)
    shared = next(number for number, (a, b) in enumerate(zip([*one, ""], [*other, ""], strict=False)) if a != b)
    folder = "/".join(one[:shared])
    here, there = FLOOR[folder][one[shared]], FLOOR[folder][other[shared]]
    return None if there < here else f"{arrow[0]} imports {arrow[1]}: floor {here} of '{folder}' from floor {there}"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_lower_floors_only(module: str) -> None:
    if module == PUBLIC:
        return
    assert not [wrong for arrow in arrows_of(module) if (wrong := upward(arrow))]


def test_every_folder_has_its_table_and_every_floor_is_inhabited() -> None:
    inside: dict[str, set[str]] = {}
    for module in MODULES:
        parts = module.split("/")
        for length in range(len(parts)):
            inside.setdefault("/".join(parts[:length]), set()).add(parts[length])
    assert {folder: set(floors) for folder, floors in FLOOR.items()} == inside


def test_a_circle_would_be_found() -> None:
    lower, upper = FLOORS["base"][0][0], FLOORS["base"][-1][0]
    assert upward((f"base/{upper}", f"base/{lower}")) is None
    assert upward((f"base/{lower}", f"base/{upper}")) is not None
    # Two on one floor know nothing of each other.
    assert upward(("algebra/expression", "causality/witness")) is not None


def test_folders_hold_nothing_but_modules() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        if path.parent != PACKAGE:
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert len(body) == 1 and isinstance(body[0], ast.Expr), (
                f"{path.parent.name}/__init__ holds more than words"
            )


def test_a_folder_is_seen_at_once() -> None:
    modules = {
        folder: [name for floor in floors for name in floor if f"{folder}/{name}".strip("/") not in FLOORS]
        for folder, floors in FLOORS.items()
    }
    assert {folder: len(names) for folder, names in modules.items() if len(names) > 14} == {}


def test_the_meaning_shares_no_code_with_the_programs() -> None:
    for module in MODULES:
        for one, other in (("unfolding", "program"), ("program", "unfolding")):
            if module.startswith(f"{one}/"):
                assert not [found for found in imports(MODULES[module]) if found.startswith(f"{other}/")]
