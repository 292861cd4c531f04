"""Ground floor: settings, errors, graph type, jobs, events, blobs, cache, images."""
