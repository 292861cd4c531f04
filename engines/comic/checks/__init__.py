"""The gates of phase 7: what a finished page measures."""
