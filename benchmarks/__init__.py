"""How fast, how small and how soon ready programs are beside what experts write by hand: `python benchmarks/run.py`."""
