"""The studio: the index page of the deployed applications."""
