"""What nothing reads is not computed: arrays that passes have left without a reader."""

from __future__ import annotations

from dataclasses import replace

from unfoldgraph.program.ir import (
    Access,
    Kernel,
    KernelStatement,
    Make,
    base_of,
    nodes,
    statements_in,
    targets_of,
    values_in,
)


def unused(kernel: Kernel) -> Kernel:
    """Return a kernel without the arrays that are made and neither read nor written nor returned.

    Examples
    --------
    >>> from unfoldgraph.program.ir import Buffer, Number
    >>> y, z = Buffer("y", "result"), Buffer("z", "scratch")
    >>> [one.buffer.name for one in unused(Kernel((), (Make(y, Number(1)), Make(z)), (y,))).body]
    ['y']
    """
    used = {base_of(array).name for array in kernel.results}
    for statement in statements_in(kernel.body):
        used |= {base_of(target.array).name for target in targets_of(statement)}
        used |= {base_of(node.array).name for node in nodes(values_in(statement)) if isinstance(node, Access)}

    def is_used(statement: KernelStatement) -> bool:
        return not isinstance(statement, Make) or statement.buffer.name in used

    return replace(kernel, body=tuple(filter(is_used, kernel.body)))
