"""The pieces of ``scripts/bench/manga``; those of ``scripts/bench/inpaint`` in a room of their own."""
