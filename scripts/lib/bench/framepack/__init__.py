"""The pieces of ``scripts/bench/framepack``."""
