"""Input images of a batch: opened for each job, and one that was deleted fails its own job."""

import pytest

from gallery.actions.delete_images import delete_images
from gallery.actions.trash import trash_images
from gallery.models import Image
from generation.models import Adapter, Checkpoint
from generation.parameters.defaults import FewStep
from generation.worker.batch import Batch, Share
from generation.worker.inputs import load_input_images, weights_for
from generation.worker.lease import Lease
from tests.support.factories import make_image, make_job
from tests.support.images import picture, upload_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(alice, checkpoint):
    """Return a function that makes a share of a job with input images."""

    def made(**requested):
        lease = Lease(make_job(alice, checkpoint, **requested))
        parameters, missing = lease.plan([])
        return Share(lease, parameters, tuple(missing))

    return made


def test_each_job_has_the_images_that_it_names(share, alice):
    upload, image = upload_of(alice, picture("red", (128, 128))), make_image(alice, colour="blue")
    inpaint = share(init_image=image_reference(image), mask_image=upload.reference)
    plain = share()
    opened, failures = load_input_images(Batch((inpaint, plain)))
    assert failures == []
    assert set(opened) == {inpaint.lease.pk}
    images = opened[inpaint.lease.pk]
    assert images.init.convert("RGB").getpixel((0, 0)) == (0, 0, 255)
    assert images.mask.size == (128, 128)
    assert (images.controls, images.ip_adapter) == ((), None)


def test_an_image_that_was_moved_to_the_trash_since_is_still_there_for_its_job(share, alice):
    image = make_image(alice)
    waiting = share(task="image_to_image", init_image=image_reference(image))
    trash_images(images=Image.objects.all(), owner=alice)
    opened, failures = load_input_images(Batch((waiting,)))
    assert failures == []
    assert opened[waiting.lease.pk].init.size == (128, 128)


def test_a_job_whose_image_was_deleted_fails_alone(share, alice):
    gone, kept = make_image(alice), make_image(alice)
    fails, goes_on = share(init_image=image_reference(gone)), share(init_image=image_reference(kept))
    delete_images(images=Image.objects.filter(pk=gone.pk), actor=alice)
    opened, failures = load_input_images(Batch((fails, goes_on)))
    assert set(opened) == {goes_on.lease.pk}
    [(lease, (code, message))] = failures
    assert (lease, code) == (fails.lease, "picture_missing")
    assert message.startswith("init_image: ")


def image_reference(image):
    return f"image:{image.pk}"


def test_drafts_get_the_lora_for_few_steps_of_their_checkpoint_while_it_is_there(share, checkpoint, tmp_path):
    path = tmp_path / "fast.safetensors"
    path.touch()
    Checkpoint.objects.filter(pk=checkpoint.pk).update(draft_lora="fast", draft_steps=3, draft_sampler="lcm")
    checkpoint.refresh_from_db()
    row = Adapter.objects.create(kind="lora", slug="fast", title="Fast", location=str(path), family=checkpoint.family)

    def weights(**requested):
        one = share(**requested)
        [part], _source, assets = weights_for(one.lease.job, Batch((one,)).parts({}))
        return part.few_step, set(assets)

    assert weights(speed_mode="draft") == (FewStep("fast", 3, "lcm"), {("lora", "fast")})
    assert weights(speed_mode="small") == weights() == (None, set())
    row.enabled = False
    row.save()
    assert weights(speed_mode="draft") == (None, set())
