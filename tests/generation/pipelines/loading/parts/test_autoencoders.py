"""An autoencoder from one file, under either names, decodes as the folder's."""

import torch
from safetensors.torch import save_file

from generation.pipelines.loading.parts.autoencoders import load_vae
from tests.support.tiny import checkpoints, ldm


def test_files_under_either_names_decode_as_the_folder(tmp_path):
    own = checkpoints.example_of("flux").vae
    own.save_pretrained(tmp_path / "folder")
    save_file({name: one.contiguous().clone() for name, one in own.state_dict().items()}, tmp_path / "a.safetensors")
    levels = len(own.config.block_out_channels)
    original = {}
    for name, one in own.state_dict().items():
        new = ldm._vae(name, levels)
        flat = ".mid.attn_1." in new and new.endswith("weight") and "norm" not in new
        original[new] = (one[:, :, None, None] if flat else one).contiguous().clone()
    save_file(original, tmp_path / "b.safetensors")
    latents = torch.randn(1, 16, 4, 4, generator=torch.Generator().manual_seed(1))
    decoded = []
    for path in (tmp_path / "folder", tmp_path / "a.safetensors", tmp_path / "b.safetensors"):
        vae = load_vae(path, "flux", torch.float32)
        assert (vae.config.scaling_factor, vae.config.shift_factor) == (0.3611, 0.1159)
        with torch.no_grad():
            decoded.append(vae.decode(latents).sample)
    assert all(torch.allclose(decoded[0], one, atol=1e-5) for one in decoded[1:])
