"""Stable Diffusion as bare parts: weights, words to vectors, latents, and sampling that nobody below owns the loop of.

    checkpoint -> Denoiser, TextEncoder, Vae
    prompt -> Conditioning          picture -> latent
    sampler (a generator) + conditioning -> Run -> rows -> evaluate -> Run -> ... -> latent -> picture

A ``DiffusionRun`` is one request between two UNet calls. ``solo`` drives one; a batcher drives many that share calls.
"""
