"""Google's models through Vertex AI: Gemini writes, Imagen and Gemini image models draw. No Ray in here.

options -> clients -> gate and retry around each call -> text | images -> values, with what they cost
"""
