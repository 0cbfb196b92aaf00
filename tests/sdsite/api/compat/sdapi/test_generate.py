"""Responses of AUTOMATIC1111's API once a job has ended."""

import json

import pytest
from django.utils import timezone

from gallery.models import Image
from generation.jobs.cancel import cancel_job
from generation.models import Job, RoleLimits
from tests.sdsite.api.compat.sdapi.conftest import REQUEST, SdapiClient, finish
from tests.support.factories import make_checkpoint, make_image

pytestmark = pytest.mark.django_db


def test_an_interrupted_request_returns_the_finished_images(owner, ends, alice):
    def interrupted(job):
        make_image(alice, job_id=job.pk)
        cancel_job(job=job, actor=alice)

    ends(interrupted)
    answer = owner.post_json("txt2img", REQUEST)
    assert len(answer["images"]) == 1
    assert json.loads(answer["info"])["all_seeds"] == [7]


def test_images_that_are_too_large_for_an_answer_stay_in_the_library(owner, ends, alice):
    def large(job):
        image = make_image(alice, job_id=job.pk)
        Image.objects.filter(pk=image.pk).update(size_bytes=200_000_000)
        cancel_job(job=job, actor=alice)

    ends(large)
    assert owner.post_json("txt2img", REQUEST, status=403)["error"] == "answer_too_large"
    assert Image.objects.count() == 1


def test_a_job_that_failed_says_why(owner, ends):
    why = {"status": "failed", "error_code": "out_of_memory", "error_message": "Ask for fewer images."}
    ends(lambda job: Job.objects.filter(pk=job.pk).update(**why))
    answer = owner.post_json("txt2img", REQUEST, status=503)
    assert (answer["error"], answer["detail"]) == ("out_of_memory", "Ask for fewer images.")


def test_images_under_review_are_not_returned(owner, ends):
    def held_back(job, which):
        finish(job)
        Image.objects.filter(job_id=job.pk, index__in=which).update(quarantined_at=timezone.now())

    ends(lambda job: held_back(job, [0]))
    answer = owner.post_json("txt2img", REQUEST)
    assert len(answer["images"]) == 1
    assert json.loads(answer["info"])["all_seeds"] == [8]
    ends(lambda job: held_back(job, [0, 1]))
    assert owner.post_json("txt2img", REQUEST, status=403)["error"] == "quarantined"


def test_a_missing_file_is_an_error(owner, ends):
    def lost(job):
        finish(job)
        Image.objects.filter(job_id=job.pk).update(file="nowhere.png")

    ends(lost)
    assert owner.post_json("txt2img", REQUEST, status=500)["error"] == "internal_error"


@pytest.mark.usefixtures("no_wait")
def test_limits_of_role_and_key(owner, alice):
    RoleLimits.objects.create(most_images=1)
    answer = owner.post_json("txt2img", REQUEST, status=403)
    assert (answer["error"], answer["detail"][:24]) == ("limit_exceeded", "batch_size x n_iter: you")
    make_checkpoint("other")
    bound = SdapiClient(alice)
    alice.api_keys.update(checkpoints=["other"])
    assert [row["model_name"] for row in bound.get_json("sd-models")] == ["other"]
    assert bound.get_json("options")["sd_model_checkpoint"] == "other"
    bound.post_json("txt2img", {"prompt": "a red heart"})
    assert Job.objects.latest("created_at").checkpoint.slug == "other"
    named = {"prompt": "a red heart", "override_settings": {"sd_model_checkpoint": "starter"}}
    assert bound.post_json("txt2img", named, status=403)["error"] == "checkpoint_not_allowed"


@pytest.mark.usefixtures("no_wait")
def test_task_ids_may_be_any_text(owner):
    for name in ("\x00", "\ud800", "x" * 5000, "task(1)"):
        owner.post_json("txt2img", {"prompt": "a red heart", "force_task_id": name})
    assert Job.objects.count() == 4
