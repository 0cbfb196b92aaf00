"""Files of images: served to their owner, with a name for a download; 404 to others."""

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from gallery.file_responses import MOST_ANSWER_BYTES, AnswerTooLarge, check_answer_size
from gallery.imaging.strip_metadata import strip_metadata
from tests.support.clients.api_client import knocking_as
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


def read(name):
    with default_storage.open(name) as file:
        return file.read()


def test_one_answer_holds_so_many_bytes_and_no_more(alice):
    images = [make_image(alice, index=index) for index in range(2)]
    images[0].size_bytes = 100
    images[1].size_bytes = MOST_ANSWER_BYTES - 100
    check_answer_size(images)
    images[1].size_bytes += 1
    with pytest.raises(AnswerTooLarge, match="128 MB, and one answer holds at most 128 MB"):
        check_answer_size(images)


@pytest.mark.parametrize("door", ["image_file", "image_thumbnail"])
def test_files_are_served_to_their_owner_and_404_to_others(client, alice, charlie, door):
    image = make_image(alice)
    address = reverse(door, args=[image.pk])
    assert client.get(address).status_code == 302
    client.force_login(charlie)
    assert client.get(address).status_code == 404
    client.force_login(alice)
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == ("image/png" if door == "image_file" else "image/webp")
    assert answer.content == read(image.file if door == "image_file" else image.thumbnail)
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    known = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (known.status_code, known["ETag"], known["Cache-Control"]) == (304, answer["ETag"], answer["Cache-Control"])


def test_file_and_thumbnail_are_told_apart_by_their_tags(client, alice):
    image = make_image(alice)
    client.force_login(alice)
    file, thumbnail = (client.get(reverse(door, args=[image.pk])) for door in ("image_file", "image_thumbnail"))
    assert file["ETag"] != thumbnail["ETag"]
    assert file.content != thumbnail.content


def test_a_file_without_metadata_has_the_same_pixels_and_no_settings(client, alice):
    image = make_image(alice)
    client.force_login(alice)
    for address in (reverse("image_file", args=[image.pk]), f"/api/v1/images/{image.pk}/file"):
        whole, plain = client.get(address), client.get(address, {"metadata": "none", "download": ""})
        assert plain.status_code == 200
        assert plain["ETag"] != whole["ETag"]
        assert plain["Content-Disposition"]
        assert b"a red heart" in whole.content
        assert plain.content == strip_metadata(whole.content)
        assert b"a red heart" not in plain.content
    with default_storage.open(image.file, "wb") as file:
        file.write(b"no image")
    assert client.get(reverse("image_file", args=[image.pk]), {"metadata": "none"}).status_code == 404


def test_thumbnails_come_in_three_sizes_and_no_other(client, alice):
    image = make_image(alice, size=(1200, 600))
    client.force_login(alice)
    assert len({image.file, image.thumbnail, image.thumbnail_small, image.thumbnail_large}) == len(image.files) == 4
    tags = set()
    for address in (reverse("image_thumbnail", args=[image.pk]), f"/api/v1/images/{image.pk}/thumbnail"):
        for side, name in ((256, image.thumbnail_small), (512, image.thumbnail), (1024, image.thumbnail_large)):
            answer = client.get(address, {"size": side})
            assert answer.content == read(name)
            tags.add(answer["ETag"])
        assert client.get(address, {"size": 300}).status_code in (404, 422)
    assert len(tags) == 3
    assert client.get(reverse("image_thumbnail", args=[image.pk]), {"size": "9" * 5000}).status_code == 404


def test_a_small_image_serves_its_only_thumbnail_in_every_size(client, alice):
    image = make_image(alice)
    client.force_login(alice)
    for side in (256, 512, 1024):
        answer = client.get(reverse("image_thumbnail", args=[image.pk]), {"size": side})
        assert answer.content == read(image.thumbnail)


@pytest.mark.parametrize("door", ["image_file", "image_thumbnail"])
def test_a_key_needs_the_scope_read(alice, charlie, door):
    address = reverse(door, args=[make_image(alice).pk])
    answer = knocking_as(alice, "generate", "write").get(address)
    assert (answer.status_code, "read" in answer.content.decode()) == (403, True)
    assert knocking_as(alice, "read").get(address).status_code == 200
    assert knocking_as(charlie, "read").get(address).status_code == 404


def test_staff_who_manage_images_get_all_files(client, alice, bob):
    from django.contrib.auth.models import Permission

    image = make_image(alice)
    client.force_login(bob)
    assert client.get(reverse("image_file", args=[image.pk])).status_code == 404
    bob.user_permissions.add(Permission.objects.get(codename="view_image"))
    assert client.get(reverse("image_file", args=[image.pk])).status_code == 200


def test_a_download_has_a_name(client, alice):
    image = make_image(alice)
    client.force_login(alice)
    answer = client.get(reverse("image_file", args=[image.pk]) + "?download")
    assert image.download_name in answer["Content-Disposition"]


def test_a_missing_file_is_a_404(client, alice):
    image = make_image(alice)
    default_storage.delete(image.file)
    client.force_login(alice)
    assert client.get(reverse("image_file", args=[image.pk])).status_code == 404
