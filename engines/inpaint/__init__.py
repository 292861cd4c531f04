"""Text removal: regions or a mask and a picture become the same picture without the words.

    bytes -> Picture -> mask -> flat fills -> windows -> model, window by window -> paste -> bytes

The picture keeps its own depth, channels and profile; only pixels under the mask are ever written.
"""
