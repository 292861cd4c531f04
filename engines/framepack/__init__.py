"""FramePack, begun: what pictures of one frame and films are made with, before the model itself.

layouts   where frames lie on the time axis of the position embedding
schedule  noise levels
"""
