"""The manga API: seed 003's routes, and the pages, document and exports of a session."""
