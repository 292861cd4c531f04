"""Style transform without pixels: presets, workflow templates, and how a request is written into a workflow."""
