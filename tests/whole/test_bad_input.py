"""What bad input gets, word for word, with the carets under the right characters.

Each message was read as the one who typed the mistake would read it. Whoever changes one reads it so again.
"""

from __future__ import annotations

import unicodedata

import pytest

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.errors import CircuitError as _CircuitError
from unfoldgraph.base.limits import ERRORS_SHOWN, SOURCE_BYTES
from unfoldgraph.language.text import read

# fmt: off
GOLDEN: dict[str, tuple[str, str]] = {
    "nul": (
        "h(t) = x\x00(t)",
        "rnn.circuit:1:9: error: unexpected character U+0000\n"
        "  1 | h(t) = x<U+0000>(t)\n"
        "    |         ^^^^^^^^\n"
        "  help: names are made of letters, digits and _",
    ),
    "bidi": (
        "h\u202e(t) = 3",
        "rnn.circuit:1:2: error: unexpected character U+202E RIGHT-TO-LEFT OVERRIDE\n"
        "  1 | h<U+202E>(t) = 3\n"
        "    |  ^^^^^^^^\n"
        "  help: names are made of letters, digits and _",
    ),
    "zero_width": (
        "h\u200b(t) = 3",
        "rnn.circuit:1:2: error: unexpected character U+200B ZERO WIDTH SPACE\n"
        "  1 | h<U+200B>(t) = 3\n"
        "    |  ^^^^^^^^\n"
        "  help: names are made of letters, digits and _",
    ),
    "cyrillic": (
        "h\u0430(t) = \u0445(t)",
        "rnn.circuit:1:2: error: unexpected character U+0430 CYRILLIC SMALL LETTER A\n"
        "  1 | h\u0430(t) = \u0445(t)\n"
        "    |  ^\n"
        "  help: write a",
    ),
    "mathematical": (
        "h(t) = \U0001d431(t)",
        "rnn.circuit:1:8: error: unexpected character U+1D431 MATHEMATICAL BOLD SMALL X\n"
        "  1 | h(t) = \U0001d431(t)\n"
        "    |        ^\n"
        "  help: write x",
    ),
    "fullwidth": (
        "h(t) = \uff57 * 2",
        "rnn.circuit:1:8: error: unexpected character U+FF57 FULLWIDTH LATIN SMALL LETTER W\n"
        "  1 | h(t) = \uff57 * 2\n"
        "    |        ^^\n"
        "  help: write w",
    ),
    "no_break_space": (
        "h(t) =\xa03",
        "rnn.circuit:1:7: error: unexpected character U+00A0 NO-BREAK SPACE\n"
        "  1 | h(t) =\xa03\n"
        "    |       ^\n"
        "  help: write a space",
    ),
    "emoji": (
        "h(t) = \U0001f600",
        "rnn.circuit:1:8: error: unexpected character U+1F600 GRINNING FACE\n"
        "  1 | h(t) = \U0001f600\n"
        "    |        ^^\n"
        "  help: names are made of letters, digits and _",
    ),
    "combining": (
        "h(t) = e\u0301",
        "rnn.circuit:1:9: error: unexpected character U+0301 COMBINING ACUTE ACCENT\n"
        "  1 | h(t) = e\u0301\n"
        "    |         ^\n"
        "  help: names are made of letters, digits and _",
    ),
    "minus": (
        "h(t) = x(t) − 1",
        "rnn.circuit:1:13: error: unexpected character U+2212 MINUS SIGN\n"
        "  1 | h(t) = x(t) − 1\n"
        "    |             ^\n"
        "  help: write -",
    ),
    "times": (
        "h(t) = 2 × x(t)",
        "rnn.circuit:1:10: error: unexpected character U+00D7 MULTIPLICATION SIGN\n"
        "  1 | h(t) = 2 × x(t)\n"
        "    |          ^\n"
        "  help: write 2 * x(t)",
    ),
    "dot": (
        "h(t) = 2 · x(t)",
        "rnn.circuit:1:10: error: unexpected character U+00B7 MIDDLE DOT\n"
        "  1 | h(t) = 2 · x(t)\n"
        "    |          ^\n"
        "  help: write 2 * x(t)",
    ),
    "squared": (
        "h(t) = x(t)²",
        "rnn.circuit:1:12: error: unexpected character U+00B2 SUPERSCRIPT TWO\n"
        "  1 | h(t) = x(t)²\n"
        "    |            ^\n"
        "  help: write **2",
    ),
    "at_most": (
        "h(t) = x(t) ≤ 1",
        "rnn.circuit:1:13: error: unexpected character U+2264 LESS-THAN OR EQUAL TO\n"
        "  1 | h(t) = x(t) ≤ 1\n"
        "    |             ^\n"
        "  help: write <=",
    ),
    "smart_quotes": (
        "title “LSTM” = 3",
        "rnn.circuit:1:7: error: unexpected character U+201C LEFT DOUBLE QUOTATION MARK\n"
        "  1 | title “LSTM” = 3\n"
        "    |       ^\n"
        "  help: a title is quoted: title \"…\"",
    ),
    "caret": (
        "h(t) = x(t)^2",
        "rnn.circuit:1:12: error: unexpected '^'\n"
        "  1 | h(t) = x(t)^2\n"
        "    |            ^\n"
        "  help: write **",
    ),
    "plain_quotes": (
        "h(t) = 'a'",
        "rnn.circuit:1:8: error: unexpected \"'\"\n"
        "  1 | h(t) = 'a'\n"
        "    |        ^\n"
        "  help: only a title is quoted: title \"…\"",
    ),
    "unbalanced_open": (
        "h(t) = tanh(a + b",
        "rnn.circuit:1:18: error: this ends too early: ')' is missing\n"
        "  1 | h(t) = tanh(a + b\n"
        "    |                  ^\n"
        "  1 | h(t) = tanh(a + b\n"
        "    |            ^ opened here",
    ),
    "unbalanced_subscript": (
        "h(t) = v[0",
        "rnn.circuit:1:11: error: this ends too early: ']' is missing\n"
        "  1 | h(t) = v[0\n"
        "    |           ^\n"
        "  1 | h(t) = v[0\n"
        "    |         ^ opened here",
    ),
    "unbalanced_close": (
        "h(t) = a + b)",
        "rnn.circuit:1:13: error: ')' closes nothing\n"
        "  1 | h(t) = a + b)\n"
        "    |             ^\n"
        "  help: remove it, or write its opening bracket",
    ),
    "unbalanced_kind": (
        "h(t) = (a + b]",
        "rnn.circuit:1:14: error: ']' where ')' was expected\n"
        "  1 | h(t) = (a + b]\n"
        "    |              ^\n"
        "  1 | h(t) = (a + b]\n"
        "    |        ^ opened here",
    ),
    "missing_operand": (
        "h(t) = a +",
        "rnn.circuit:1:11: error: this ends too early: a value is missing\n"
        "  1 | h(t) = a +\n"
        "    |           ^",
    ),
    "missing_operand_inside": (
        "h(t) = f(a, )",
        "rnn.circuit:1:13: error: unexpected ')'; expected a value\n"
        "  1 | h(t) = f(a, )\n"
        "    |             ^\n"
        "  1 | h(t) = f(a, )\n"
        "    |         ^ opened here",
    ),
    "missing_side": (
        "h(t) =",
        "rnn.circuit:1:7: error: this ends too early: a value is missing\n"
        "  1 | h(t) =\n"
        "    |       ^",
    ),
    "missing_left": (
        "= 3",
        "rnn.circuit:1:1: error: unexpected '='; expected a name\n"
        "  1 | = 3\n"
        "    | ^",
    ),
    "missing_else": (
        "h(t) = a if b",
        "rnn.circuit:1:14: error: this ends too early: 'else' is missing\n"
        "  1 | h(t) = a if b\n"
        "    |              ^\n"
        "  help: write a if c else b",
    ),
    "missing_equals": (
        "h(t)\n"
        "g(t) = 1",
        "rnn.circuit:1:5: error: this ends too early: '=' is missing\n"
        "  1 | h(t)\n"
        "    |     ^",
    ),
    "touching": (
        "h(t) = 2x",
        "rnn.circuit:1:8: error: '2x' is neither a number nor a name\n"
        "  1 | h(t) = 2x\n"
        "    |        ^^\n"
        "  help: write 2*x",
    ),
    "touching_call": (
        "h(t) = 2exp(x(t))",
        "rnn.circuit:1:8: error: '2exp' is neither a number nor a name\n"
        "  1 | h(t) = 2exp(x(t))\n"
        "    |        ^^^^\n"
        "  help: write 2*exp",
    ),
    "space_product": (
        "h(t) = 2 x",
        "rnn.circuit:1:10: error: unexpected 'x'; expected an operator or the end of the line\n"
        "  1 | h(t) = 2 x\n"
        "    |          ^\n"
        "  help: is a product meant? write 2 * x",
    ),
    "juxtaposed": (
        "h(t) = W h(t-1)",
        "rnn.circuit:1:10: error: unexpected 'h'; expected an operator or the end of the line\n"
        "  1 | h(t) = W h(t-1)\n"
        "    |          ^\n"
        "  help: is a product meant? write W @ h(t-1) where W is a matrix, W * h(t-1) for numbers",
    ),
    "index_without_brackets": (
        "h t = 3",
        "rnn.circuit:1:3: error: unexpected 't'; expected an operator, ',', '=' or ':'\n"
        "  1 | h t = 3\n"
        "    |   ^\n"
        "  help: write h(t) = …",
    ),
    "infinite": (
        "h(t) = 1e999",
        "rnn.circuit:1:8: error: this number is out of range\n"
        "  1 | h(t) = 1e999\n"
        "    |        ^^^^^\n"
        "  help: at most 400 digits, between 1e-308 and 1.8e308 or 0",
    ),
    "tiny": (
        "h(t) = 1e-400",
        "rnn.circuit:1:8: error: this number is out of range\n"
        "  1 | h(t) = 1e-400\n"
        "    |        ^^^^^^\n"
        "  help: at most 400 digits, between 1e-308 and 1.8e308 or 0",
    ),
    "nan": (
        "h(t) = nan",
        "rnn.circuit:1:8: error: 'nan' is not a number of the language\n"
        "  1 | h(t) = nan\n"
        "    |        ^^^",
    ),
    "underscores": (
        "h(t) = 1_000",
        "rnn.circuit:1:8: error: '1_000' is not a number\n"
        "  1 | h(t) = 1_000\n"
        "    |        ^^^^^\n"
        "  help: write 1000",
    ),
    "hexadecimal": (
        "h(t) = 0x10",
        "rnn.circuit:1:8: error: '0x10' is not a number\n"
        "  1 | h(t) = 0x10\n"
        "    |        ^^^^\n"
        "  help: numbers are decimal: 10, 0.5, 1e-3",
    ),
    "two_points": (
        "h(t) = 1.2.3",
        "rnn.circuit:1:8: error: '1.2.3' is not a number\n"
        "  1 | h(t) = 1.2.3\n"
        "    |        ^^^^^\n"
        "  help: numbers are decimal: 10, 0.5, 1e-3",
    ),
    "leading_zero": (
        "h(t) = 007",
        "rnn.circuit:1:8: error: 007 starts with a zero\n"
        "  1 | h(t) = 007\n"
        "    |        ^^^\n"
        "  help: write 7",
    ),
    "import": (
        "__import__(\"os\").system(\"x\") = 3",
        "rnn.circuit:1:1: error: unexpected '_'\n"
        "  1 | __import__(\"os\").system(\"x\") = 3\n"
        "    | ^\n"
        "  help: a name begins with a letter",
    ),
    "dunder": (
        "h(t) = x.__class__",
        "rnn.circuit:1:9: error: unexpected '.'\n"
        "  1 | h(t) = x.__class__\n"
        "    |         ^",
    ),
    "lambda": (
        "h(t) = lambda: 0",
        "rnn.circuit:1:14: error: unexpected ':'; expected an operator or the end of the line\n"
        "  1 | h(t) = lambda: 0\n"
        "    |              ^",
    ),
    "f_string": (
        "h(t) = f\"{x}\"",
        "rnn.circuit:1:9: error: unexpected '\"{x}\"'; expected an operator or the end of the line\n"
        "  1 | h(t) = f\"{x}\"\n"
        "    |         ^^^^^",
    ),
    "unknown_signal": (
        "x(t) : n\n"
        "\n"
        "h(t) = tanh(W @ hh(t-1) + U @ x(t) + b)        # line 1 declared x(t) : n",
        "rnn.circuit:3:17: error: unknown signal 'hh'\n"
        "  3 | h(t) = tanh(W @ hh(t-1) + U @ x(t) + b)        # line 1 declared x(t) : n\n"
        "    |                 ^^\n"
        "  help: did you mean 'h'?",
    ),
    "unknown_signal_far": (
        "x(t) : n\n"
        "h(t) = zzz(t)",
        "rnn.circuit:2:8: error: unknown signal 'zzz'\n"
        "  2 | h(t) = zzz(t)\n"
        "    |        ^^^\n"
        "  help: declare it: zzz(t) : n",
    ),
    "argument_count": (
        "h(t) = tanh(x(t), 2)",
        "rnn.circuit:1:8: error: 'tanh' takes 1 argument, not 2\n"
        "  1 | h(t) = tanh(x(t), 2)\n"
        "    |        ^^^^^^^^^^^^^",
    ),
    "argument_count_range": (
        "h(t) = where(x(t))",
        "rnn.circuit:1:8: error: 'where' takes 3 arguments, not 1\n"
        "  1 | h(t) = where(x(t))\n"
        "    |        ^^^^^^^^^^^",
    ),
    "reduction_alone": (
        "h(t) = argmax(x(t), 2)",
        "rnn.circuit:1:8: error: 'argmax' takes 1 argument, not 2\n"
        "  1 | h(t) = argmax(x(t), 2)\n"
        "    |        ^^^^^^^^^^^^^^^",
    ),
    "built_in_redefined": (
        "tanh(t) = 3",
        "rnn.circuit:1:1: error: 'tanh' is a built-in function and cannot be a signal\n"
        "  1 | tanh(t) = 3\n"
        "    | ^^^^\n"
        "  help: choose another name",
    ),
    "built_in_defined": (
        "def exp(x) = x\n"
        "h(t) = 1",
        "rnn.circuit:1:5: error: 'exp' is a built-in function and cannot be a function\n"
        "  1 | def exp(x) = x\n"
        "    |     ^^^\n"
        "  help: choose another name",
    ),
    "defined_twice": (
        "h(t) = h(t-1)\n"
        "h(t) = 2*h(t-1)",
        "rnn.circuit:2:1: error: h(t) is defined twice\n"
        "  2 | h(t) = 2*h(t-1)\n"
        "    | ^^^^\n"
        "  1 | h(t) = h(t-1)\n"
        "    | ^^^^ first here",
    ),
    "boundary_twice": (
        "h(t) = h(t-1)\n"
        "h(0) = 1\n"
        "h(0) = 2",
        "rnn.circuit:3:1: error: h(0) is defined twice\n"
        "  3 | h(0) = 2\n"
        "    | ^^^^\n"
        "  2 | h(0) = 1\n"
        "    | ^^^^ first here",
    ),
    "declared_twice": (
        "x(t) : n\n"
        "x(t) : 3\n"
        "h(t) = x(t)",
        "rnn.circuit:2:1: error: 'x' is declared twice\n"
        "  2 | x(t) : 3\n"
        "    | ^^^^\n"
        "  1 | x(t) : n\n"
        "    | ^^^^ first here",
    ),
    "needed_as_a_scalar": (
        "h(t) = one_hot(h(t-1), 3)",
        "rnn.circuit:1:16: error: shapes do not fit: h(t-1) is a vector (3), and a scalar is needed here\n"
        "  1 | h(t) = one_hot(h(t-1), 3)\n"
        "    |                ^^^^^^\n"
        "  1 | h(t) = one_hot(h(t-1), 3)\n"
        "    | ^^^^ h takes the shape of its right side here\n"
        "  help: their shapes differ",
    ),
    "needed_as_a_matrix": (
        "y(t) : m\n"
        "y(t) = y(t-1) + (v[1] + v)",
        "rnn.circuit:2:18: error: shapes do not fit: v is a vector (m), and a matrix (?, m) is needed here\n"
        "  2 | y(t) = y(t-1) + (v[1] + v)\n"
        "    |                  ^\n"
        "  2 | y(t) = y(t-1) + (v[1] + v)\n"
        "    |                         ^ v takes this shape from what it stands beside\n"
        "  help: their shapes differ",
    ),
    "function_twice": (
        "def f(x) = x\n"
        "def f(x) = 2*x\n"
        "h(t) = 1",
        "rnn.circuit:2:5: error: the function 'f' is defined twice\n"
        "  2 | def f(x) = 2*x\n"
        "    |     ^\n"
        "  1 | def f(x) = x\n"
        "    |     ^ first here",
    ),
    "loop": (
        "a(t) = b(t)\n"
        "b(t) = a(t)",
        "rnn.circuit:1:8: error: algebraic loop: a(t) needs b(t), b(t) needs a(t)\n"
        "  1 | a(t) = b(t)\n"
        "    |        ^^^^ b(t) is read with delay 0\n"
        "  2 | b(t) = a(t)\n"
        "    |        ^^^^ a(t) is read with delay 0\n"
        "  help: the cycle is a --delay 0--> b --delay 0--> a, where t has 1 step\n"
        "  help: make one of these reads a delayed one, such as b(t-1)",
    ),
    "loop_of_one": (
        "h(t) = 2 * h(t) + h(t-1)",
        "rnn.circuit:1:12: error: algebraic loop: h(t) needs its own value at the same step\n"
        "  1 | h(t) = 2 * h(t) + h(t-1)\n"
        "    |            ^^^^ h(t) is read with delay 0\n"
        "  help: the cycle is h --delay 0--> h, where t has 1 step\n"
        "  help: make one of these reads a delayed one, such as h(t-1)",
    ),
    "loop_of_three": (
        "a(t) = x(t) + c(t)\n"
        "b(t) = a(t) * 2\n"
        "c(t) = b(t) + c(t-1)",
        "rnn.circuit:1:15: error: algebraic loop: a(t) needs c(t), c(t) needs b(t), b(t) needs a(t)\n"
        "  1 | a(t) = x(t) + c(t)\n"
        "    |               ^^^^ c(t) is read with delay 0\n"
        "  3 | c(t) = b(t) + c(t-1)\n"
        "    |        ^^^^ b(t) is read with delay 0\n"
        "  2 | b(t) = a(t) * 2\n"
        "    |        ^^^^ a(t) is read with delay 0\n"
        "  help: the cycle is a --delay 0--> b --delay 0--> c --delay 0--> a, where t has 1 step\n"
        "  help: make one of these reads a delayed one, such as c(t-1)",
    ),
    "loop_through_the_end": (
        "L = h(end)\n"
        "h(t) = h(t-1) + L",
        "rnn.circuit:1:5: error: algebraic loop: L needs h(end), h(t) needs L\n"
        "  1 | L = h(end)\n"
        "    |     ^^^^^^ h(end) is read\n"
        "  2 | h(t) = h(t-1) + L\n"
        "    |                 ^ L is read\n"
        "  help: the cycle is L --delay 0--> h --the end--> L, where t has 1 step\n"
        "  help: a loop cannot read all of itself: compute the whole in a signal that the loop does not need",
    ),
    "loop_through_a_sum": (
        "L = sum(h(t) for t)\n"
        "h(t) = h(t-1) * L",
        "rnn.circuit:1:9: error: algebraic loop: L needs h(t), h(t) needs L\n"
        "  1 | L = sum(h(t) for t)\n"
        "    |         ^^^^ h(t) is read\n"
        "  2 | h(t) = h(t-1) * L\n"
        "    |                 ^ L is read\n"
        "  help: the cycle is L --delay 0--> h --all steps--> L, where t has 1 step\n"
        "  help: a loop cannot read all of itself: compute the whole in a signal that the loop does not need",
    ),
    "loop_of_values": (
        "a = b\n"
        "b = a",
        "rnn.circuit:1:5: error: algebraic loop: a needs b, b needs a\n"
        "  1 | a = b\n"
        "    |     ^ b is read\n"
        "  2 | b = a\n"
        "    |     ^ a is read\n"
        "  help: the cycle is a --delay 0--> b --delay 0--> a\n"
        "  help: take one of these reads out",
    ),
    "loop_through_a_boundary": (
        "h(t) = h(t-1)\n"
        "h(0) = h(1)",
        "rnn.circuit:1:8: error: algebraic loop: h(t) needs h(t-1), h(0) needs h(1)\n"
        "  1 | h(t) = h(t-1)\n"
        "    |        ^^^^^^ h(t-1) is read with delay 1\n"
        "  2 | h(0) = h(1)\n"
        "    |        ^^^^ h(1) is read with delay -1\n"
        "  help: the cycle is h(t) --delay -1--> h(0) --delay 1--> h(t), where t has 1 step\n"
        "  help: what is given at one place cannot follow from itself: take one of these reads out",
    ),
    "loop_of_two_directions_at_once": (
        "h(t) = a(t-1)\n"
        "a(t) = h(t+1)",
        "rnn.circuit:1:8: error: algebraic loop: h(t) needs a(t-1), a(t) needs h(t+1)\n"
        "  1 | h(t) = a(t-1)\n"
        "    |        ^^^^^^ a(t-1) is read with delay 1\n"
        "  2 | a(t) = h(t+1)\n"
        "    |        ^^^^^^ h(t+1) is read with delay -1\n"
        "  help: the cycle is h --delay -1--> a --delay 1--> h, where t has 2 steps\n"
        "  help: make one of these reads a delayed one, such as a(t-2)",
    ),
    "loop_beside_a_delay": (
        "h(t) = g(t)\n"
        "g(t) = h(t-1) + h(t)",
        "rnn.circuit:1:8: error: algebraic loop: h(t) needs g(t), g(t) needs h(t)\n"
        "  1 | h(t) = g(t)\n"
        "    |        ^^^^ g(t) is read with delay 0\n"
        "  2 | g(t) = h(t-1) + h(t)\n"
        "    |                 ^^^^ h(t) is read with delay 0\n"
        "  help: the cycle is h --delay 0--> g --delay 0--> h, where t has 1 step\n"
        "  help: make one of these reads a delayed one, such as g(t-1)",
    ),
    "loops_that_one_cure_does_not_break": (
        "h(t) = h(t+1) + g(t)\n"
        "g(t) = g(t-1) + h(t)",
        "rnn.circuit:1:17: error: algebraic loop: h(t) needs g(t), g(t) needs h(t)\n"
        "  1 | h(t) = h(t+1) + g(t)\n"
        "    |                 ^^^^ g(t) is read with delay 0\n"
        "  2 | g(t) = g(t-1) + h(t)\n"
        "    |                 ^^^^ h(t) is read with delay 0\n"
        "  help: the cycle is h --delay 0--> g --delay 0--> h, where t has 1 step\n"
        "  help: make one of these reads a delayed one, such as g(t-1), and break the other loops through it",
    ),
    "loops_of_both_directions": (
        "h(t) = h(t-1) + h(t+1)",
        "rnn.circuit:1:8: error: algebraic loop: h(t) depends on itself through h(t-1) and h(t+1)\n"
        "  1 | h(t) = h(t-1) + h(t+1)\n"
        "    |        ^^^^^^ h(t-1) is read with delay 1\n"
        "  1 | h(t) = h(t-1) + h(t+1)\n"
        "    |                 ^^^^^^ h(t+1) is read with delay -1\n"
        "  help: the cycles h --delay 1--> h and h --delay -1--> h add up to 0, where t has 2 steps\n"
        "  help: a signal for each direction, or one more axis for the rounds of an iteration, would have an order",
    ),
    "loops_of_both_directions_by_different_steps": (
        "a(t) = a(t-1) + b(t+1)\n"
        "b(t) = a(t+1) * 2",
        "rnn.circuit:1:8: error: algebraic loop: a(t) depends on itself through a(t-1), a(t+1) and b(t+1)\n"
        "  1 | a(t) = a(t-1) + b(t+1)\n"
        "    |        ^^^^^^ a(t-1) is read with delay 1\n"
        "  1 | a(t) = a(t-1) + b(t+1)\n"
        "    |                 ^^^^^^ b(t+1) is read with delay -1\n"
        "  2 | b(t) = a(t+1) * 2\n"
        "    |        ^^^^^^ a(t+1) is read with delay -1\n"
        "  help: the cycles 2 times a --delay 1--> a and a --delay -1--> b --delay -1--> a add up to 0, "
        "where t has 3 steps\n"
        "  help: a signal for each direction, or one more axis for the rounds of an iteration, would have an order",
    ),
    "loops_of_two_axes": (
        "h(i, j) = h(i-1, j+1) + h(i+1, j-1)",
        "rnn.circuit:1:11: error: algebraic loop: h(i, j) depends on itself through h(i-1, j+1) and h(i+1, j-1)\n"
        "  1 | h(i, j) = h(i-1, j+1) + h(i+1, j-1)\n"
        "    |           ^^^^^^^^^^^ h(i-1, j+1) is read with delay (1, -1)\n"
        "  1 | h(i, j) = h(i-1, j+1) + h(i+1, j-1)\n"
        "    |                         ^^^^^^^^^^^ h(i+1, j-1) is read with delay (-1, 1)\n"
        "  help: the cycles h --delay (1, -1)--> h and h --delay (-1, 1)--> h add up to (0, 0), "
        "where i has 2 steps and j has 2 steps\n"
        "  help: a signal for each direction, or one more axis for the rounds of an iteration, would have an order",
    ),
    "loops_of_two_axes_that_share_a_name": (
        "u(t, i) = u(t, i-1) + v(t-1, i)\n"
        "v(t, i) = u(t+1, i) + v(t, i+1)",
        "rnn.circuit:1:23: error: algebraic loop: u(t, i) needs v(t-1, i), v(t, i) needs u(t+1, i)\n"
        "  1 | u(t, i) = u(t, i-1) + v(t-1, i)\n"
        "    |                       ^^^^^^^^^ v(t-1, i) is read with delay (1, 0)\n"
        "  2 | v(t, i) = u(t+1, i) + v(t, i+1)\n"
        "    |           ^^^^^^^^^ u(t+1, i) is read with delay (-1, 0)\n"
        "  help: the cycle is u --delay (-1, 0)--> v --delay (1, 0)--> u, where t has 2 steps and i has 1 step\n"
        "  help: make one of these reads a delayed one, such as v(t-2, i)",
    ),
    "loop_of_two_axes": (
        "u(t, i) = u(t-1, i) + v(t, i-1)\n"
        "v(t, i) = u(t, i+1)",
        "rnn.circuit:1:23: error: algebraic loop: u(t, i) needs v(t, i-1), v(t, i) needs u(t, i+1)\n"
        "  1 | u(t, i) = u(t-1, i) + v(t, i-1)\n"
        "    |                       ^^^^^^^^^ v(t, i-1) is read with delay (0, 1)\n"
        "  2 | v(t, i) = u(t, i+1)\n"
        "    |           ^^^^^^^^^ u(t, i+1) is read with delay (0, -1)\n"
        "  help: the cycle is u --delay (0, -1)--> v --delay (0, 1)--> u, where t has 1 step and i has 2 steps\n"
        "  help: make one of these reads a delayed one, such as v(t-1, i-1)",
    ),
    "loop_by_another_axis": (
        "h(i, j) = h(j, i)",
        "rnn.circuit:1:11: error: algebraic loop: h(i, j) needs h(j, i)\n"
        "  1 | h(i, j) = h(j, i)\n"
        "    |           ^^^^^^^ h(j, i) is read\n"
        "  help: the cycle is h --by another axis--> h, where i has 1 step\n"
        "  help: h(j, i) has 'j' where h(i, j) has 'i': are its indices in the right order?",
    ),
    "loop_through_one_place": (
        "h(t) = h(t-1) + h(3)",
        "rnn.circuit:1:17: error: algebraic loop: h(t) needs h(3)\n"
        "  1 | h(t) = h(t-1) + h(3)\n"
        "    |                 ^^^^ h(3) is read\n"
        "  help: the cycle is h --one place--> h, where t has 3 steps\n"
        "  help: a loop cannot read one place of itself, unless that has a statement of its own: h(3) = …",
    ),
    "loop_of_pins": (
        "h(t) = h(t-1)\n"
        "h(3) = h(5)",
        "rnn.circuit:1:8: error: algebraic loop: h(t) depends on itself through h(t-1) and h(5)\n"
        "  1 | h(t) = h(t-1)\n"
        "    |        ^^^^^^ h(t-1) is read with delay 1\n"
        "  2 | h(3) = h(5)\n"
        "    |        ^^^^ h(5) is read with delay -2\n"
        "  help: the cycles h(t) --delay 1--> h(t) and h(t) --delay -2--> h(3) --delay 1--> h(t) add up to 0, "
        "where t has 5 steps\n"
        "  help: what is given at one place cannot follow from itself: take one of these reads out",
    ),
    "loop_of_ten": (
        "a0z(t) = a1z(t)\n"
        "a1z(t) = a2z(t)\n"
        "a2z(t) = a3z(t)\n"
        "a3z(t) = a4z(t)\n"
        "a4z(t) = a5z(t)\n"
        "a5z(t) = a6z(t)\n"
        "a6z(t) = a7z(t)\n"
        "a7z(t) = a8z(t)\n"
        "a8z(t) = a9z(t)\n"
        "a9z(t) = a0z(t)",
        "rnn.circuit:1:10: error: algebraic loop: a0z(t) needs a1z(t), …, a9z(t) needs a0z(t): 10 reads in a circle\n"
        "  1 | a0z(t) = a1z(t)\n"
        "    |          ^^^^^^ a1z(t) is read with delay 0\n"
        "  2 | a1z(t) = a2z(t)\n"
        "    |          ^^^^^^ a2z(t) is read with delay 0\n"
        "  3 | a2z(t) = a3z(t)\n"
        "    |          ^^^^^^ a3z(t) is read with delay 0\n"
        "  4 | a3z(t) = a4z(t)\n"
        "    |          ^^^^^^ a4z(t) is read with delay 0\n"
        "  5 | a4z(t) = a5z(t)\n"
        "    |          ^^^^^^ a5z(t) is read with delay 0\n"
        "  6 | a5z(t) = a6z(t)\n"
        "    |          ^^^^^^ a6z(t) is read with delay 0\n"
        "  7 | a6z(t) = a7z(t)\n"
        "    |          ^^^^^^ a7z(t) is read with delay 0\n"
        "  8 | a7z(t) = a8z(t)\n"
        "    |          ^^^^^^ a8z(t) is read with delay 0\n"
        "  help: the cycle is a0z --delay 0--> a9z --delay 0--> a8z --delay 0--> a7z --delay 0--> … "
        "a4z --delay 0--> a3z --delay 0--> a2z --delay 0--> a1z --delay 0--> a0z, where t has 1 step\n"
        "  help: make one of these reads a delayed one, such as a1z(t-1)",
    ),
    "half_step": (
        "h(t) = h(t-0.5)",
        "rnn.circuit:1:12: error: an index moves by whole steps\n"
        "  1 | h(t) = h(t-0.5)\n"
        "    |            ^^^\n"
        "  help: delays are whole numbers, such as t-1",
    ),
    "named_step": (
        "h(t) = h(t-k)",
        "rnn.circuit:1:8: error: h(t) reads h(t - k) in a loop, and nothing tells how far away that is\n"
        "  1 | h(t) = h(t-k)\n"
        "    |        ^^^^^^\n"
        "  help: 'k' is a parameter, which may be anything: write its number, as in k = 4",
    ),
    "two_indices": (
        "h(t) = h(t-1)\n"
        "y(t) = h(t, u)",
        "rnn.circuit:2:8: error: 'h' has 1 index, not 2\n"
        "  2 | y(t) = h(t, u)\n"
        "    |        ^^^^^^^\n"
        "  help: write h(t)",
    ),
    "far_delay": (
        "h(t) = h(t-1000001)",
        "rnn.circuit:1:8: error: the offset of h(t-1000001) is over the limit of 1000000 steps\n"
        "  1 | h(t) = h(t-1000001)\n"
        "    |        ^^^^^^^^^^^^",
    ),
    "power_step": (
        "h(t) = h(t**2)",
        "rnn.circuit:1:8: error: h(t) reads h(t**2) in a loop, and nothing tells how far away that is\n"
        "  1 | h(t) = h(t**2)\n"
        "    |        ^^^^^^^\n"
        "  help: say which places these may be, as in sum(h(s) for s in 1..t-1 if s == t**2)",
    ),
    "subtracted_axis": (
        "h(t) = h(3-t)",
        "rnn.circuit:1:8: error: algebraic loop: h(t) depends on itself through h(3-t)\n"
        "  1 | h(t) = h(3-t)\n"
        "    |        ^^^^^^ h(3-t) is read with delay 1\n"
        "  1 | h(t) = h(3-t)\n"
        "    |        ^^^^^^ h(3-t) is read with delay -1\n"
        "  help: the cycle is h(1) --> h(2) --> h(1), where t has 2 steps\n"
        "  help: take one of these reads out, or leave the place of the statement itself out of what it reads",
    ),
    "two_axes_in_one_index": (
        "h(t) = sum(h(t+s) for s)",
        "rnn.circuit:1:8: error: nothing says how long 's' is\n"
        "  1 | h(t) = sum(h(t+s) for s)\n"
        "    |        ^^^^^^^^^^^^^^^^^\n"
        "  help: read a signal by it, or give a range: for j in 0..2",
    ),
    "no_index": (
        "h() = 3",
        "rnn.circuit:1:1: error: h() has no index\n"
        "  1 | h() = 3\n"
        "    | ^^^\n"
        "  help: write h = …",
    ),
    "call_without_index": (
        "h(t) = h(t-1) + h()",
        "rnn.circuit:1:17: error: 'h' has 1 index, not 0\n"
        "  1 | h(t) = h(t-1) + h()\n"
        "    |                 ^^^\n"
        "  help: write h(t)",
    ),
    "shapes_in_a_sum": (
        "x(t) : n\n"
        "U : (m, n)\n"
        "h(t) = U @ x(t) + x(t)",
        "rnn.circuit:3:8: error: shapes do not fit in 'U @ x(t) + x(t)': U @ x(t) is a vector (m), "
        "x(t) is a vector (n)\n"
        "  3 | h(t) = U @ x(t) + x(t)\n"
        "    |        ^^^^^^^^^^^^^^^\n"
        "  2 | U : (m, n)\n"
        "    | ^ U is declared here\n"
        "  1 | x(t) : n\n"
        "    | ^^^^ x is declared here\n"
        "  help: size m is not size n",
    ),
    "shapes_in_a_product": (
        "x(t) : n\n"
        "W : (m, m)\n"
        "h(t) = W @ x(t)",
        "rnn.circuit:3:8: error: shapes do not fit in 'W @ x(t)': W is a matrix (m, m), x(t) is a vector (n)\n"
        "  3 | h(t) = W @ x(t)\n"
        "    |        ^^^^^^^^\n"
        "  2 | W : (m, m)\n"
        "    | ^ W is declared here\n"
        "  1 | x(t) : n\n"
        "    | ^^^^ x is declared here\n"
        "  help: size m is not size n",
    ),
    "shapes_of_two_sides": (
        "x(t) : n\n"
        "h(t) : m\n"
        "h(t) = tanh(x(t))",
        "rnn.circuit:3:1: error: shapes do not fit: h(t) is a vector (m), its right side is a vector (n)\n"
        "  3 | h(t) = tanh(x(t))\n"
        "    | ^^^^\n"
        "  2 | h(t) : m\n"
        "    | ^^^^ h is declared here\n"
        "  1 | x(t) : n\n"
        "    | ^^^^ x is declared here",
    ),
    "shape_guessed": (
        "R(t) = S(t-1) + outer(k(t), v(t))\n"
        "y(t) = S(t) @ q(t)",
        "rnn.circuit:1:8: error: shapes do not fit in 'S(t-1) + outer(k(t), v(t))': S(t-1) is a vector (?), "
        "outer(k(t), v(t)) is a matrix (?, ?)\n"
        "  1 | R(t) = S(t-1) + outer(k(t), v(t))\n"
        "    |        ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  2 | y(t) = S(t) @ q(t)\n"
        "    |        ^^^^ S is taken for a vector, as '@' needs one\n"
        "  1 | R(t) = S(t-1) + outer(k(t), v(t))\n"
        "    |                       ^^^^ k is taken for a vector, as 'outer' needs one\n"
        "  1 | R(t) = S(t-1) + outer(k(t), v(t))\n"
        "    |                             ^^^^ v is taken for a vector, as 'outer' needs one\n"
        "  help: their shapes differ; declare the shape of S if it is another one",
    ),
    "shape_of_an_entry": (
        "b : 3\n"
        "h(t) = b[3] * x(t)",
        "rnn.circuit:2:8: error: shapes do not fit in 'b[3]': b is a vector (3)\n"
        "  2 | h(t) = b[3] * x(t)\n"
        "    |        ^^^^\n"
        "  1 | b : 3\n"
        "    | ^ b is declared here\n"
        "  help: entry 3 of 3 entries, which count from 0",
    ),
    "scalar_entry": (
        "r : ()\n"
        "h(t) = r[0]",
        "rnn.circuit:2:8: error: shapes do not fit in 'r[0]': r is a scalar\n"
        "  2 | h(t) = r[0]\n"
        "    |        ^^^^\n"
        "  1 | r : ()\n"
        "    | ^ r is declared here\n"
        "  help: 1 index into a scalar",
    ),
    "size_zero": (
        "W : (m, 0)\n"
        "h(t) = W[0, 0]",
        "rnn.circuit:1:9: error: a size is a name or a whole number from 1, not 0\n"
        "  1 | W : (m, 0)\n"
        "    |         ^",
    ),
    "size_expression": (
        "x(t) : n-1\n"
        "h(t) = x(t)",
        "rnn.circuit:1:9: error: unexpected '-'; expected the end of the line\n"
        "  1 | x(t) : n-1\n"
        "    |         ^",
    ),
    "half_boundary": (
        "h(t) = h(t-2)\n"
        "h(0) = 1",
        "rnn.circuit:2:1: error: h(-1) is read and not given, while h(0) is\n"
        "  2 | h(0) = 1\n"
        "    | ^^^^\n"
        "  help: write h(-1) = … too, or leave all of them to the caller",
    ),
    "taken_argument": (
        "h(t) = h(t-1) + h0",
        "rnn.circuit:1:1: error: h(0) is left to the caller as 'h0', but that is a parameter\n"
        "  1 | h(t) = h(t-1) + h0\n"
        "    | ^^^^\n"
        "  help: write h(0) = …",
    ),
    "taken_arguments": (
        "h1(t) = h1(t-1) + h10(t) * h1_0",
        "rnn.circuit:1:1: error: h1(0) is left to the caller as 'h10' or 'h1_0', but these are an input and a "
        "parameter\n"
        "  1 | h1(t) = h1(t-1) + h10(t) * h1_0\n"
        "    | ^^^^^\n"
        "  help: write h1(0) = …",
    ),
    "long_name": (
        f"h(t) = {'a' * 300}",
        "rnn.circuit:1:8: error: this name has 300 characters; the limit is 256\n"
        f"  1 | h(t) = {'a' * 93}...\n"
        f"    |        {'^' * 93}\n"
        "  help: choose a shorter name; a title may be long",
    ),
    "read_or_call": (
        "y(m) = x(2*m)",
        "rnn.circuit:1:8: error: nothing says whether x(2 * m) reads a signal or calls a function\n"
        "  1 | y(m) = x(2*m)\n"
        "    |        ^^^^^^\n"
        "  help: a function is called as x(2 * m;), a signal is declared, as in x(m) : ()",
    ),
    "read_by_a_value_or_call": (
        "x(t) : n\n"
        "h(t) = x(t) + u(t - x(t)[0])",
        "rnn.circuit:2:15: error: nothing says whether u(t - x(t)[0]) reads a signal or calls a function\n"
        "  2 | h(t) = x(t) + u(t - x(t)[0])\n"
        "    |               ^^^^^^^^^^^^^^\n"
        "  help: a function is called as u(t - x(t)[0];), a signal is declared, as in u(t) : ()",
    ),
    "convolution": (
        "y(n) = sum(h(k)*x(n-k) for k)",
        "rnn.circuit:1:17: error: nothing says whether x(n - k) reads a signal or calls a function\n"
        "  1 | y(n) = sum(h(k)*x(n-k) for k)\n"
        "    |                 ^^^^^^\n"
        "  help: a function is called as x(n - k;), a signal is declared, as in x(n) : ()",
    ),
    "convolution_in_brackets": (
        "y[n] = sum(h[k]*x[n-k] for k)",
        "rnn.circuit:1:17: error: nothing says whether x[…] reads a signal or an entry\n"
        "  1 | y[n] = sum(h[k]*x[n-k] for k)\n"
        "    |                 ^^^^^^\n"
        "  help: a signal is declared, as in x(n) : (), an array, as in x : n",
    ),
    "entry_or_call": (
        "y(t) = sum(W(k) * x(t-k) for k in 0..3)",
        "rnn.circuit:1:12: error: nothing says whether W(k) reads a signal or calls a function\n"
        "  1 | y(t) = sum(W(k) * x(t-k) for k in 0..3)\n"
        "    |            ^^^^\n"
        "  help: a function is called as W(k;), an entry is written W[k], a signal is declared, as in W(t) : ()",
    ),
    "entry_below_0": (
        "B : 3\n"
        "y(t) = sum(B[k-1] * x(t-k) for k in 0..2)",
        "rnn.circuit:2:12: error: B[k-1] takes no entry where k = 0: k-1 is -1 there\n"
        "  2 | y(t) = sum(B[k-1] * x(t-k) for k in 0..2)\n"
        "    |            ^^^^^^\n"
        "  help: entries are numbered from 0: let k begin at 1",
    ),
    "unknown_size": (
        "h(t) = zeros(n)",
        "rnn.circuit:1:14: error: 'zeros' needs a size here: a whole number, a name from a shape, or a sum of these\n"
        "  1 | h(t) = zeros(n)\n"
        "    |              ^\n"
        "  help: declare it, as in V : (k, m)",
    ),
    "empty_range": (
        "h(t) = sum(x(t-j) for j in 2..0)",
        "rnn.circuit:1:23: error: the range 2..0 is empty\n"
        "  1 | h(t) = sum(x(t-j) for j in 2..0)\n"
        "    |                       ^\n"
        "  help: both ends are included",
    ),
    "broken_range": (
        "h(t) = sum(x(t-j) for j in 0..1.5)",
        "rnn.circuit:1:31: error: a range goes from one whole number to another\n"
        "  1 | h(t) = sum(x(t-j) for j in 0..1.5)\n"
        "    |                               ^^^\n"
        "  help: as in 0..2, both ends included",
    ),
    "unbound": (
        "h(t) = x(t) + sum(s for s)",
        "rnn.circuit:1:15: error: nothing says how long 's' is\n"
        "  1 | h(t) = x(t) + sum(s for s)\n"
        "    |               ^^^^^^^^^^^^\n"
        "  help: read a signal by it, or give a range: for j in 0..2",
    ),
    "no_reduction": (
        "h(t) = tanh(x(t) for t)",
        "rnn.circuit:1:8: error: 'tanh' does not reduce\n"
        "  1 | h(t) = tanh(x(t) for t)\n"
        "    |        ^^^^\n"
        "  help: what does: sum, prod, mean, max, min, argmax, stack",
    ),
    "self_call": (
        "def f(x) = g(x)\n"
        "def g(x) = f(x)\n"
        "h(t) = f(1)",
        "rnn.circuit:1:5: error: a function cannot call itself: 'f' calls 'g' calls 'f'\n"
        "  1 | def f(x) = g(x)\n"
        "    |     ^\n"
        "  help: write a recurrence as an equation: h(t) = …",
    ),
    "indexed_body": (
        "def f(x) = x + h(t)\n"
        "h(t) = f(1)",
        "rnn.circuit:1:16: error: the body of 'f' has arguments and parameters only\n"
        "  1 | def f(x) = x + h(t)\n"
        "    |                ^^^^\n"
        "  help: make the indexed value an argument",
    ),
    "wrong_call": (
        "def f(x, y) = x + y\n"
        "h(t) = f(1)",
        "rnn.circuit:2:8: error: 'f' takes 2 arguments, not 1\n"
        "  2 | h(t) = f(1)\n"
        "    |        ^^^^\n"
        "  1 | def f(x, y) = x + y\n"
        "    |     ^ defined here",
    ),
    "argument_called": (
        "def f(g) = g(3)\n"
        "h(t) = f(1)",
        "rnn.circuit:1:12: error: 'g' is an argument here, not a function\n"
        "  1 | def f(g) = g(3)\n"
        "    |            ^\n"
        "  help: write g",
    ),
    "assignment_inside": (
        "h(t) = (x(t) = 3)",
        "rnn.circuit:1:14: error: unexpected '='; expected an operator or ')'\n"
        "  1 | h(t) = (x(t) = 3)\n"
        "    |              ^\n"
        "  1 | h(t) = (x(t) = 3)\n"
        "    |        ^ opened here\n"
        "  help: to compare, write ==",
    ),
    "two_left_sides": (
        "a, b = 3",
        "rnn.circuit:1:6: error: unexpected '='; expected an operator, ',' or ':'\n"
        "  1 | a, b = 3\n"
        "    |      ^\n"
        "  help: an equation has one name on its left side",
    ),
    "chained": (
        "h(t) = 1 < x(t) < 2",
        "rnn.circuit:1:17: error: comparisons do not chain\n"
        "  1 | h(t) = 1 < x(t) < 2\n"
        "    |                 ^\n"
        "  help: write a < b and b < c",
    ),
    "shared_expression": (
        "h(t) = f(x(t); 2*a)",
        "rnn.circuit:1:16: error: after ';' stand the names of shared parameters\n"
        "  1 | h(t) = f(x(t); 2*a)\n"
        "    |                ^^^\n"
        "  help: move this before the ';'",
    ),
    "shared_of_a_built_in": (
        "h(t) = tanh(x(t); a)",
        "rnn.circuit:1:8: error: 'tanh' takes no shared parameters\n"
        "  1 | h(t) = tanh(x(t); a)\n"
        "    |        ^^^^^^^^^^^^^\n"
        "  help: write ',' instead of ';'",
    ),
    "several": (
        "a(t) = $\n"
        "b(t) = (1\n"
        "c(t) = 2x\n"
        "d(t) = 3",
        "rnn.circuit:1:8: error: unexpected '$'\n"
        "  1 | a(t) = $\n"
        "    |        ^\n"
        "rnn.circuit:3:8: error: '2x' is neither a number nor a name\n"
        "  3 | c(t) = 2x\n"
        "    |        ^^\n"
        "  help: write 2*x",
    ),
    "several_meanings": (
        "a(t) = a(t-0.5) + end\n"
        "b(t) = tanh(1, 2)",
        "rnn.circuit:1:12: error: an index moves by whole steps\n"
        "  1 | a(t) = a(t-0.5) + end\n"
        "    |            ^^^\n"
        "  help: delays are whole numbers, such as t-1\n"
        "rnn.circuit:1:19: error: 'end' stands only inside an index\n"
        "  1 | a(t) = a(t-0.5) + end\n"
        "    |                   ^^^\n"
        "  help: outside, the length of t is end(t)\n"
        "rnn.circuit:2:8: error: 'tanh' takes 1 argument, not 2\n"
        "  2 | b(t) = tanh(1, 2)\n"
        "    |        ^^^^^^^^^^",
    ),
    "tab": (
        "h(t) =\tx(t) +\t$",
        "rnn.circuit:1:15: error: unexpected '$'\n"
        "  1 | h(t) =    x(t) +    $\n"
        "    |                     ^",
    ),
    "wide": (
        "title \"\u6f22\u5b57\" h(t) = 1",
        "rnn.circuit:1:12: error: unexpected 'h'; expected the end of the line\n"
        "  1 | title \"\u6f22\u5b57\" h(t) = 1\n"
        "    |              ^",
    ),
}
# fmt: on


