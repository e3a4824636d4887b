"""unfoldgraph: write a recurrence as the textbook does; get its circuit, its unfolding, its formula, its code.

>>> from unfoldgraph import Circuit
>>> c = Circuit("h(t) = tanh(b + W @ h(t-1) + U @ x(t))")
>>> print(c.expand("h", 2).text)
tanh(b + W @ tanh(b + W @ h(0) + U @ x(1)) + U @ x(2))
"""

# Nothing is imported here, not even `typing`: the command line comes by here before it is ready for Ctrl-C.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from unfoldgraph.base.errors import CircuitError, CircuitWarning
    from unfoldgraph.circuit import Circuit
    from unfoldgraph.language.python.quantities import end
    from unfoldgraph.picture import Drawing
    from unfoldgraph.unfolding.networkx_form import fold
    from unfoldgraph.unfolding.unfolding import Unfolding

__version__ = "0.1.0"

#: Where each public name lives. All are loaded when first used, so that checking a text stays quick.
_HOME = {
    "Circuit": "unfoldgraph.circuit",
    "CircuitError": "unfoldgraph.base.errors",
    "CircuitWarning": "unfoldgraph.base.errors",
    "Drawing": "unfoldgraph.picture",
    "Unfolding": "unfoldgraph.unfolding.unfolding",
    "fold": "unfoldgraph.unfolding.networkx_form",
    "end": "unfoldgraph.language.python.quantities",
}
#: Functions of the language whose names Python's own functions have: `unfoldgraph.sum`, never by `import *`.
_SHADOWING = frozenset({"abs", "max", "min", "round", "sum"})


def __getattr__(name: str) -> "Any":
    from importlib import import_module

    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if not name.startswith("_"):
        from unfoldgraph.language.python.functions import python_form, python_names

        if name in python_names():
            return python_form(name)
    raise AttributeError(f"module 'unfoldgraph' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*__all__, *_SHADOWING, *globals()})


# The functions of the language, in lower case, are built from the operator table when first used.
__all__ = [
    "Circuit",
    "CircuitError",
    "CircuitWarning",
    "Drawing",
    "Unfolding",
    "arccos",
    "arcsin",
    "arctan",
    "arctan2",
    "argmax",
    "argmax_over",
    "ceil",
    "clip",
    "concat",
    "cos",
    "cosh",
    "det",
    "dot",
    "end",
    "eq",
    "erf",
    "exp",
    "eye",
    "floor",
    "fold",
    "ge",
    "gt",
    "inv",
    "isnan",
    "le",
    "log",
    "logsoftmax",
    "logsumexp",
    "lt",
    "max_over",
    "mean",
    "mean_over",
    "min_over",
    "ne",
    "norm",
    "one_hot",
    "ones",
    "outer",
    "place",
    "prod",
    "prod_over",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "solve",
    "sqrt",
    "stack",
    "stack_over",
    "sum_over",
    "tan",
    "tanh",
    "where",
    "zeros",
]
