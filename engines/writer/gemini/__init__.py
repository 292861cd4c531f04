"""The writer that asks Gemini: phases 1 to 4 in the shapes of the draft writer, and the dialogue of phase 6.

numbered passages + prompt -> small flat schema -> the draft writer's shape, offsets, looks and layout by code

The model decides; it never copies. What is said stays word for word as the story has it, since the model names the
numbers of passages; what it leaves out or mixes up is put right by rules.
"""

from engines.writer.gemini.writer import PHASES, GeminiWriter

__all__ = ["PHASES", "GeminiWriter"]
