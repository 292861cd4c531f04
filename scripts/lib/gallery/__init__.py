"""Sample pictures for docs/gallery, drawn with numpy and Pillow."""
