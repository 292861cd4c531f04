"""Composition: one file for each Serve application, with its arguments, its steps and ``build``."""
