"""Rows for tests, made through the site's own verbs where there are any."""

from datetime import timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from PIL import Image as Pillow

STARTER = Path(__file__).resolve().parents[2] / "generation" / "starter" / "model"
PASSWORD = "correct horse battery staple"


def make_user(username, *, hasher="default", **fields):
    """Return a user who logs in with PASSWORD; a running site knows only the real hashers ("pbkdf2_sha256")."""
    from sdsite.accounts.models import User

    password = make_password(PASSWORD, hasher=hasher)
    return User.objects.create(username=username, email=f"{username}@example.org", password=password, **fields)


def make_checkpoint(slug="starter", **fields):
    """Return a checkpoint row on the starter model, the default unless another one is."""
    from generation.models import Checkpoint

    values = {
        "title": slug.title(),
        "location": str(STARTER),
        "family": "sd",
        "width": 128,
        "height": 128,
        "sizes": [[128, 128]],
        "steps": 20,
        "guidance_scale": 4,
        "sampler": "ddim",
        "schedule": "normal",
        "is_default": slug == "starter",
        **fields,
    }
    return Checkpoint.objects.create(slug=slug, **values)


def make_job(owner, checkpoint, **fields):
    """Return a job through the site's own counter; `fields` are GenerationParameters."""
    from generation.jobs.submission.submit import submit_job
    from generation.parameters.schema import GenerationParameters
    from sdsite.accounts.credentials import Credentials

    requested = GenerationParameters(**{"prompt": "a red heart", "checkpoint": checkpoint.slug, "seed": 7, **fields})
    return submit_job(credentials=Credentials(owner), parameters=requested, source="api")


def end_job(job, **fields):
    """Make `job` one that succeeded a moment ago, with other columns as `fields` say."""
    from django.utils import timezone

    from generation.models import Job

    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        **{"status": "succeeded", "started_at": now, "finished_at": now, **fields},
    )


def make_image(
    owner, *, job_id=None, index=0, colour="red", size=(128, 128), age=timedelta(), pixels=None, **parameters
):
    """Return a stored image with a real file."""
    import uuid

    from gallery.actions.store_image import Provenance, store_image

    values = {"prompt": "a red heart", "checkpoint": "starter", "seed": 7, "steps": 20, "guidance_scale": 4.0}
    values |= {"width": size[0], "height": size[1], "sampler": "ddim", "schedule": "normal", "negative_prompt": ""}
    image = store_image(
        pixels=pixels or Pillow.new("RGB", size, colour),
        index=index,
        seed=7 + index,
        provenance=Provenance(owner.pk, job_id or uuid.uuid4(), timezone.now() - age, values | parameters),
        image_format=parameters.get("output_format", "png"),
        quality=90,
        infotext="a red heart\nSteps: 20, Sampler: DDIM, Seed: 7",
        receipt={"seconds": 0.4, "batch_size": 1},
    )
    assert image is not None
    return image
