"""Half precision files of a repository are chosen where every part has them."""

import shutil

import pytest
from django.conf import settings

from generation.weights import hub_download as machine


@pytest.fixture(autouse=True)
def no_leftovers():
    yield
    shutil.rmtree(settings.MODELS_DIR, ignore_errors=True)


def test_halves_are_fetched_where_every_part_has_them():
    files = [
        machine.RemoteFile(path, 10)
        for path in (
            "model_index.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "unet/diffusion_pytorch_model.non_ema.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
            "vae/diffusion_pytorch_model.fp16.safetensors",
            "text_encoder/model-00001-of-00002.safetensors",
            "text_encoder/model-00002-of-00002.safetensors",
            "text_encoder/model.safetensors.index.json",
            "text_encoder/model.fp16-00001-of-00001.safetensors",
            "text_encoder/model.safetensors.index.fp16.json",
            "tokenizer/merges.txt",
            "tokenizer/spiece.model",
            "tokenizer/run.py",
            "flax/weights.msgpack",
        )
    ]
    index = {"_class_name": "StableDiffusionPipeline", **{part: ["a", "B"] for part in ("unet", "vae", "text_encoder")}}
    index |= {"tokenizer": ["a", "B"], "safety_checker": ["a", "B"], "feature_extractor": [None, None]}

    def chosen(own, half):
        return {file.path for file in machine.choose_files(own, index, repository="owner/name", half=half)}

    common = {"model_index.json", "unet/config.json", "tokenizer/merges.txt", "tokenizer/spiece.model"}
    assert chosen(files, True) == common | {
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.fp16.safetensors",
        "text_encoder/model.fp16-00001-of-00001.safetensors",
        "text_encoder/model.safetensors.index.fp16.json",
    }
    whole = common | {
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model-00001-of-00002.safetensors",
        "text_encoder/model-00002-of-00002.safetensors",
        "text_encoder/model.safetensors.index.json",
    }
    assert chosen(files, False) == whole
    assert chosen([file for file in files if "vae/" not in file.path or "fp16" not in file.path], True) == whole
