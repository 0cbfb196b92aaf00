"""Encoding of prompts with syntax into the conditioning of a denoiser."""

from generation.pipelines.encoding.encode import encode_prompts

__all__ = ["encode_prompts"]
