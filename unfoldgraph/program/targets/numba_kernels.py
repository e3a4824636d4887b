"""Kernels that Numba compiles: loaded when they are first called, from the cache of the user where that is safe."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import linecache
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from unfoldgraph.base.cache import cache_folder, kept_within
from unfoldgraph.base.errors import CircuitError
from unfoldgraph.base.limits import CACHE_BYTES
from unfoldgraph.program.wrapper.loop_kernel import KERNEL
from unfoldgraph.program.wrapper.module_text import CompiledText

_NUMBER = itertools.count(1)
#: The folder of the cache in which kernels lie.
_FOLDER = "numba"


def require_numba() -> None:
    """Raise `CircuitError` where Numba is not installed."""
    if importlib.util.find_spec("numba") is None:
        raise CircuitError(
            "the target 'numba' needs Numba, which is not installed", help='pip install "unfoldgraph[numba]"'
        )


class CompiledKernel:
    """A kernel to call, which is compiled for the types of what it is handed when that is first called.

    Parameters
    ----------
    text : the functions.
    name : what the circuit is called.
    """

    def __init__(self, text: CompiledText, name: str) -> None:
        self._text, self._name = text, name
        self._kernel: Any = None

    def __call__(self, *arguments: Any) -> bool:
        """Compute; return whether it was interrupted."""
        if self._kernel is None:
            require_numba()
            self._kernel = getattr(_loaded(self._text, self._name), KERNEL)
        found: bool = self._kernel(*arguments)
        return found


def _loaded(text: CompiledText, name: str) -> ModuleType:
    """Return the module of a kernel: from a file, beside which Numba keeps what it compiles, or without one."""
    folder = cache_folder(_FOLDER)
    if folder is not None and _is_kept_there(folder):
        try:
            return _from_file(text.alone(cache=True), name, folder)
        except OSError:
            # The disk is full, or somebody has emptied the cache meanwhile.
            pass
    return _without_file(text.alone(cache=False), name)


def _is_kept_there(folder: Path) -> bool:
    """Say whether Numba keeps what it compiles beside a file in a folder, and not wherever it is told to."""
    from numba import config

    # Its variable names a folder that it reads without a look at who may write there.
    return not config.CACHE_DIR and folder.is_dir()


def _from_file(source: str, name: str, folder: Path) -> ModuleType:
    """Return a module that is registered, so that Numba finds it in the next process as well."""
    import llvmlite.binding
    import numba
    import numpy

    keyed = [source, sys.version, numba.__version__, numpy.__version__, llvmlite.binding.get_host_cpu_name()]
    digest = hashlib.sha256("\0".join(keyed).encode()).hexdigest()[:32]
    called = f"unfoldgraph_{name}_{digest}" if name.isascii() and len(name) <= 40 else f"unfoldgraph_{digest}"
    if called in sys.modules:
        return sys.modules[called]
    path = folder / f"{called}.py"
    kept_within(folder, CACHE_BYTES, called, source)
    specification = importlib.util.spec_from_file_location(called, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[called] = module
    try:
        specification.loader.exec_module(module)
    except BaseException:
        del sys.modules[called]
        raise
    return module


def _without_file(source: str, name: str) -> ModuleType:
    """Return a module that is nowhere; tracebacks show its source."""
    filename = f"<unfoldgraph kernel {name} {next(_NUMBER)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = ModuleType(name)
    exec(compile(source, filename, "exec"), vars(module))  # written by us, of nodes
    return module
