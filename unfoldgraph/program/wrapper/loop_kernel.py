"""A kernel that is a function of its own: what the function around it hands in, and what they are called."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from unfoldgraph.base.affine import Affine
from unfoldgraph.program.ir import Buffer

#: What the kernel, and what tells that it is to stop, are called in a module.
KERNEL, STOPPED = "_kernel", "_is_interrupted"


@dataclass(frozen=True)
class LoopKernel:
    """A kernel as a function, and what it is handed.

    Attributes
    ----------
    definition : the function.
    arguments : the buffers that are handed in, with what each is called for all sequences.
    results : likewise the buffers that it fills.
    turned : what matrices that are turned over are called, by the buffer.
    scratch : what the arrays are called that it computes in, with their sizes.
    zeros : the results that are to be handed in as zeros.
    parameters : all that it takes, in order.
    """

    definition: ast.stmt
    arguments: Mapping[str, Buffer]
    results: Mapping[str, Buffer]
    turned: Mapping[str, str]
    scratch: Mapping[str, tuple[Affine, ...]]
    zeros: frozenset[str]
    parameters: tuple[str, ...]
