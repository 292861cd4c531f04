"""What every application's graph is built from: arguments, profiles, the choice of an engine, progress."""
