"""Images drawn again as their receipts say: identical, or how near; drawn by the worker's own code on the starter."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image as Pillow

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs.claim import claim
from generation.jobs.submission.retry import retry_job
from generation.jobs.submission.verify import verify_image
from generation.models import ImageCheck, Job
from generation.parameters import catalog
from generation.worker.runner import run
from generation.worker.session import WorkerSession
from generation.worker.verification import differences, psnr
from sdsite.accounts.credentials import Credentials
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_job

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ("interactive", "batch")


@pytest.fixture
def work(checkpoint, no_worker):
    """Return a function that draws everything that waits."""

    def worked():
        station = WorkerSession("w", LANES)
        while job := claim(worker=station.name, lanes=LANES):
            run(job, station)
            station.wait_for_storing()
        station.finishers.shutdown()

    return worked


@pytest.fixture
def drawn(alice, checkpoint, work):
    """Return a function that draws a job of Alice and returns its images."""

    def images(**requested):
        job = make_job(alice, checkpoint, steps=2, **requested)
        work()
        return list(Image.objects.of_job(job.pk))

    return images


def checked(image, work):
    check = verify_image(image=image)
    work()
    return ImageCheck.objects.select_related("job").get(pk=check.pk)


def test_what_every_sampler_draws_is_stored_and_drawn_again(alice, checkpoint, work):
    jobs = {key: make_job(alice, checkpoint, steps=4, sampler=key) for key in catalog.SAMPLERS}
    work()
    ended = {key: Job.objects.get(pk=job.pk).status for key, job in jobs.items()}
    assert ended == dict.fromkeys(catalog.SAMPLERS, "succeeded")
    checks = {key: verify_image(image=Image.objects.of_job(job.pk).get()) for key, job in jobs.items()}
    work()
    found = {key: ImageCheck.objects.get(pk=check.pk).identical for key, check in checks.items()}
    assert found == dict.fromkeys(catalog.SAMPLERS, True)


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_an_image_comes_out_identical_in_every_format(drawn, work, image_format):
    [image] = drawn(output_format=image_format, seed=5)
    check = checked(image, work)
    assert (check.job.status, check.identical, check.psnr, check.differences) == ("succeeded", True, None, {})
    assert check.compared == ("pixels" if image_format == "png" else "file")
    assert (check.job.source, check.job.lane, check.job.owner) == ("verify", "batch", image.owner)
    assert Image.objects.count() == 1  # nothing new on the wall


def test_an_image_of_a_batch_is_drawn_in_a_batch_of_that_size_and_in_its_place(drawn, work):
    images = drawn(count=3, batch_size=3, seed=11)
    assert [(image.receipt["batch_size"], image.receipt["position"]) for image in images] == [(3, 0), (3, 1), (3, 2)]
    check = checked(images[2], work)
    assert check.identical
    again = check.job.resolved()
    assert (again.count, again.batch_size, again.seed, check.index) == (3, 3, 11, 2)


def test_other_modes_come_out_identical_too(drawn, work):
    [first] = drawn(seed=5)
    picture = f"image:{first.pk}"
    requests = (
        {"init_image": picture, "strength": 0.6, "seed": 8},
        {"hires": {"scale": 1.5, "strength": 0.5}, "variation_strength": 0.3, "count": 2, "seed": 9},
        {"task": "upscale", "init_image": picture, "upscale_by": 2},
    )
    for requested in requests:
        image = drawn(**requested)[-1]
        check = checked(image, work)
        assert (check.job.error_message, check.identical) == ("", True), (requested, check.psnr)
    [kept, _] = drawn(init_image=picture, keep_original=True)
    with pytest.raises(JobRefused, match="no receipt"):
        verify_image(image=kept)


def test_a_receipt_says_all_that_it_promises(drawn):
    [image] = drawn(seed=3)
    receipt = image.receipt
    assert receipt["checkpoint"]["slug"] == "starter"
    assert receipt["scheduler"]["class"] == "DDIMScheduler"
    assert set(receipt) >= {"dtype", "device", "device_name", "attention", "weights", "versions", "seconds", "parts"}
    assert set(receipt["parts"]) >= {"encode", "denoise", "decode"}
    assert image.parameters["seed"] == 3


def test_what_is_another_picture_is_told_with_its_distance_and_what_changed(drawn, work):
    [image] = drawn(seed=5)
    with Pillow.open(default_storage.open(image.file)) as picture:
        changed = picture.convert("RGB")
    changed.paste("white", (0, 0, 64, 64))
    buffer = io.BytesIO()
    changed.save(buffer, "PNG")
    default_storage.delete(image.file)
    default_storage.save(image.file, ContentFile(buffer.getvalue()))
    receipt = {**image.receipt, "versions": {**image.receipt["versions"], "torch": "1.0"}}
    Image.objects.filter(pk=image.pk).update(receipt=receipt)
    image.refresh_from_db()
    check = checked(image, work)
    assert check.identical is False
    assert 3 < check.psnr < 25
    assert list(check.differences) == ["versions.torch"]
    assert check.differences["versions.torch"][0] == "1.0"


def test_its_owner_asks_by_the_api_and_strangers_find_nothing(drawn, work, alice, charlie):
    [image] = drawn(seed=5)
    path = f"/images/{image.pk}/verify"
    owner = knocking_as(alice)
    error_of(owner.api("GET", path), 404, "not_found")
    answer = owner.api("POST", path)
    assert answer.status_code == 202, answer.content
    assert answer["Location"].endswith(path)
    assert (answer.json()["status"], answer.json()["identical"]) == ("queued", None)
    work()
    found = owner.api("GET", path).json()
    assert (found["status"], found["identical"], found["error"]) == ("succeeded", True, None)
    for method in ("GET", "POST"):
        error_of(knocking_as(charlie).api(method, path), 404, "not_found")
    [job] = Job.objects.filter(source="verify")
    with pytest.raises(JobRefused, match="once more"):
        retry_job(job=job, credentials=Credentials(alice))


def test_what_cannot_be_drawn_again_is_refused(drawn):
    [image] = drawn(seed=5)
    for changes, words in (
        ({"safety": {"action": "blur"}}, "blurred"),
        ({"receipt": {"seconds": 1}}, "no receipt"),
        ({"receipt": {**image.receipt, "position": 7}}, "no batch"),
        ({"parameters": {"prompt": "a", "width": 3}}, "older version"),
    ):
        for name, value in changes.items():
            setattr(image, name, value)
        with pytest.raises(JobRefused, match=words) as refused:
            verify_image(image=image)
        assert refused.value.code == "not_verifiable"
        image.refresh_from_db()
    assert not Job.objects.filter(source="verify").exists()


def test_an_image_deleted_meanwhile_fails_the_check_and_not_the_worker(drawn, work):
    [image] = drawn(seed=5)
    check = verify_image(image=image)
    default_storage.delete(image.file)
    work()
    job = Job.objects.get(pk=check.job_id)
    assert (job.status, job.error_code) == ("failed", "picture_missing")


def test_the_command_asks_and_says_where_to_look(drawn, capsys):
    [image] = drawn(seed=5)
    call_command("verify_image", str(image.pk), "--wait", "0")
    assert "draws it again" in capsys.readouterr().out
    assert ImageCheck.objects.count() == 1
    with pytest.raises(CommandError, match="no image"):
        call_command("verify_image", "00000000-0000-4000-8000-000000000000")


def test_the_distance_is_the_published_formula():
    one = Pillow.new("RGB", (4, 4), (100, 100, 100))
    assert psnr(one, Pillow.new("RGB", (4, 4), (110, 110, 110))) == pytest.approx(28.13, abs=0.01)
    assert psnr(one, Pillow.new("RGB", (4, 5))) == 0
    then, now = {"a": 1, "b": {"c": 2}, "d": "", "seconds": 3}, {"b": {"c": 4}, "d": "0f", "seconds": 9}
    assert differences(then, now) == {
        "a": [1, None],
        "b.c": [2, 4],
    }
