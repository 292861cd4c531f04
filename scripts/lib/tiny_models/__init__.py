"""Stand-ins of published weights: the same files, the same shapes of tensors in and out, random content."""