def message(source: str, name: str = "rnn.circuit") -> str:
    with pytest.raises(CircuitError) as caught:
        read(source, name)
    return str(caught.value)


@pytest.mark.parametrize("case", GOLDEN)
def test_message(case: str) -> None:
    source, expected = GOLDEN[case]
    assert message(source) == expected


@pytest.mark.parametrize("source", ["", "\n\n", "# nothing = here\n", ";;;", '# a title only\ntitle "x = y"'])
def test_no_equations(source: str) -> None:
    assert message(source) == "error: no equations\n  help: write one, such as: h(t) = tanh(h(t-1) + x(t))"


@pytest.mark.parametrize(
    ("character", "plain"),
    {"−": "-", "–": "-", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "²": "**2", "³": "**3",
     "“": '"', "”": '"', "‘": '"', "’": '"', "∧": "and", "∨": "or", "¬": "not", "^": "**", "&": "and", "|": "or",
     "×": "a @ b where a is a matrix, a * b for numbers", "·": "a @ b where a is a matrix, a * b for numbers",
     "⁴": "**4", "ᵀ": ".T", "\u0410": "A", "\u0441": "c", "\u212f": "e", "\uff0b": "+"}.items(),
)  # fmt: skip
def test_look_alikes_name_the_plain_character(character: str, plain: str) -> None:
    assert message(f"h(t) = a {character} b").endswith(f"\n  help: write {plain}")


