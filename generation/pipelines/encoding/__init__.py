"""From prompts with syntax to what a denoiser is conditioned on."""

from generation.pipelines.encoding.encode import encoded

__all__ = ["encoded"]
