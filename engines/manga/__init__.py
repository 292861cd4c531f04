"""The manga engines: writer, layout, artist, letterer, and the document that they share."""