@pytest.mark.parametrize(
    ("written", "plain"),
    {
        "los\u0303s": "loss_tilde", "año": "ano_tilde", "y1\u0302": "y_hat1", "h_1′": "h_prime_1", "W_ê": "W_e_hat",
        "ŷ\u0303": "y_hat_tilde", "ŷ\u0302": "y_hat_hat", "thetâ": "theta_hat", "loss′": "loss_prime",
        "h_prevê_1": "h_preve_hat_1", "ŷx": "yx_hat",
    }.items(),
)  # fmt: skip
def test_an_accent_in_the_wrong_place_says_what_to_write(written: str, plain: str) -> None:
    text = message(f"b(t) = a + {written}(t-1) * a")
    assert text.startswith(
        "rnn.circuit:1:12: error: only a name of one letter has an accent, and one only, before its subscript\n"
    )
    assert text.endswith(f"\n  help: write {plain}")
    marked = len([character for character in written if not unicodedata.combining(character)])
    assert text.split("\n")[2] == "    |            " + "^" * marked
    read(f"b(t) = a + {plain}(t-1) * a")


@pytest.mark.parametrize("mark", ["\u0301", "\u0308", "\u0327", "\u20d7", "\u2033", "\u200d", "\u202e", "\u02c6"])
def test_no_other_mark_belongs_to_a_name(mark: str) -> None:
    assert message(f"ŷ(t) = ŷ(t-1) + x{mark}").startswith(
        f"rnn.circuit:1:18: error: unexpected character U+{ord(mark):04X}"
    )


