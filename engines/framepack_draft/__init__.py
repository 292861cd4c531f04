"""Sketches, transfers of colour and camera moves: what stands in for FramePack where there are no weights."""
