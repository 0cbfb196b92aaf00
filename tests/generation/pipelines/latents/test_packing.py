"""Tokens of latent pixels."""

import torch

from generation.pipelines.latents.packing import pack, unpack, unpack_latents


def test_what_was_packed_is_unpacked():
    latents = torch.randn(2, 16, 8, 12)
    assert torch.equal(unpack(pack(latents), 12, 8), latents)


def test_latents_of_families_without_tokens_stay():
    latents = torch.randn(2, 4, 8, 12)
    assert unpack_latents("sd", latents, 12, 8) is latents
    assert torch.equal(unpack_latents("flux", pack(latents), 12, 8), latents)
