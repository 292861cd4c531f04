"""Actors: Ray Serve classes, thin. They load an engine, hold the device, report and stop."""
