"""The pieces of ``scripts/bench/manga``."""
