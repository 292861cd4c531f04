"""The FramePack API of seed 002, and the older routes that it grew from."""
