"""What the headers of a checkpoint say: family, size, prediction, precision."""

import json
import shutil
import subprocess
import sys

import diffusers
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
from generation.pipelines.loading import single_file
from generation.weights.checkpoint_inspection import checksum, inspect
from generation.weights.safetensors_header import Header
from generation.weights.single_file_tensors import KINDS
from generation.weights.sources import CheckpointSource
from tests.support.tiny.ldm import to_single_file_name


def folder(path):
    return CheckpointSource("it", "folder", str(path))


def file(path):
    return CheckpointSource("it", "file", str(path))


def refused(source):
    with pytest.raises(GenerationError) as caught:
        inspect(source)
    return caught.value


@pytest.fixture
def copy(checkpoints, tmp_path):
    """A tiny checkpoint to break."""
    return shutil.copytree(checkpoints["sd"].location, tmp_path / "copy")


def test_it_tells_the_starter(starter):
    found = inspect(starter)
    assert (found.family, found.prediction_type, found.dtype) == ("sd", "v_prediction", "F16")
    assert (found.width, found.height) == (128, 128)
    assert 36_000_000 < found.size_bytes < 40_000_000


@pytest.mark.parametrize(
    ("name", "family", "side"),
    [
        ("sd", "sd", 512),
        ("sdxl", "sdxl", 1024),
        ("sd3", "sd3", 256),
        ("flux", "flux", 1024),
        ("z_image", "z_image", 1024),
        ("sd-file", "sd", 512),
    ],
)
def test_it_tells_every_family(checkpoints, name, family, side):
    found = inspect(checkpoints[name])
    assert (found.family, found.width, found.dtype) == (family, side, "F32")


def test_it_needs_no_torch(starter):
    """The admin asks while somebody fills in a form."""
    script = (
        "import sys; from generation.weights.checkpoint_inspection import inspect;"
        "from generation.pipelines.protocol import CheckpointSource;"
        f"inspect(CheckpointSource('s', 'folder', {starter.location!r}));"
        "sys.exit(any(name in sys.modules for name in ('torch', 'diffusers', 'django')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("name", ["model.ckpt", "model.bin", "model.pt", "model.pth"])
def test_a_pickle_is_refused_by_its_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"whatever")
    error = refused(file(tmp_path / name))
    assert error.code == "checkpoint_invalid"
    assert "pickle" in error.message


def test_a_folder_with_pickled_weights_alone_is_refused(copy):
    for weights in (copy / "unet").glob("*.safetensors"):
        weights.rename(weights.with_suffix(".bin"))
    error = refused(folder(copy))
    assert error.code == "checkpoint_invalid"
    assert "pickle" in error.message


def test_a_cut_off_file_inside_a_folder_is_refused(copy):
    [weights] = (copy / "vae").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-10])
    assert refused(folder(copy)).code == "checkpoint_invalid"


