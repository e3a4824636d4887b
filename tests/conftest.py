"""The profiles of Hypothesis, and the quick cross-section of the tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from support.profiles import register

register()
# `--hypothesis-profile` goes before.
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

#: The files of the quick cross-section: some of every room, chosen for what they tell in a second or two.
QUICK = {
    "algebra/test_operators.py",
    "base/test_limits.py",
    "causality/test_wavefronts.py",
    "cli/test_report.py",
    "drawing/annotations/test_front_numbers.py",
    "drawing/formats/test_html.py",
    "drawing/graphs/test_asked_steps.py",
    "drawing/layout/test_lattice.py",
    "drawing/routing/test_hyperedges.py",
    "drawing/scene/test_themes.py",
    "drawing/views/test_cut.py",
    "formula/test_expansion.py",
    "formula/test_simplifying.py",
    "language/test_builder.py",
    "language/test_text.py",
    "model/test_axes.py",
    "model/test_shape_inference.py",
    "program/test_meaning.py",
    "unfolding/test_graph.py",
    "whole/test_bad_input.py",
    "whole/test_floors.py",
    "whole/test_infinity.py",
    "whole/test_options.py",
}
#: What takes long in them.
LONG = {
    "test_a_deep_expression_is_built_evaluated_and_freed",
    "test_a_hundred_thousand_steps_are_written_out",
    "test_a_page_is_small",
    "test_a_text_is_read_up_to_the_limit",
    "test_an_index_of_a_reduction_is_a_number_in_a_loop",
    "test_depth_that_follows_from_small_ones_is_that_of_the_walked_graph",
    "test_every_operator_of_what_a_function_returns",
    "test_limits_are_named",
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: a cross-section of every room")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        file, _, test = item.nodeid.removeprefix("tests/").partition("::")
        if file in QUICK and test.partition("[")[0] not in LONG:
            item.add_marker("quick")
