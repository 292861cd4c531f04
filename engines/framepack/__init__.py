"""FramePack on diffusers: pictures of one frame, transfers, and films by sections. No Ray in here.

runtime       all that a replica works with: models, LoRAs, what was read and seen, the step batcher
painter       a picture: request -> words, latents, features -> FramePackRun -> pixels
filming       a section of a film, and how it overlaps its neighbours
rows          rows of any number of requests in one call of the transformer
layouts       where frames lie on the time axis of the position embedding
mp4           films as pieces that join without decoding
"""
