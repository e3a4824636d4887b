"""The tables of the parser, made from the grammar by Lark.

Run `python tests/support/parser_tables.py` to write them again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lark import Lark
from lark.lexer import BasicLexer
from lark.parsers.lalr_analysis import Shift

from unfoldgraph.base.names import NAME_PATTERN
from unfoldgraph.language.grammar import GRAMMAR
from unfoldgraph.language.parsing import tables

HEAD = '''\
"""The tables of the parser, made from the grammar by `tests/support/parser_tables.py`: not to be edited."""

from __future__ import annotations

from unfoldgraph.base.names import NAME_PATTERN

# fmt: off
'''
_WIDTH = 118


class _KeepLines:
    """Keeps the line breaks that no rule of the grammar mentions: statements are split before parsing."""

    always_accept = ("NEWLINE",)

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        """Return the tokens as they are."""
        return stream


def lark(actions: Any = None) -> Lark:
    """Return Lark's own parser of the grammar, whose rules build what some actions do."""
    return Lark(GRAMMAR, parser="lalr", lexer="basic", start="statement", transformer=actions, postlex=_KeepLines())


def text() -> str:
    """Return the module of the tables."""
    parser = lark()
    table = parser.parser.parser._parse_table
    states = _numbered(table)
    rules = sorted(parser.rules, key=lambda rule: (rule.origin.name, rule.order, str(rule.expansion)))
    rows, reductions = [], []
    for state in states:
        actions = table.states[state]
        row = {kind: states[following] for kind, (action, following) in actions.items() if action is Shift}
        if state == table.end_states["statement"]:
            # Nothing is behind the end.
            row["$END"] = 0
        rows.append(dict(sorted(row.items())))
        reduced = {rules.index(rule) for action, rule in actions.values() if action is not Shift}
        # One rule at most ends at each place, so that it is reduced whatever comes next.
        assert len(reduced) <= 1
        reductions.append(reduced.pop() if reduced else -1)
    lexer = BasicLexer(parser.lexer_conf)
    matched = list(lexer.scanner.terminals)
    keywords = {one.pattern.value: one.name for one in parser.terminals if one not in matched}
    found = HEAD
    found += "#: The tokens, in the order in which they are tried.\nTERMINALS = (\n"
    for one in matched:
        pattern = one.pattern.to_regexp()
        found += f'    ("{one.name}", {"NAME_PATTERN" if pattern == NAME_PATTERN else _raw(pattern)}),\n'
    found += ")\n#: Those that are passed over.\n"
    found += f"IGNORED = frozenset({sorted(parser.lexer_conf.ignore)!r})\n".replace("'", '"')
    found += "#: What looks like a name and is none.\nKEYWORDS = {\n" + _lines(keywords.items(), 4) + "}\n"
    found += (
        "#: Of each rule what it makes, of how many parts, the name of its action, and what that is given: the part\n"
    )
    found += "#: at a position, -1 for one that is missing, and whether it is a list of its own.\n"
    found += "RULES: tuple[tuple[str, int, str, tuple[tuple[int, bool], ...]], ...] = (\n"
    found += "".join(f"    {_written(_rule(rule))},\n" for rule in rules) + ")\n"
    found += "#: Of each state the one that follows a token or what a rule makes.\n"
    found += "ROWS: tuple[dict[str, int], ...] = (\n"
    for row in rows:
        found += "    {\n" + _lines(row.items(), 8) + "    },\n"
    found += (
        ")\n#: The rule that ends in a state; -1 for none.\nREDUCTIONS = (\n"
        + _wrapped(map(str, reductions), 4)
        + ")\n"
    )
    return found


def _numbered(table: Any) -> dict[Any, int]:
    """Return numbers of the states in the order in which they are reached, which is the same each time."""
    start = table.start_states["statement"]
    found = {start: 0}
    for state in (queue := [start]):
        for _, (action, following) in sorted(table.states[state].items()):
            if action is Shift and following not in found:
                found[following] = len(found)
                queue.append(following)
    return found


def _rule(rule: Any) -> tuple[str, int, str, tuple[tuple[int, bool], ...]]:
    """Return what a rule makes, of how many parts, its action, and what that is given."""
    missing = [len(ones) for ones in "".join(str(int(one)) for one in rule.options.empty_indices).split("0")]
    missing = missing if rule.options.empty_indices else [0] * (len(rule.expansion) + 1)
    parts: list[tuple[int, bool]] = []
    for position, symbol in enumerate(rule.expansion):
        parts += [(-1, False)] * missing[position]
        if not (symbol.is_term and symbol.filter_out):
            parts.append((position, not symbol.is_term and symbol.name.startswith("_")))
    parts += [(-1, False)] * missing[len(rule.expansion)]
    name = rule.alias or rule.origin.name
    if rule.origin.name.startswith("_"):
        name = ""
    elif rule.options.expand1 and not rule.alias:
        # It is its only part.
        assert len(parts) == 1 and not parts[0][1]
        name = "only"
    return str(rule.origin.name), len(rule.expansion), str(name), tuple(parts)


def _raw(pattern: str) -> str:
    written = pattern.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t").replace("\f", "\\f")
    return f"r'{written}'" if '"' in written else f'r"{written}"'


def _written(value: Any) -> str:
    return repr(value).replace("'", '"')


def _lines(items: Any, indent: int) -> str:
    return _wrapped((f'"{name}": {_written(value)}' for name, value in items), indent)


def _wrapped(items: Any, indent: int) -> str:
    """Return items with commas behind them, in lines that are not too long."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) + indent + 2 > _WIDTH:
            lines.append("")
        lines[-1] += f"{item}, "
    return "".join(f"{' ' * indent}{line.rstrip()}\n" for line in lines if line)


if __name__ == "__main__":
    path = Path(tables.__file__)
    path.write_text(text(), "utf-8")
    sys.stdout.write(f"{path}\n")
