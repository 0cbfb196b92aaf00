"""An image under review: no file for its owner, and a grey thumbnail."""

import io

import pytest
from django.urls import reverse
from PIL import Image as Pillow

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("door", ["image_file", "api:get_image_file"])
def test_its_owner_gets_no_file_and_a_grey_thumbnail(client, alice, charlie, held, door):
    client.force_login(alice)
    answer = client.get(reverse(door, args=[held.pk]))
    assert answer.status_code == 403
    assert b"under review" in answer.content
    small = client.get(reverse(door.replace("file", "thumbnail"), args=[held.pk]))
    assert small["Cache-Control"] == "no-store"
    with Pillow.open(io.BytesIO(small.content)) as grey:
        assert grey.size == (80, 40)
        assert all(120 < value < 136 for value in grey.convert("RGB").getpixel((40, 20)))
    client.force_login(charlie)
    assert client.get(reverse(door, args=[held.pk])).status_code == 404
    # whoever kept a copy's ETag from before learns nothing by it either
    client.force_login(alice)
    tag = f'"{held.sha256[:32]}"'
    assert client.get(reverse(door, args=[held.pk]), headers={"If-None-Match": tag}).status_code == 403