def test_a_long_line_is_cut_around_the_place() -> None:
    source = "h(t) = " + "a + " * 60 + "$ + " + "b + " * 60 + "c"
    first, excerpt, carets = message(source).split("\n")
    assert first == "rnn.circuit:1:248: error: unexpected '$'"
    assert len(excerpt) < 120 and excerpt.endswith("...") and " | ..." in excerpt
    assert excerpt[carets.index("^")] == "$"


def test_twenty_errors_at_most_by_position() -> None:
    written = message("\n".join(f"a{number}(t) = $" for number in range(100)))
    places = [line.split(":")[1] for line in written.split("\n") if ": error:" in line]
    assert places == [str(number) for number in range(1, ERRORS_SHOWN + 1)]
    assert written.endswith(f"these are the first {ERRORS_SHOWN} errors; there are more")


@pytest.mark.parametrize(
    "line", ["h{}(t) = h{}(t-0.5)", "h{}(t) = tanh(1, 2)", "h{}(t) = h{}(t)[0.5]", "h{0}(t) = h{0}(t-2); h{0}(0) = 1"]
)
def test_twenty_errors_of_meaning_too(line: str) -> None:
    written = message("\n".join(line.format(f"_{n}_".strip("_") + "z", f"{n}z") for n in range(200)))
    assert written.count(": error:") == ERRORS_SHOWN


