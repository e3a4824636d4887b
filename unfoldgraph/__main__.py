"""`python -m unfoldgraph` is `unfoldgraph`."""

import sys

from unfoldgraph.cli.main import main

sys.exit(main())
