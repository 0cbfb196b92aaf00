"""Wrong requests get AUTOMATIC1111's errors and break nothing."""

import pytest

from generation.models import Job
from tests.sdsite.api.compat.sdapi.conftest import base64_of

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("no_wait")
@pytest.mark.parametrize(
    "sent",
    [
        {"override_settings": {"sd_model_checkpoint": "\x00"}},
        {"override_settings": {"sd_model_checkpoint": "\ud800"}},
        {"override_settings": {"sd_vae": "\x00 %_ [ffffffff]"}},
        {"prompt": "\ud800"},
        {"refiner_checkpoint": "\x00", "refiner_switch_at": 0.5},
        {"enable_hr": True, "hr_upscaler": "\ud800"},
        {"enable_hr": True, "hr_resize_x": 1, "width": 128, "height": 128},
        {"batch_size": -2, "n_iter": -3},
        {"seed": 2**70},
        {"clip_skip": 99},
        {"steps": float("nan")},
        {"init_images": ["image:00000000-0000-0000-0000-000000000000"]},
        {"init_images": [base64_of()], "resize_mode": -1},
        {"init_images": [base64_of()], "mask": "§"},
        {"init_images": [base64_of()], "inpainting_fill": 9, "mask": base64_of()},
        {"init_images": ["http://127.0.0.1:1/secret.png"]},
        {"init_images": ["file:///etc/passwd"]},
    ],
)
def test_bad_requests_are_refused_and_break_nothing(owner, sent):
    path = "img2img" if "init_images" in sent else "txt2img"
    answer = owner.post_json(path, {"prompt": "a red heart"} | sent, status=422)
    assert answer["detail"]
    assert not Job.objects.exists()
