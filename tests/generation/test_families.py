"""The table of families: look-ups, one that is added by its record alone, and that no code asks for one by name."""

import ast
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch
from diffusers import AuraFlowTransformer2DModel, FlowMatchEulerDiscreteScheduler
from transformers import T5Config, UMT5EncoderModel

from generation import families
from generation.errors import GenerationError
from generation.families.record import Family, Latents, Prompts, Tokenizer
from generation.parameters.catalog import samplers_for
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import choose_device
from generation.weights.checkpoint_inspection import inspect
from generation.weights.sources import CheckpointSource
from tests.generation.pipelines.conftest import Recorder
from tests.support import kinds_of_jobs
from tests.support.site import ROOT
from tests.support.tiny import checkpoints

# A family that the site does not offer.
AURA = Family(
    "aura",
    "AuraFlow",
    {"text_to_image": "AuraFlowPipeline"},
    denoiser="AuraFlowTransformer2DModel",
    latents=Latents(4),
    prompts=Prompts("plain", (Tokenizer("tokenizer", 255),)),
    parts=("transformer", "vae", "text_encoder", "tokenizer"),
    size_multiple=16,
    width=64,
    height=64,
    steps=3,
    guidance_scale=3.5,
    sampler="euler",
    own_levels=False,
)
# Files are told by what stands in them, also those of families that the site does not offer; kinds have such names too.
BY_CONTENT = {"generation/weights/single_file_tensors.py", "generation/weights/lora_names.py"}


def aura_pipeline():
    torch.manual_seed(0)
    transformer = AuraFlowTransformer2DModel(
        sample_size=32,
        num_mmdit_layers=1,
        num_single_dit_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=32,
        caption_projection_dim=32,
        pos_embed_max_size=64,
    ).eval()
    encoder = UMT5EncoderModel(T5Config(vocab_size=200, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)).eval()
    return diffusers.AuraFlowPipeline(
        tokenizer=checkpoints.trained_tokenizer(),
        text_encoder=encoder,
        vae=checkpoints.autoencoder(scaling=0.13025),
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.73),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("aura")
    aura_pipeline().save_pretrained(folder)
    return folder


@pytest.fixture
def aura(folder, monkeypatch):
    monkeypatch.setitem(families._RECORDS, "aura", AURA)
    return CheckpointSource("aura", "folder", str(folder))


def test_a_family_is_added_by_its_record_alone(aura, monkeypatch):
    assert inspect(aura).family == "aura"
    assert samplers_for("aura") == ("euler", "heun", "dpmpp_2m", "unipc")
    hooks, cache = Recorder(), PipelineCache(choose_device("cpu"), 2**30)
    [image] = kinds_of_jobs.run(aura, {"prompt": "a red heart", "preview": {"every": 1}}, hooks, cache=cache, steps=3)
    assert {step for _, step in hooks.previews} == {1, 2, 3}
    pipe = cache.get(aura).pipe
    generator = torch.Generator().manual_seed(1)
    bare = pipe("a red heart", width=64, height=64, num_inference_steps=3, guidance_scale=4.0, generator=generator)
    assert (np.asarray(image) == np.asarray(bare.images[0])).all()


def test_a_family_without_an_encoder_of_ours_reads_plain_text(aura):
    with pytest.raises(GenerationError, match="This checkpoint reads plain text"):
        kinds_of_jobs.run(aura, {"prompt": "a (red:1.4) heart"}, Recorder(), cache=None)


def test_a_class_tells_its_family():
    assert families.family_of_class("FluxInpaintPipeline") == "flux"
    assert families.family_of_class("StableDiffusionXLControlNetPipeline") == "sdxl"
    assert families.family_of_class("AuraFlowPipeline") == ""
    assert families.checkpoint_classes()["StableDiffusionInpaintPipeline"] == "sd"
    assert "FluxImg2ImgPipeline" not in families.checkpoint_classes()


def test_features_are_those_of_the_records():
    assert families.families_with("refiner") == ("sdxl",)
    assert families.families_with("true_cfg_scale") == ("flux",)
    assert families.families_with("nothing") == ()


def keys_in(node):
    """Return the keys of families among the text constants that a comparison, or the keys of a table, hold."""
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Dict):
        parts = [key for key in node.keys if key is not None]
    else:
        return set()
    found = {one.value for part in parts for one in ast.walk(part) if isinstance(one, ast.Constant)}
    return found & set(families.FAMILIES)


def test_no_code_asks_for_a_family_by_name():
    asking = {}
    for package in ("generation", "gallery", "sdsite"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name in BY_CONTENT or {"migrations", "families", "devtools", "recognition"} & set(Path(name).parts):
                continue
            text = path.read_text()
            if not any(f'"{key}"' in text for key in families.FAMILIES):
                continue  # parsing takes most of the time
            lines = [node.lineno for node in ast.walk(ast.parse(text)) if keys_in(node)]
            if lines:
                asking[name] = lines
    assert asking == {}, "what a family is or does stands in its record, generation/families/records/"
