"""What of Koma is ready, what is missing, and which command fixes it."""
