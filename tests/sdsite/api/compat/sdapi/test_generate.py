"""Responses of AUTOMATIC1111's API once a job has ended."""

import json

import pytest
from django.utils import timezone

from gallery.models import Image
from generation.jobs.cancel import cancel_job
from generation.models import Job, RoleLimits
from tests.sdsite.api.compat.sdapi.conftest import REQUEST, SdapiClient, draw
from tests.support.factories import make_checkpoint, make_image

pytestmark = pytest.mark.django_db


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
def test_names_of_tasks_may_be_anything(owner):
    for name in ("\x00", "\ud800", "x" * 5000, "task(1)"):
        owner.tell("txt2img", {"prompt": "a red heart", "force_task_id": name})
    assert Job.objects.count() == 4
