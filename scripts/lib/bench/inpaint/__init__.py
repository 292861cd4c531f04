"""The pieces of ``scripts/bench/inpaint``."""
