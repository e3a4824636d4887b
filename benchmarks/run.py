"""Run the benchmarks: `python benchmarks/run.py [--rows WORD …] [--rounds N] [--quick]`; `--help` tells the rest."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """Run what the command line asks for, the libraries being loaded with one thread each."""
    # The package beside the library, not the folder of this file.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from benchmarks.threads import use_one_thread

    use_one_thread()
    from benchmarks.command import run

    return run()


if __name__ == "__main__":
    raise SystemExit(main())
