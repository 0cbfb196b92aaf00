"""Changes of layers by hooks: the output is that of the changed layer, and the hook leaves no trace."""

import pytest
import torch
from torch import nn

from generation.pipelines.adapters.lora_changes import attach, merge_middle, weight_change


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (nn.Linear(6, 4), torch.randn(2, 3, 6)),
        (nn.Conv2d(6, 4, 3, stride=2, padding=1), torch.randn(2, 6, 8, 8)),
        (nn.LayerNorm(6), torch.randn(2, 3, 6)),
        (nn.GroupNorm(2, 6), torch.randn(2, 6, 4, 4)),
    ],
)
def test_a_layer_with_a_hook_is_a_layer_with_other_weights(module, inputs):
    change = {"weight": torch.randn(module.weight.shape), "bias": torch.randn(module.bias.shape)}
    before = module(inputs)
    handle = attach(module, change, 0.5)
    generated = module(inputs)
    handle.remove()
    assert torch.equal(module(inputs), before)
    with torch.no_grad():
        module.weight += 0.5 * change["weight"]
        module.bias += 0.5 * change["bias"]
    torch.testing.assert_close(generated, module(inputs), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("role", ["weight", "bias"])
def test_norms_may_change_in_one_half_alone(role):
    module, inputs = nn.LayerNorm(6), torch.randn(2, 6)
    handle = attach(module, {role: torch.ones(6)}, 1.0)
    generated = module(inputs)
    handle.remove()
    with torch.no_grad():
        getattr(module, role).add_(1)
    torch.testing.assert_close(generated, module(inputs))


def test_a_bias_of_the_second_matrix_is_scaled_with_it():
    module, inputs = nn.Linear(6, 4), torch.randn(2, 6)
    roles = {"down": torch.zeros(2, 6), "up": torch.zeros(4, 2), "up_bias": torch.ones(4), "alpha": torch.tensor(1.0)}
    before = module(inputs)
    attach(module, roles, 0.5)
    torch.testing.assert_close(module(inputs), before + 0.5 * 1 / 2)


def test_a_middle_matrix_is_merged_into_the_first():
    down, middle, inputs = torch.randn(3, 5, 1, 1), torch.randn(3, 3, 3, 3), torch.randn(1, 5, 6, 6)
    expected = torch.conv2d(torch.conv2d(inputs, down), middle, padding=1)
    torch.testing.assert_close(torch.conv2d(inputs, merge_middle(down, middle), padding=1), expected)


@pytest.mark.parametrize("shape", [(4, 7), (6, 4), (8, 3)])
def test_changes_of_another_shape_are_an_error(shape):
    with pytest.raises(RuntimeError):
        weight_change({"down": torch.zeros(2, 6), "up": torch.zeros(4, 2)}, torch.Size(shape))
