"""Shared parts of flow families: text encoders and autoencoders in files of their own, and denoisers that need them."""