def test_all_errors_of_one_pass_together() -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit("a(t) = a(t-0.5)\nb(t) = tanh(1, 2)\nc(t) = end\nd(t) = 1 + sum(s for s)")
    assert [problem.span.start for problem in caught.value.problems if problem.span] == [11, 23, 41]


def test_the_error_as_an_object() -> None:
    with pytest.raises(CircuitError) as caught:
        Circuit("x(t) : n; h(t) = hh(t-1)")
    error = caught.value
    assert error.message == "unknown signal 'hh'"
    assert error.help == "did you mean 'h'?"
    assert error.span == (17, 19)
    assert error.source is not None and error.source.text[slice(*error.span)] == "hh"
    assert CircuitError is _CircuitError


def test_hostile_text_is_shown_escaped_in_excerpts_names_and_file_names() -> None:
    written = message("h(t) = $ # \x1b[31m \u202e \u200b", "a\x1b[0m\u202e.circuit")
    assert "\x1b" not in written and "\u202e" not in written and "\u200b" not in written
    assert written.startswith("a<U+001B>[0m<U+202E>.circuit:1:8: error: unexpected '$'")
    assert "# <U+001B>[31m <U+202E> <U+200B>" in written


def test_limits_are_named() -> None:
    assert message("h(t) = " + "(" * 201 + "a" + ")" * 201).startswith(
        "rnn.circuit:1:208: error: brackets are nested more than 200 deep\n"
    )
    assert Circuit("h(t) = " + "(" * 200 + "a" + ")" * 200).parameters == ("a",)
    assert "more than 10000 operations in one expression" in message("h(t) = a" + " + a" * 10_001)
    assert len(Circuit("h(t) = h(t-1)" + " + W * h(t-1)" * 5000).model.statements[0].reads) == 1
    long = "h(t) = " + " " * SOURCE_BYTES
    assert message(long) == "error: a source of 262151 characters is over the limit of 262144"
    # Nothing of a range is written out.
    assert read("h(t) = sum(x(t-j) for j in 0..1000000)").inputs
    doubled = "def f0(x) = x + x\n" + "\n".join(f"def f{n}(x) = f{n - 1}(f{n - 1}(x))" for n in range(1, 60))
    assert "written out, functions and ranges have more than 60000 operations" in message(doubled + "\nh(t) = f59(1)")
    nested = "def f0(x) = x\n" + "\n".join(f"def f{n}(x) = f{n - 1}(x)" for n in range(1, 300))
    assert "functions and reductions are nested more than 200 deep here" in message(nested + "\nh(t) = f299(1)")
    assert "h(t-1000001) is over the limit of 1000000 steps" in message("h(t) = h(t-1000001)")
    assert "the index of h(-1000001) is over the limit" in message("h(t) = h(t-1); h(-1000001) = 0")


