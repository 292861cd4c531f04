"""The models: a catalogue of nine, how each is loaded, and one protocol for all."""
