"""A comic as a document: layout, lettering, composition, checks and exports."""
