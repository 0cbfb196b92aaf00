"""Receipts: what an image depends on beside its parameters."""

import json

import pytest
import torch

from generation.pipelines.decode import Decoding
from generation.pipelines.protocol import Timings
from generation.pipelines.receipts import config_as_json, describe, describe_numerics
from generation.pipelines.schedulers import make_scheduler
from generation.weights.sources import WeightsSource


def test_a_receipt_names_scheduler_device_precision_and_weights(cache, checkpoints, tmp_path):
    loaded = cache.get(checkpoints["sd"])
    scheduler = make_scheduler(loaded.pipe, "dpmpp_2m", "karras")
    timings = Timings({"load": 0.5, "denoise": 1.23456789})
    assets = {("lora", "ink"): WeightsSource("lora", "ink", tmp_path / "secret-folder" / "ink.safetensors", "a" * 64)}
    receipt = describe(loaded, scheduler, assets=assets, timings=timings)
    assert receipt["scheduler"]["class"] == "DPMSolverMultistepScheduler"
    assert receipt["scheduler"]["config"]["use_karras_sigmas"] is True
    assert receipt["scheduler"]["config"]["beta_schedule"] == "scaled_linear"
    assert (receipt["dtype"], receipt["device"], receipt["pipeline"]) == ("float32", "cpu", "StableDiffusionPipeline")
    assert receipt["device_name"]
    assert "AttnProcessor" in receipt["attention"]
    assert receipt["weights"] == {"ink": "a" * 64}
    assert receipt["parts"] == {"load": 0.5, "denoise": 1.2346}
    text = json.dumps(receipt, allow_nan=False)
    assert receipt["scheduler"]["config"]["lambda_min_clipped"] == "-inf", "a number that JSON does not have"
    assert "secret-folder" not in text
    assert str(loaded.source.path) not in text


def test_a_receipt_tells_how_the_checkpoint_was_kept_and_the_image_decoded(cache, checkpoints):
    loaded = cache.get(checkpoints["sd"])
    scheduler, passes = make_scheduler(loaded.pipe, "euler", "normal"), [Decoding("float32", False, 0)]
    receipt = describe(loaded, scheduler, decodings=passes, timings=Timings())
    assert (receipt["precision"], receipt["memory_mode"]) == ("full", "resident")
    assert receipt["decoding"] == {"dtype": "float32", "sliced": False, "tile": 0, "upcast": ""}
    assert "first_decoding" not in receipt
    passes.append(Decoding("float32", True, 512))
    receipt = describe(loaded, scheduler, decodings=passes, timings=Timings())
    assert (receipt["first_decoding"]["tile"], receipt["decoding"]["tile"]) == (0, 512)


def test_a_receipt_tells_what_changes_the_last_bits_on_its_device():
    assert describe_numerics("cpu") == {
        "isa": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "deterministic": False,
    }
    torch.use_deterministic_algorithms(True)
    try:
        assert describe_numerics("cpu")["deterministic"]
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_receipt_names_capability_libraries_and_tf32_of_a_cuda_device():
    numerics = describe_numerics("cuda:0")
    assert set(numerics) == {"capability", "cudnn", "tf32_matmul", "tf32_cudnn", "deterministic", "benchmark"}
    json.dumps(numerics)


def test_every_family_has_a_receipt(cache, checkpoints):
    for family in ("sdxl", "sd3", "flux"):
        loaded = cache.get(checkpoints[family])
        receipt = json.loads(
            json.dumps(describe(loaded, make_scheduler(loaded.pipe, "euler", "normal"), timings=Timings()))
        )
        assert receipt["scheduler"]["config"]
        assert "unknown" not in receipt["attention"]


def test_configs_become_json_and_long_lists_a_digest():
    config = {"_class_name": "X", "betas": [0.1] * 1000, "short": (1, 2), "tensor": torch.zeros(3), "none": None}
    found = config_as_json(config)
    assert found["betas"].startswith("sha256:")
    assert (
        found["betas"]
        == config_as_json({"betas": [0.1] * 1000})["betas"]
        != config_as_json({"betas": [0.2] * 1000})["betas"]
    )
    assert (found["short"], found["none"]) == ([1, 2], None)
    assert "_class_name" not in found
    json.dumps(found)
