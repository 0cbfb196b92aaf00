"""Pipelines put together from a denoiser in one file and shared text encoders and autoencoders."""
