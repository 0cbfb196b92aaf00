"""What comes back once a job has ended, in whatever way, and what no request may bring down."""

import json

import pytest
from django.utils import timezone

from gallery.models import Image
from generation.jobs.cancel import cancel_job
from generation.models import Job, RoleLimits
from tests.sdsite.api.compat.sdapi.conftest import SdapiClient, base64_of
from tests.support.factories import make_checkpoint, make_image

pytestmark = pytest.mark.django_db

REQUEST = {"prompt": "a red heart", "seed": 7, "n_iter": 2}


@pytest.fixture
def ends(monkeypatch):
    """Return what sets how jobs end: a function of the job, called in place of the wait."""
    from asgiref.sync import sync_to_async

    from sdsite.api.compat.sdapi import generate

    def set_end(end):
        async def ended(job):
            await sync_to_async(end)(job)
            return await Job.objects.select_related("checkpoint").aget(pk=job.pk)

        monkeypatch.setattr(generate, "wait_for_end", ended)

    return set_end


def draw(job, images=2):
    for index in range(images):
        make_image(job.owner, job_id=job.pk, index=index)
    Job.objects.filter(pk=job.pk).update(status="succeeded")


def test_the_answer_of_a_job_that_succeeded(owner, ends):
    ends(draw)
    answer = owner.tell("txt2img", REQUEST)
    assert set(answer) == {"images", "parameters", "info"}
    assert len(answer["images"]) == 2
    assert not answer["images"][0].startswith("data:")
    info = json.loads(answer["info"])
    assert (info["all_seeds"], info["seed"], info["index_of_first_image"]) == ([7, 8], 7, 0)
    assert (info["sampler_name"], info["version"], info["batch_size"]) == ("DDIM", "sdsite", 1)
    assert len(info["job_timestamp"]) == 14
    assert info["infotexts"][0].startswith("a red heart\nSteps: 20")
    expected = {"sd_model_hash", "sd_vae_name", "clip_skip", "styles", "denoising_strength", "all_subseeds"}
    assert expected <= set(info)


def test_who_interrupts_gets_what_was_finished(owner, ends, alice):
    def interrupted(job):
        make_image(alice, job_id=job.pk)
        cancel_job(job=job, actor=alice)

    ends(interrupted)
    answer = owner.tell("txt2img", REQUEST)
    assert len(answer["images"]) == 1
    assert json.loads(answer["info"])["all_seeds"] == [7]


def test_a_job_that_failed_says_why(owner, ends):
    why = {"status": "failed", "error_code": "out_of_memory", "error_message": "Ask for fewer images."}
    ends(lambda job: Job.objects.filter(pk=job.pk).update(**why))
    answer = owner.tell("txt2img", REQUEST, status=503)
    assert (answer["error"], answer["detail"]) == ("out_of_memory", "Ask for fewer images.")


def test_pictures_that_are_held_back_are_not_handed_out(owner, ends):
    def held_back(job, which):
        draw(job)
        Image.objects.filter(job_id=job.pk, index__in=which).update(quarantined_at=timezone.now())

    ends(lambda job: held_back(job, [0]))
    answer = owner.tell("txt2img", REQUEST)
    assert len(answer["images"]) == 1
    assert json.loads(answer["info"])["all_seeds"] == [8]
    ends(lambda job: held_back(job, [0, 1]))
    assert owner.tell("txt2img", REQUEST, status=403)["error"] == "quarantined"


def test_a_file_that_is_gone_is_no_picture(owner, ends):
    def lost(job):
        draw(job)
        Image.objects.filter(job_id=job.pk).update(file="nowhere.png")

    ends(lost)
    assert owner.tell("txt2img", REQUEST, status=500)["error"] == "internal_error"


@pytest.mark.usefixtures("nobody_draws")
def test_limits_of_ones_role_and_key(owner, alice):
    RoleLimits.objects.create(most_images=1)
    answer = owner.tell("txt2img", REQUEST, status=403)
    assert (answer["error"], answer["detail"][:24]) == ("limit_exceeded", "batch_size x n_iter: you")
    make_checkpoint("other")
    bound = SdapiClient(alice)
    alice.api_keys.update(checkpoints=["other"])
    assert [row["model_name"] for row in bound.ask("sd-models")] == ["other"]
    assert bound.ask("options")["sd_model_checkpoint"] == "other"
    bound.tell("txt2img", {"prompt": "a red heart"})
    assert Job.objects.latest("created_at").checkpoint.slug == "other"
    named = {"prompt": "a red heart", "override_settings": {"sd_model_checkpoint": "starter"}}
    assert bound.tell("txt2img", named, status=403)["error"] == "checkpoint_not_allowed"


@pytest.mark.usefixtures("nobody_draws")
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
    answer = owner.tell(path, {"prompt": "a red heart"} | sent, status=422)
    assert answer["detail"]
    assert not Job.objects.exists()


@pytest.mark.usefixtures("nobody_draws")
def test_names_of_tasks_may_be_anything(owner):
    for name in ("\x00", "\ud800", "x" * 5000, "task(1)"):
        owner.tell("txt2img", {"prompt": "a red heart", "force_task_id": name})
    assert Job.objects.count() == 4
