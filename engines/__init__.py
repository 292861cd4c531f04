"""Pixels and words: pure computing. No Ray, no FastAPI, no environment, no database."""
