"""Restoring of training states from the shipped weights, in a work folder without states.

    python -m generation.starter.training.restore

States with their optimizers are too large for the repository. With restored ones a training continues from the shipped
weights, with new optimizers, or one part is trained again while the others stay as they are. Existing states are kept.
The tokenizer comes with the text encoder; the layout head does not ship and starts from random weights.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file
from torch import nn

from generation.pipelines.upscaling.compact import CompactUpscaler
from generation.starter import STARTER_LOCATION, UPSCALER_FILE
from generation.starter.dataset import artwork
from generation.starter.training import common, text_encoder, tokenizer


def load_shipped(folder: Path) -> dict[str, nn.Module]:
    """Return the trained module of every training by its name, in float32, from the checkpoint in `folder`."""
    pipe: Any = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, safety_checker=None)
    upscaler = CompactUpscaler()
    upscaler.load_state_dict(load_file(folder.parent / UPSCALER_FILE))
    return {
        "autoencoder": pipe.vae,
        "text_encoder": nn.ModuleList([pipe.text_encoder, text_encoder.Layout()]),
        "denoiser": pipe.unet,
        "upscaler": upscaler,
    }


def main() -> None:
    """Restore from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=STARTER_LOCATION)
    parser.add_argument("--work", type=Path, default=artwork.WORK)
    options = parser.parse_args()
    for name, module in load_shipped(options.folder).items():
        path = common.state_path(options.work, name)
        if path.exists():
            print(f"{path} is there already and stays")
            continue
        weights = module.state_dict()
        common.write_state(path, {"model": weights, "average": weights})
        if name == "text_encoder":  # its embeddings belong to the token numbers of this tokenizer
            shutil.copytree(options.folder / "tokenizer", tokenizer.folder(options.work), dirs_exist_ok=True)
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
