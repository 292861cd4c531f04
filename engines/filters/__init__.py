"""Style transform without weights: recipes of classical filters."""
