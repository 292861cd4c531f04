"""What of the house is ready, what is missing, and which command mends it."""
