"""The functions of programs that compute the steps in pieces, in columns: the sequences stand last.

Pieces need no memory for what is not kept, and where sequences end there are fewer of them in the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from unfoldgraph.program.runtime.arrays import Numbers, _ends


def _batch_and_ends(
    lengths: Any, axes: Mapping[str, int], batch: tuple[int, ...]
) -> tuple[tuple[int, ...], Numbers | None]:
    """Return the batch with the dimensions that lengths bring, and those of all sequences; None without."""
    if lengths is None:
        return batch, None
    ends = _ends(lengths, axes, batch)
    return ends.shape[:-1], ends.ravel()


def _in_pieces(
    work: Callable[..., tuple[Sequence[Numbers], Sequence[Numbers], Sequence[Numbers]]],
    along: Sequence[Numbers],
    begin: Sequence[Numbers],
    steps: int,
    sequences: tuple[int],
    ends: Numbers | None = None,
) -> list[Numbers]:
    """Return what `work` gives for all steps, and then what it gives at the last.

    It takes arrays along the steps, what stands before the first, how many steps there are and the shape of
    the batch; it gives arrays along the steps, others, and what stands before the next step. Few steps are
    one piece, and many are pieces that stay in the cache. Where sequences have their `ends`, the longest come
    first and those that have ended are left out; what is along the steps is 0 beyond.
    """
    if ends is None and steps < 4096:
        found, last, _ = work(*along, *begin, steps, sequences)
        return [*found, *last]
    (count,) = sequences
    ends = np.full(count, steps) if ends is None else ends
    order = np.argsort(-ends, kind="stable")
    begin = [one[..., order] for one in begin]
    # No step tells the shapes.
    found, last, _ = work(*(one[:0] for one in along), *begin, 0, sequences)
    whole = [np.zeros((count, steps, *one.shape[1:-1]), one.dtype) for one in found]
    # Sequences that end shortly after each other do so in one piece.
    least = max(8, steps // 16)
    stops = np.unique(np.minimum(-(-ends // least) * least, steps)).tolist()
    if steps >= 4096:
        # A piece stays in the cache, and is long enough for what it takes to begin one.
        numbers = sum(one.size for one in (*along, *whole)) // steps
        piece = max(64, 2**15 // max(1, numbers))
        stops = sorted({*stops, *range(piece, max(stops, default=0), piece)})
    first = 0
    for stop in stops:
        of = order[: np.count_nonzero(ends > first)]
        # The sequences come first where they are chosen, for there each of them lies together.
        own = [np.moveaxis(np.moveaxis(one[first:stop], -1, 0)[of], 0, -1) for one in along]
        found, last, begin = work(*own, *(one[..., : len(of)] for one in begin), stop - first, of.shape)
        for target, value in zip(whole, found):
            target[of, first:stop] = np.moveaxis(value, -1, 0)
        first = stop
    for target in whole:
        for sequence, end in enumerate(ends.tolist()):
            target[sequence, end : end + least] = 0
    return [*(np.moveaxis(one, 0, -1) for one in whole), *last]
