"""The style-transform API of seed 004."""
