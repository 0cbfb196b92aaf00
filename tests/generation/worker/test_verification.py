"""Images generated again from their receipts: identical, or how near."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs.submission.verify import verify_image
from generation.models import ImageCheck, Job
from generation.parameters import catalog
from generation.serializers.checks import serialize_check
from generation.worker.verification import differences, psnr
from tests.support.factories import make_job

pytestmark = pytest.mark.django_db(transaction=True)


def checked(image, run_waiting_jobs):
    check = verify_image(image=image)
    run_waiting_jobs()
    return ImageCheck.objects.select_related("job").get(pk=check.pk)


def test_images_of_every_sampler_are_stored_and_generated_again(alice, checkpoint, run_waiting_jobs):
    jobs = {key: make_job(alice, checkpoint, steps=4, sampler=key) for key in catalog.SAMPLERS}
    run_waiting_jobs()
    ended = {key: Job.objects.get(pk=job.pk).status for key, job in jobs.items()}
    assert ended == dict.fromkeys(catalog.SAMPLERS, "succeeded")
    checks = {key: verify_image(image=Image.objects.of_job(job.pk).get()) for key, job in jobs.items()}
    run_waiting_jobs()
    found = {key: ImageCheck.objects.get(pk=check.pk).identical for key, check in checks.items()}
    assert found == dict.fromkeys(catalog.SAMPLERS, True)


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_an_image_is_identical_in_every_format(generate_images, run_waiting_jobs, image_format):
    [image] = generate_images(output_format=image_format, seed=5)
    check = checked(image, run_waiting_jobs)
    assert (check.job.status, check.identical, check.psnr, check.differences) == ("succeeded", True, None, {})
    assert check.compared == ("pixels" if image_format == "png" else "file")
    assert (check.job.source, check.job.lane, check.job.owner) == ("verify", "batch", image.owner)
    assert Image.objects.count() == 1  # nothing new on the wall


def test_an_image_of_a_batch_is_generated_at_its_position_in_a_batch_of_that_size(generate_images, run_waiting_jobs):
    images = generate_images(count=3, batch_size=3, seed=11)
    assert [(image.receipt["batch_size"], image.receipt["position"]) for image in images] == [(3, 0), (3, 1), (3, 2)]
    check = checked(images[2], run_waiting_jobs)
    assert check.identical
    again = check.job.resolved()
    assert (again.count, again.batch_size, again.seed, check.index) == (3, 3, 11, 2)


@pytest.mark.parametrize(
    ("mode", "technique"),
    [("small", {"name": "eight_bit_weights"}), ("draft", {"name": "fewer_steps", "steps": 4, "instead_of": 8})],
)
def test_an_image_is_verified_in_its_own_speed_mode(alice, checkpoint, run_waiting_jobs, mode, technique):
    job = make_job(alice, checkpoint, steps=8, seed=5, speed_mode=mode)
    run_waiting_jobs()
    image = Image.objects.of_job(job.pk).get()
    assert image.receipt["speed"] == {"mode": mode, "techniques": [technique]}
    check = checked(image, run_waiting_jobs)
    assert (check.job.status, check.identical, check.differences) == ("succeeded", True, {})
    image.receipt["speed"]["techniques"] = []  # as if a draft had been something else at that time
    image.save()
    assert checked(image, run_waiting_jobs).differences == {"speed.techniques": [[], [technique]]}


def test_other_modes_are_identical_too(generate_images, run_waiting_jobs):
    [first] = generate_images(seed=5)
    picture = f"image:{first.pk}"
    requests = (
        {"init_image": picture, "strength": 0.6, "seed": 8},
        {"hires": {"scale": 1.5, "strength": 0.5}, "variation_strength": 0.3, "count": 2, "seed": 9},
        {"task": "upscale", "init_image": picture, "upscale_by": 2},
    )
    for requested in requests:
        image = generate_images(**requested)[-1]
        check = checked(image, run_waiting_jobs)
        assert (check.job.error_message, check.identical) == ("", True), (requested, check.psnr)
    [kept, _] = generate_images(init_image=picture, keep_original=True)
    with pytest.raises(JobRefused, match="no receipt"):
        verify_image(image=kept)


def test_a_receipt_says_all_that_it_promises(generate_images):
    [image] = generate_images(seed=3)
    receipt = image.receipt
    assert receipt["checkpoint"]["slug"] == "starter"
    assert receipt["scheduler"]["class"] == "BoundedDDIMScheduler"
    assert set(receipt) >= {"dtype", "device", "device_name", "attention", "weights", "versions", "seconds", "parts"}
    assert set(receipt) >= {"precision", "memory_mode", "decoding", "numerics"}
    assert set(receipt["parts"]) >= {"encode", "denoise", "decode"}
    assert image.parameters["seed"] == 3


def test_a_different_image_is_reported_with_its_distance_and_the_differences(generate_images, run_waiting_jobs):
    [image] = generate_images(seed=5)
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
    check = checked(image, run_waiting_jobs)
    assert check.identical is False
    assert 3 < check.psnr < 25
    assert list(check.differences) == ["versions.torch"]
    assert check.differences["versions.torch"][0] == "1.0"


def test_an_image_of_another_precision_and_decoding_says_so(generate_images, run_waiting_jobs):
    """As if a worker with less memory had made it: in half precision and in tiles."""
    [image] = generate_images(seed=5)
    Image.objects.filter(pk=image.pk).update(
        receipt={**image.receipt, "precision": "half", "decoding": {**image.receipt["decoding"], "tile": 512}},
        seed=image.seed + 1,
    )
    check = checked(Image.objects.get(pk=image.pk), run_waiting_jobs)
    assert serialize_check(check).explanation == (
        "It was made with half precision, decoding in tiles of 512 px; "
        "this worker used full precision, decoding in one piece."
    )
    Image.objects.filter(pk=image.pk).update(seed=image.seed)
    again = serialize_check(checked(Image.objects.get(pk=image.pk), run_waiting_jobs))
    assert (again.identical, again.explanation) == (True, "")
    assert list(again.differences) == ["decoding.tile", "precision"]


def test_an_image_deleted_meanwhile_fails_the_check_and_not_the_worker(generate_images, run_waiting_jobs):
    [image] = generate_images(seed=5)
    check = verify_image(image=image)
    default_storage.delete(image.file)
    run_waiting_jobs()
    job = Job.objects.get(pk=check.job_id)
    assert (job.status, job.error_code) == ("failed", "picture_missing")


def test_the_distance_is_the_published_formula():
    one = Pillow.new("RGB", (4, 4), (100, 100, 100))
    assert psnr(one, Pillow.new("RGB", (4, 4), (110, 110, 110))) == pytest.approx(28.13, abs=0.01)
    assert psnr(one, Pillow.new("RGB", (4, 5))) == 0
    then, now = {"a": 1, "b": {"c": 2}, "d": "", "seconds": 3}, {"b": {"c": 4}, "d": "0f", "seconds": 9}
    assert differences(then, now) == {
        "a": [1, None],
        "b.c": [2, 4],
    }


def test_what_an_older_receipt_does_not_say_is_no_difference():
    now = {"dtype": "float16", "precision": "half", "decoding": {"tile": 512}, "numerics": {"cudnn": 91000}}
    assert differences({"dtype": "float16"}, now) == {}
    then = {"dtype": "float16", "precision": "half", "decoding": {"tile": 0}, "numerics": {"cudnn": 90000}}
    assert differences(then, now) == {"decoding.tile": [0, 512], "numerics.cudnn": [90000, 91000]}
    assert differences({**now, "device": "cuda:0"}, now) == {"device": ["cuda:0", None]}
