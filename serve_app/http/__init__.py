"""HTTP itself: the app factory, problems, health, files, limits and keys."""
