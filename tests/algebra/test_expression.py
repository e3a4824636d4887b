"""Expressions are one object where they are equal, whoever makes them."""

from __future__ import annotations

import copy
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from unfoldgraph.algebra.expression import Expr, Index, Term, number, postorder, read
from unfoldgraph.base.errors import Span

#: More than what calls itself once for each could take.
DEPTH = 20_000


def chain(length: int, first: int) -> Expr:
    """Return a long sum."""
    found = number(first)
    for _ in range(length):
        found = Expr("neg", (found,))
    return found


def test_threads_make_the_same_expressions() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for first in range(1_000, 1_100):
                one, *others = pool.map(lambda first: chain(60, first), [first] * 4)
                assert all(other is one for other in others)
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_expressions_are_the_same_when_they_come_back(protocol: int) -> None:
    shared = read("h", [Index("t", -1, False, (("j", 1),))])
    some = [Expr("add", (shared, Expr("mul", (shared, number(Fraction(1, 3)))))), chain(DEPTH, 1), number(2)]
    assert all(one is other for one, other in zip(pickle.loads(pickle.dumps(some, protocol)), some, strict=True))
    assert all(one is other for one, other in zip(copy.deepcopy(some), some, strict=True))


def test_terms_keep_their_places_and_what_they_share() -> None:
    leaf = Term("parameter", (), "W", Span(2, 3))
    root = Term("add", (leaf, leaf), None, Span(0, 5))
    for _ in range(DEPTH):
        root = Term("neg", (root,))
    for found in (copy.deepcopy(root), pickle.loads(pickle.dumps(root))):
        nodes = list(postorder([found]))
        told = [(node.operator, node.data, node.span) for node in nodes]
        assert told == [(node.operator, node.data, node.span) for node in postorder([root])]
        assert nodes[0] is not leaf and nodes[1].arguments[0] is nodes[1].arguments[1]
