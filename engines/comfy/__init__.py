"""ComfyUI's API-format workflows on our own engine.

    JSON -> validate (errors pinned to nodes) -> execute (cache, events, stop) -> outputs

A node is one typed function (``engines.comfy.nodes``); validation, object_info and execution all read its declaration.
"""
