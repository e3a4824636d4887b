"""What can be computed at all places of some dimensions at once."""

from __future__ import annotations

from collections.abc import Mapping

from unfoldgraph.base.affine import Affine, whole
from unfoldgraph.program.ir import (
    Access,
    Dim,
    Entry,
    Reduce,
    Value,
    WholeNumber,
    indices_of,
    is_natural,
    least_in,
    nodes,
    parts,
)


def stays_inside(root: Value, dims: Mapping[str, Dim]) -> bool:
    """Say whether what a value reads is there at all places of some dimensions.

    A statement that stands on a part of these may read no further than that goes.
    """
    ranges = {name: (whole(0), dim.extent - 1) for name, dim in dims.items()}
    for node in reversed([*nodes([root])]):
        if isinstance(node, Reduce):
            if any(name in dims for end in (node.first, node.last) for name in indices_of(end)):
                # It is over others at each place.
                return False
            if isinstance(node.first, Affine) and isinstance(node.last, Affine):
                ranges[node.index] = node.first, node.last
        elif isinstance(node, Access):
            own = {dim.name: dim for dim in node.array.dims if dim.role == "axis"}
            for name, at in node.places:
                is_along = isinstance(at, Affine) and any(one in ranges for one in indices_of(at))
                if name in own and isinstance(at, Affine) and is_along and own[name].kept is None:
                    sides = at - own[name].first, own[name].last - at
                    if not all(is_natural(least_in(side, ranges)) for side in sides):
                        return False
    return True


def free_indices(root: Value) -> list[str]:
    """Return the indices that a value depends on."""
    found: dict[int, dict[str, None]] = {}
    for node in nodes([root]):
        own: dict[str, None] = {}
        for part in parts(node):
            own.update(found[id(part)])
        match node:
            case Access():
                own.update(dict.fromkeys(name for _, at in node.places for name in indices_of(at)))
            case Entry():
                own.update(dict.fromkeys(name for at in node.places for name in indices_of(at)))
            case WholeNumber():
                own.update(dict.fromkeys(indices_of(node.at)))
            case Reduce():
                own.update(dict.fromkeys([*indices_of(node.first), *indices_of(node.last)]))
                own.pop(node.index, None)
        found[id(node)] = own
    return list(found[id(root)])
