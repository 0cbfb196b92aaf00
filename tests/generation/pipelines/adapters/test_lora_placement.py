"""The layers of a pipeline are found under all names that trainers give them."""

import pytest
import torch
from diffusers import UNet2DConditionModel

from generation.pipelines.adapters.lora_placement import LayerTable, original_name
from tests.support.tiny.checkpoints import example_of
from tests.support.tiny.ldm import to_single_file_name


@pytest.fixture(scope="module")
def tables():
    return {"sd": LayerTable(example_of("sd")), "sdxl": LayerTable(example_of("sdxl"))}


@pytest.mark.parametrize(
    ("layer", "part", "name"),
    [
        ("lora_unet_down_blocks_0_resnets_0_conv1", "unet", "down_blocks.0.resnets.0.conv1"),
        ("lora_unet_input_blocks_1_0_in_layers_2", "unet", "down_blocks.0.resnets.0.conv1"),
        ("base_model.model.down_blocks.0.resnets.0.conv1", "unet", "down_blocks.0.resnets.0.conv1"),
        ("diffusion_model.input_blocks.1.0.in_layers.2", "unet", "down_blocks.0.resnets.0.conv1"),
        ("lycoris_conv_in", "unet", "conv_in"),
        ("lora_te1_text_model_encoder_layers_0_mlp_fc1", "text_encoder", "encoder.layers.0.mlp.fc1"),
        ("text_encoder_2.encoder.layers.1.mlp.fc2", "text_encoder_2", "encoder.layers.1.mlp.fc2"),
        ("text_model.encoder.layers.0.mlp.fc1", "text_encoder", "encoder.layers.0.mlp.fc1"),
    ],
)
def test_every_name_leads_to_the_layer(tables, layer, part, name):
    place = tables["sdxl"].find(layer)
    assert (place.part, place.name.removeprefix("text_model.")) == (part, name)


@pytest.mark.parametrize("layer", ["lora_unet_nowhere", "lora_te2_text_model_encoder_layers_0_mlp_fc1", "", "unet."])
def test_other_names_lead_nowhere(tables, layer):
    assert tables["sd"].find(layer) is None


@pytest.mark.parametrize("depths", [(1, 1), (2, 1)])
def test_original_names_are_those_of_the_makers(depths):
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            block_out_channels=(32, 64),
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            transformer_layers_per_block=depths,
            cross_attention_dim=32,
            attention_head_dim=8,
        )
    ups = unet.config.up_block_types
    for name in {one.rpartition(".")[0] for one in unet.state_dict()}:
        assert original_name(name, 2, ups) == to_single_file_name(f"{name}.weight", ups).removesuffix(".weight"), name
