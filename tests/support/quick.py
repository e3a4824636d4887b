"""The quick cross-section of the tests: `pytest -m quick`."""

from __future__ import annotations

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
    "drawing/text/test_line_breaking.py",
    "drawing/test_draw.py",
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
    "whole/test_public_face.py",
    "whole/test_quick.py",
}
#: What takes long in them.
LONG = {
    "test_a_chain_of_many_steps",
    "test_a_deep_expression_is_built_evaluated_and_freed",
    "test_a_hundred_thousand_steps_are_written_out",
    "test_a_mesh_is_straight",
    "test_a_page_is_small",
    "test_a_text_is_read_up_to_the_limit",
    "test_an_edge_with_very_many_labels_ends",
    "test_an_index_of_a_reduction_is_a_number_in_a_loop",
    "test_depth_that_follows_from_small_ones_is_that_of_the_walked_graph",
    "test_dots_stand_in_every_row_and_column_that_a_gap_interrupts",
    "test_elementwise_operations_on_what_functions_return",
    "test_every_operator_of_what_a_function_returns",
    "test_limits_are_named",
    "test_tables_are_drawn_in_symbols",
    "test_too_many_nodes_are_counted_before_they_are_drawn",
    "test_trunks_that_run_beside_each_other_can_be_told_apart",
    "test_what_stands_beside_a_lattice_is_level_with_what_reads_it",
}