@pytest.mark.parametrize(
    ("source", "warning", "help_"),
    [
        ("x(t), y(t) : n; h(t) = x(t)", "the input 'y' is declared and never used", None),
        ("W : m; h(t) = x(t)", "the parameter 'W' is declared and never used", None),
        ("h(t) = x(t); h(0) = 1", "h(0) is never read", None),
        ("y[n] = y[n-1]; y[-1] = 2", "y(-1) is never read",
         "axes start at 1: the value before the first step is y(0)"),
        ("y[n] = y[n-2]; y[0] = 1; y[-1] = 2; y[-2] = 3", "y(-2) is never read",
         "axes start at 1: the values before the first step are y(-1) to y(0)"),
        ("h(t) = pi * h(t-1)", "'π' is a parameter like any other, not the number",
         "declare it, as in π : (), or write its value, 3.141592653589793"),
        ("h(t) = e**x(t)", "'e' is a parameter like any other, not the number",
         "declare it, as in e : (), or write its value, exp(1)"),
        ("h(t) = x(t) + x(0)", "x(0) is read before the first step: axes start at 1", "x(1) is the first place"),
        ("h(t) = sigmod(x(t))", "'sigmod' is not a built-in function and is taken as an opaque one",
         "did you mean 'sigmoid'?"),
    ],
)  # fmt: skip
def test_warnings(source: str, warning: str, help_: str | None) -> None:
    model = read(source)
    assert [(found.message, found.help, found.severity) for found in model.warnings] == [(warning, help_, "warning")]
    assert all(found.span is not None for found in model.warnings)


@pytest.mark.parametrize(
    "source",
    [
        "y[n] = y[n-1]; y[0] = 2", "h(t) = exp(1) * h(t-1)", "pi : (); h(t) = pi * h(t-1)", "pi = 3; h(t) = pi * x(t)",
        "h(t) = e(t)", "h(t) = x(t) + sum(e for e in 1..2)", "h(t) = e[0] * x(t)", "h(t) = f(x(t); e)", "h(e) = h(e-1)",
        "def f(e) = 2*e; h(t) = f(x(t))", "e(t) : (); h(t) = e(t)", "pi : n; h(t) = x(t) * pi",
        "def e(x) = x; h(t) = e(x(t))", "e(t) = x(t) * e(t-1)",
    ],
)  # fmt: skip
def test_what_helps_against_a_warning_is_not_warned_of(source: str) -> None:
    assert not read(source).warnings


@pytest.mark.parametrize("source", ["h(t) = h(t-1); L = h(end); h(0) = 1", "L = h(end); h(t) = x(t); h(0) = 3"])
def test_what_is_read_only_without_steps_is_read(source: str) -> None:
    assert not read(source).warnings
