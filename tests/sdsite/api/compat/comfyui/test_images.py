"""Images inside a graph become uploads, and masks are read from channels."""

import base64

import pytest

from tests.sdsite.api.compat.comfyui.conftest import told
from tests.support.clients.comfyui_workflows import avatar, image_to_image, node
from tests.support.images import encoded, picture, upload_of

pytestmark = pytest.mark.django_db


def test_an_image_inside_the_graph_is_stored_as_an_upload(parameters, alice):
    from gallery.models import Upload
    from generation.models import Workflow

    found = parameters(avatar(base64.b64encode(encoded(picture(size=(200, 100)))).decode()))
    upload = Upload.objects.get(owner=alice)
    assert found["init_image"] == f"upload:{upload.pk}"
    assert told(found, "width", "height", "resize_mode") == {"width": 128, "height": 128, "resize_mode": "crop"}
    kept = Workflow.objects.get().graph
    assert kept["10"]["inputs"]["image"] == f"{upload.pk}.png"
    assert parameters(kept)["init_image"] == f"upload:{upload.pk}", "what the history shows can be sent again"


@pytest.mark.parametrize("through", ["VAEEncodeForInpaint", "SetLatentNoiseMask"])
def test_masks_from_channels(parameters, alice, through):
    from gallery.imaging.open_image import open_image
    from gallery.models import Upload

    clear = picture("white", (128, 128), "RGBA")
    clear.paste((255, 0, 0, 0), (0, 0, 64, 128))
    upload = upload_of(alice, clear)
    graph = image_to_image(f"{upload.pk}.png", denoise=1, latent_image=["masked", 0])
    if through == "SetLatentNoiseMask":
        graph["masked"] = node(through, samples=["12", 0], mask=["10", 1])
    else:
        graph["masked"] = node(through, pixels=["10", 0], vae=["4", 2], mask=["10", 1], grow_mask_by=6)
    found = parameters(graph)
    assert found["task"] == "inpaint"
    assert found["mask_fill"] == ("original" if through == "SetLatentNoiseMask" else "nothing")
    mask = Upload.objects.get(pk=found["mask_image"].removeprefix("upload:"))
    from django.core.files.storage import default_storage

    with default_storage.open(mask.file) as file:
        grey = open_image(file.read()).convert("L")
    assert (grey.getpixel((10, 10)), grey.getpixel((100, 10))) == (255, 0), "the transparent part is inpainted"

    graph["mask"] = node("LoadImageMask", image=f"{upload.pk}.png", channel="red")
    graph["masked"]["inputs"]["mask"] = ["mask", 0]
    assert parameters(graph)["mask_image"] != found["mask_image"]
