"""Words to vectors: weights in the prompt, chunks of 75 tokens, CLIP."""
