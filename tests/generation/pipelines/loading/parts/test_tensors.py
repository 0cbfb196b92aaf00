"""Tensors of one part: shards together, scales undone."""

import torch
from safetensors.torch import save_file

from generation.pipelines.loading.parts.tensors import read_tensors


def test_shards_are_joined_and_numbers_cast(tmp_path):
    save_file({"a.weight": torch.ones(2)}, tmp_path / "1.safetensors")
    save_file(
        {"b.weight": torch.ones(2, dtype=torch.float16), "ids": torch.ones(1, dtype=torch.int64)},
        tmp_path / "2.safetensors",
    )
    found = read_tensors(tmp_path, torch.bfloat16)
    assert {name: one.dtype for name, one in found.items()} == {
        "a.weight": torch.bfloat16,
        "b.weight": torch.bfloat16,
        "ids": torch.int64,
    }


def test_scales_of_rows_and_of_all_are_undone_and_left_out(tmp_path):
    stored = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).to(torch.float8_e4m3fn)
    tensors = {
        "a.weight": stored,
        "a.weight_scale": torch.tensor([2.0, 3.0]),
        "b.weight": stored.clone(),
        "b.scale_weight": torch.tensor(0.5),
        "b.scale_input": torch.tensor(1.0),
        "scaled_fp8": torch.zeros(0, dtype=torch.float8_e4m3fn),
    }
    save_file(tensors, tmp_path / "x.safetensors")
    found = read_tensors(tmp_path / "x.safetensors", torch.float32)
    assert found["a.weight"].tolist() == [[2.0, 4.0], [9.0, 12.0]]
    assert found["b.weight"].tolist() == [[0.5, 1.0], [1.5, 2.0]]
    assert set(found) == {"a.weight", "b.weight"}
