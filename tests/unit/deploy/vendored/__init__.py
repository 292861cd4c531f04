"""Schemas of others, and how they were reduced."""
