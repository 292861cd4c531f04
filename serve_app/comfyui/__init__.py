"""ComfyUI's own API over our engine, so that its clients work here.

routes   POST /prompt -> durable jobs;  /queue, /interrupt, /history
files    /upload/image -> blobs by name;  /view
service  /object_info, /system_stats, /features, /models
events   /ws: the events of a client's prompts, as ComfyUI sends them

Source of the shapes: recorded traffic of ComfyUI 0.3.64.
"""
