"""Export of the trained parts as the checkpoint that ships with the site.

    python -m generation.starter.training.export [FOLDER]

The averaged weights in float16 safetensors, no file over 12 MB, as a diffusers `StableDiffusionPipeline`. If a decoder
was trained alone, it replaces the first one. The vocabulary, and the upscaler if it was trained, go beside the folder.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file
from torch import nn

from generation.pipelines.upscaling.compact import CompactUpscaler
from generation.starter import STARTER_LOCATION, UPSCALER_FILE
from generation.starter.dataset import artwork, captions
from generation.starter.training import common, text_encoder, tokenizer
from generation.starter.training.autoencoder import build
from generation.starter.training.denoiser import build_denoiser, noise_schedule
from generation.starter.vocabulary import VOCABULARY_FILE

LARGEST_FILE = "12MB"
SHOWN_FIRST = ("animals and nature", "food and drink", "places and weather", "play", "things")  # categories


def assemble(work: Path) -> StableDiffusionPipeline:
    """Return the pipeline of the parts that were trained in `work`, in float32."""
    words = tokenizer.load(work)
    text = nn.ModuleList([text_encoder.build(len(words)), text_encoder.Layout()])
    autoencoder = common.load_averaged(
        work, "decoder" if common.state_path(work, "decoder").exists() else "autoencoder", build()
    )
    pipe: StableDiffusionPipeline = StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=common.load_averaged(work, "text_encoder", text)[0],
        tokenizer=words,
        unet=common.load_averaged(work, "denoiser", build_denoiser()),
        scheduler=noise_schedule(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return pipe


def export(pipe: Any, folder: Path) -> None:
    """Write `pipe` to `folder`, replacing the weights there."""
    for old in folder.rglob("*.safetensors*"):
        old.unlink()
    pipe.to(dtype=torch.float16)
    pipe.save_pretrained(folder, safe_serialization=True, max_shard_size=LARGEST_FILE)
    config = folder / "text_encoder" / "config.json"
    # transformers would load the text encoder in half and the rest in full precision, and the first call would fail.
    config.write_text(json.dumps(json.loads(config.read_text()) | {"dtype": "float32"}, indent=2) + "\n")


def export_upscaler(work: Path, file: Path) -> None:
    """Write the upscaler that was trained in `work` to `file`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    weights = common.load_averaged(work, "upscaler", CompactUpscaler()).state_dict()
    save_file({name: weight.half().contiguous() for name, weight in weights.items()}, file)


def export_vocabulary(work: Path, file: Path) -> None:
    """Write the vocabulary to `file`: the names of all learned things, by category, the shortest first."""
    named: dict[str, list[str]] = {category: [] for category in SHOWN_FIRST}
    for thing in sorted(artwork.load_things(work), key=lambda thing: len(thing.name.split())):
        named.setdefault(thing.category, []).append(thing.name)
    named["colours"] = list(captions.TINTS)
    named["backgrounds"] = [f"on {captions.article(colour)} background" for colour in captions.BACKGROUND_COLOURS]
    named["scenes"] = list(captions.SCENES)
    styles = (f"in {words[0]}" for words in captions.STYLE_WORDS.values())
    named["styles"] = [*styles, *captions.EFFECT_ENDINGS.values()]
    file.write_text(json.dumps({category: words for category, words in named.items() if words}, indent=1) + "\n")


def main() -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=STARTER_LOCATION)
    parser.add_argument("--work", type=Path, default=artwork.WORK)
    options = parser.parse_args()
    export(assemble(options.work), options.folder)
    export_vocabulary(options.work, options.folder.parent / VOCABULARY_FILE.name)
    if common.state_path(options.work, "upscaler").exists():
        export_upscaler(options.work, options.folder.parent / UPSCALER_FILE)
    files = [file for file in options.folder.rglob("*") if file.is_file()]
    print(f"{options.folder}: {sum(file.stat().st_size for file in files) / 1e6:.1f} MB in {len(files)} files")


if __name__ == "__main__":
    main()
