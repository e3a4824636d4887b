"""A module imports only from the floors below it, so that each can be understood without what is built on it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import unfoldgraph

PACKAGE = Path(unfoldgraph.__file__).parent

#: A package is one entry; inside it siblings may import each other.
FLOORS = (
    ("limits",),
    ("errors", "linear"),
    ("files", "expression", "boxes", "console", "loops", "differences"),
    ("witness",),
    ("causality", "shapes"),
    ("operators",),
    ("notation",),
    ("inference", "equations", "lowering"),
    ("calling",),
    ("axes", "regions"),
    ("dependence",),
    ("unfolded_cycles",),
    ("ordering",),
    ("edges",),
    ("meaning",),
    ("language", "unfolding"),
    ("formula",),
    ("program", "drawing"),
    ("notebook",),
    ("picture",),
    ("circuit",),
    ("__init__", "arrays", "report"),
    ("arguments",),
    ("commands",),
    ("dispatch",),
    ("cli",),
    ("__main__",),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: Path) -> str:
    """Return the entry of the table that a module belongs to."""
    inside = module.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imports(module: Path) -> set[str]:
    """Return the entries of the table that a module imports, at its head, in its functions, and for its types."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name} imports by a relative name"
            # `from unfoldgraph import boxes` imports a module, `from unfoldgraph import Circuit` the package.
            names = [
                f"{node.module}.{alias.name}" if node.module == "unfoldgraph" else node.module for alias in node.names
            ]
        else:
            continue
        for name in names:
            first, *rest = (name or "").split(".")
            if first == "unfoldgraph":
                found.add(rest[0] if rest and rest[0] in FLOOR else "__init__")
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_from_lower_floors_only(module: Path) -> None:
    part = part_of(module)
    assert part in FLOOR, f"{part} has no floor: give it one"
    above = {name for name in imports(module) - {part} if FLOOR[name] >= FLOOR[part]}
    # The package itself loads its public names when they are first used.
    assert not above, f"{module.name}, on floor {FLOOR[part]}, imports {sorted(above)}"


def test_the_meaning_shares_no_code_with_the_programs() -> None:
    for one, other in (("unfolding", "program"), ("program", "unfolding")):
        for module in (PACKAGE / one).glob("*.py"):
            assert other not in imports(module)


def test_every_floor_is_inhabited() -> None:
    assert {part_of(module) for module in MODULES} == set(FLOOR)
