"""Files of upscalers: published layouts are loaded, others are refused."""

import pickle
import sys

import pytest
import torch

from generation.errors import GenerationError
from generation.pipelines.upscaling.load import read
from tests.support.tiny import upscalers

IMAGE = torch.rand(1, 3, 12, 20, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("prefix", ["params_ema.", "params.", "module.", "params_ema.module."])
def test_names_may_have_the_prefixes_of_training_code(tmp_path, prefix):
    plain = read(upscalers.save(tmp_path / "plain.safetensors", upscalers.rrdb_weights()))
    net = read(upscalers.save(tmp_path / "wrapped.safetensors", upscalers.rrdb_weights(prefix=prefix)))
    assert torch.equal(net.model(IMAGE), plain.model(IMAGE))


def test_averaged_weights_go_before_those_of_the_last_step(tmp_path):
    average = upscalers.compact_weights()
    last = {name: weight + 1 for name, weight in average.items()}
    both = {f"params.{name}": weight for name, weight in last.items()}
    both |= {f"params_ema.{name}": weight for name, weight in average.items()}
    net = read(upscalers.save(tmp_path / "both.safetensors", both))
    assert torch.allclose(net.model(IMAGE), upscalers.compact_forward(average, IMAGE), atol=1e-5)


def test_half_precision_files_are_read(tmp_path):
    weights = {name: weight.half() for name, weight in upscalers.compact_weights().items()}
    net = read(upscalers.save(tmp_path / "half.safetensors", weights))
    whole = {name: weight.float() for name, weight in weights.items()}
    assert torch.allclose(net.model(IMAGE), upscalers.compact_forward(whole, IMAGE), atol=1e-5)


def refusal(path):
    with pytest.raises(GenerationError) as refused:
        read(path)
    return refused.value.code, refused.value.message


def test_a_pickle_is_refused_by_its_name(tmp_path):
    path = tmp_path / "RealESRGAN_x4plus.pth"
    path.write_bytes(b"whatever")
    code, message = refusal(path)
    assert code == "adapter_invalid"
    assert "RealESRGAN_x4plus.pth is a pickle, which can run code" in message


@pytest.mark.parametrize("save", [torch.save, lambda what, path: path.write_bytes(pickle.dumps(what, 4))])
def test_a_pickle_is_refused_by_its_content(tmp_path, save):
    path = tmp_path / "net.safetensors"
    save({"conv_first.weight": [1.0]}, path)
    code, message = refusal(path)
    assert code == "adapter_invalid"
    assert "pickle under another name" in message


def test_a_folder_is_read_by_its_file_and_refused_where_that_is_a_pickle(tmp_path):
    (tmp_path / "good").mkdir()
    upscalers.save(tmp_path / "good" / "weights.safetensors", upscalers.compact_weights(factor=2))
    assert read(tmp_path / "good").factor == 2
    (tmp_path / "bad").mkdir()
    torch.save({}, tmp_path / "bad" / "RealESRGAN_x4plus.pth")
    code, message = refusal(tmp_path / "bad")
    assert code == "adapter_invalid"
    assert "only as a pickle (RealESRGAN_x4plus.pth)" in message


def test_a_deleted_file_is_missing(tmp_path):
    code, message = refusal(tmp_path / "gone.safetensors")
    assert code == "adapter_missing"
    assert "gone.safetensors" in message


def test_a_truncated_file_is_refused(tmp_path):
    path = upscalers.save(tmp_path / "net.safetensors", upscalers.compact_weights())
    path.write_bytes(path.read_bytes()[:-10])
    assert refusal(path)[0] == "adapter_invalid"


def test_a_network_with_an_additional_layer_is_not_taken_for_another(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spandrel", None)
    weights = upscalers.rrdb_weights() | {"body.0.rdb1.conv1x1.weight": torch.ones(4, 8, 1, 1)}
    assert refusal(upscalers.save(tmp_path / "plus.safetensors", weights))[0] == "adapter_invalid"
