"""The pieces of ``scripts/bench/style``."""
