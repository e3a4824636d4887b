"""`python -m unfoldgraph` is `unfoldgraph`."""

import sys

from unfoldgraph.cli import main

sys.exit(main())
