"""What replicas take of a GPU, and what a set of cards can hold."""
