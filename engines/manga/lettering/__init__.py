"""Lettering: words into outlines, balloons and their places."""
