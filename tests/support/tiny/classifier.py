"""A tiny image classifier with made weights: it calls what is red the second of its labels, and all else the first."""

import torch
from transformers import ViTConfig, ViTForImageClassification

_SIDE = 8


def save_classifier(folder, labels=("normal", "nsfw")):
    """Write a classifier in transformers' format into `folder` and return the folder.

    Its one patch is the whole picture, its embedding is how red the picture is; attention adds nothing.
    """
    config = ViTConfig(
        hidden_size=4,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=4,
        image_size=_SIDE,
        patch_size=_SIDE,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )
    model = ViTForImageClassification(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.vit.layernorm.weight.fill_(1)
        # The first of the four numbers is redness less what the other channels have, the second its opposite.
        projection = model.vit.embeddings.patch_embeddings.projection
        for row, sign in ((0, 1.0), (1, -1.0)):
            for channel, weight in enumerate((1.0, -1.0, -1.0)):
                projection.weight[row, channel] = sign * weight / _SIDE**2
        projection.bias[:2] = torch.tensor([-0.5, 0.5])
        _attend(model)
        model.classifier.weight[1, 0] = 4
        model.classifier.weight[0, 1] = 4
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        '{"image_processor_type": "ViTImageProcessor", "do_resize": true, "size": {"height": 8, "width": 8}, '
        '"do_rescale": true, "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}'
    )
    return folder


def _attend(model):
    """Let the token that is classified take over what attention sees: the mean of itself (0) and of the patch."""
    [layer] = model.vit.layers
    layer.layernorm_before.weight.fill_(1)
    for part in (layer.attention.v_proj, layer.attention.o_proj):
        part.weight.copy_(torch.eye(4))
