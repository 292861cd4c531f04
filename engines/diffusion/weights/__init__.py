"""Weights from files to modules. Only ``.safetensors`` is read, names stay inside their folder, nothing is fetched."""
