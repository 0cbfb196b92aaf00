"""Nodes of latents that change nothing here: tiles are the site's own affair."""

import pytest

from tests.support.clients.comfyui_workflows import image_to_image, node, text_to_image
from tests.support.images import picture, upload_of

pytestmark = pytest.mark.django_db


def test_tiled_nodes_are_the_plain_ones(parameters, alice):
    name = f"{upload_of(alice, picture(size=(128, 128))).pk}.png"
    plain = parameters(image_to_image(name)) | {"variation_seed": 0}
    graph = image_to_image(name)
    graph["12"] = node("VAEEncodeTiled", pixels=["10", 0], vae=["4", 2], tile_size=512, overlap=64)
    graph["8"] = node("VAEDecodeTiled", samples=["3", 0], vae=["4", 2], tile_size=512)
    assert parameters(graph) | {"variation_seed": 0} == plain


def test_a_tile_size_is_a_number(refusal):
    graph = text_to_image()
    graph["8"] = node("VAEDecodeTiled", samples=["3", 0], vae=["4", 2], tile_size="large")
    assert refusal(graph)[:2] == (["8"], "tile_size")