@pytest.mark.parametrize("lost", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json"])
def test_a_folder_that_lacks_a_config_is_missing_something(copy, lost):
    (copy / lost).unlink()
    error = refused(folder(copy))
    assert error.code == "checkpoint_missing"
    assert lost.rpartition("/")[2] in error.message
    assert str(copy) not in error.message


def test_a_missing_shard_is_named(starter, tmp_path):
    copy = shutil.copytree(starter.location, tmp_path / "copy")
    (copy / "unet" / "diffusion_pytorch_model-00002-of-00003.safetensors").unlink()
    error = refused(folder(copy))
    assert error.code == "checkpoint_missing"
    assert "00002-of-00003" in error.message


def test_a_config_that_is_no_json_is_refused(copy):
    (copy / "model_index.json").write_text("[")
    assert refused(folder(copy)).code == "checkpoint_invalid"


def test_what_is_not_there_is_missing(tmp_path):
    for source in (file(tmp_path / "no.safetensors"), folder(tmp_path / "no")):
        error = refused(source)
        assert error.code == "checkpoint_missing"
        assert str(tmp_path) not in error.message


def test_a_pipeline_that_the_studio_does_not_draw_with_is_named(copy):
    index = json.loads((copy / "model_index.json").read_text())
    (copy / "model_index.json").write_text(json.dumps(index | {"_class_name": "AudioLDMPipeline"}))
    error = refused(folder(copy))
    assert error.code == "checkpoint_invalid"
    assert "AudioLDMPipeline" in error.message


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("config", "values", "says"),
    [
        ("unet/config.json", {"in_channels": 9}, "names StableDiffusionPipeline"),
        ("unet/config.json", {"in_channels": 8}, "editing"),
        ("unet/config.json", {"quantization_config": {"quant_method": "bitsandbytes"}}, "quantized .bitsandbytes"),
        ("text_encoder/config.json", {"quantization_config": {"quant_method": "torchao"}}, "quantized .torchao"),
        ("model_index.json", {"text_encoder": [None, None]}, "lacks its text encoder"),
        ("model_index.json", {"vae": [None, None]}, "lacks its vae"),
        ("model_index.json", {"tokenizer": [None, None]}, "lacks its tokenizer"),
        ("scheduler/scheduler_config.json", {"_class_name": "EDMEulerScheduler"}, "EDMEulerScheduler"),
        ("scheduler/scheduler_config.json", {"_class_name": "FlowMatchEulerDiscreteScheduler"}, "FlowMatch"),
        ("scheduler/scheduler_config.json", {"prediction_type": "flow_prediction"}, "flow_prediction"),
    ],
)
def test_a_folder_that_would_not_load_or_generate_rubbish_is_refused(copy, config, values, says):
    change(copy / config, **values)
    error = refused(folder(copy))
    assert error.code == "checkpoint_invalid"
    assert says.split(" .")[0] in error.message


def test_scaled_weights_in_a_folder_are_refused(copy):
    [path] = (copy / "unet").glob("*.safetensors")
    save_file(load_file(path) | {"conv_in.scale_weight": torch.tensor(2.0)}, path)
    assert "scaled" in refused(folder(copy)).message


def test_only_half_precision_weights_are_found_by_their_variant(copy):
    for part in ("unet", "vae", "text_encoder"):
        for weights in (copy / part).glob("*.safetensors"):
            weights.rename(weights.with_name(f"{weights.stem}.fp16.safetensors"))
    assert inspect(folder(copy)).variant == "fp16"


def test_a_checksum_is_that_of_the_weights(checkpoints, copy):
    assert len(checksum(checkpoints["sd-file"])) == 64
    before = checksum(folder(copy))
    assert before == checksum(checkpoints["sd"])
    (copy / "README.md").write_text("words change nothing")
    assert checksum(folder(copy)) == before
    [weights] = (copy / "vae").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes() + b"\0")
    assert checksum(folder(copy)) != before


PUBLISHED = {
    "sd1": {
        "sample_size": 64,
        "block_out_channels": [320, 640, 1280, 1280],
        "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
        "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
        "cross_attention_dim": 768,
        "attention_head_dim": [8, 8, 8, 8],
        "transformer_layers_per_block": [1, 1, 1, 1],
        "use_linear_projection": False,
    },
    "sdxl": {
        "sample_size": 128,
        "block_out_channels": [320, 640, 1280],
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        "cross_attention_dim": 2048,
        "attention_head_dim": [5, 10, 20],
        "transformer_layers_per_block": [1, 2, 10],
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    },
}


@pytest.mark.parametrize(("kind", "family"), [("sd1", "sd"), ("sdxl", "sdxl")])
def test_the_published_denoisers_are_read_off_their_shapes(kind, family):
    """Full size, without data: what diffusers publishes as their configs must come back."""
    with torch.device("meta"):
        unet = diffusers.UNet2DConditionModel(**PUBLISHED[kind], layers_per_block=2)
    ups = unet.config.up_block_types
    shapes = {
        f"model.diffusion_model.{to_single_file_name(name, ups)}": tuple(tensor.shape)
        for name, tensor in unet.state_dict().items()
    }
    found = single_file._unet_config(Header(shapes, {}, {}), KINDS[kind], family)
    for name, value in PUBLISHED[kind].items():
        assert found[name] == value, name


def test_a_text_encoder_without_a_denoiser_is_refused(tmp_path):
    save_file({"cond_stage_model.model.ln_final.weight": torch.zeros(4)}, tmp_path / "half.safetensors")
    error = refused(file(tmp_path / "half.safetensors"))
    assert error.code == "checkpoint_invalid"
    assert "denoiser" in error.message
