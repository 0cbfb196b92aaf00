"""Upscaling by AUTOMATIC1111's extras endpoints."""

import pytest

from generation.models import Job
from tests.sdsite.api.compat.sdapi.conftest import base64_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_wait")]


def test_upscaling(owner):
    sent = {"image": base64_of(size=(64, 32)), "upscaler_1": "Lanczos", "upscaling_resize": 3}
    owner.post_json("extra-single-image", sent, status=409)  # there is no worker
    found = Job.objects.latest("created_at").parameters
    assert (found["task"], found["upscale_by"], found["upscaler"]) == ("upscale", 3.0, "lanczos")
    to_size = sent | {"resize_mode": 1, "upscaling_resize_w": 128, "upscaling_resize_h": 64}
    owner.post_json("extra-single-image", to_size, status=409)
    assert Job.objects.latest("created_at").parameters["upscale_by"] == 2.0
    answer = owner.post_json("extra-single-image", to_size | {"upscaling_resize_h": 128}, status=422)
    assert answer["detail"].startswith("upscaling_crop must be false")
    too_small = owner.post_json("extra-single-image", sent | {"upscaling_resize": 0.5}, status=422)
    assert too_small["detail"] == "upscaling_resize must be 1 to 8; got 0.5"


def test_of_several_images_all_are_upscaled_or_none(owner):
    good, bad = {"data": base64_of(), "name": "a"}, {"data": "bm8=", "name": "b"}
    owner.post_json("extra-batch-images", {"imageList": [good, bad], "upscaler_1": "Nearest"}, status=422)
    assert list(Job.objects.values_list("status", flat=True)) == ["cancelled"]
    assert owner.post_json("extra-batch-images", {"imageList": []}, status=422)


def test_without_an_upscaler_images_are_returned_unchanged(owner):
    answer = owner.post_json("extra-single-image", {"image": base64_of("blue")})
    assert answer["image"]
    assert not Job.objects.exists()
