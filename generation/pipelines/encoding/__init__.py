"""From prompts with syntax to what a denoiser is conditioned on."""

from generation.pipelines.encoding.doors import encoded

__all__ = ["encoded"]
