"""Task upscale without a factor: the upscaler's own, as far as images may grow."""

import pytest

from generation.errors import JobRefused
from generation.starter import STARTER_LOCATION, UPSCALER_FILE
from tests.support.factories import make_job
from tests.support.images import picture, upload_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(checkpoint):
    from generation.checkpoints import adapters

    return adapters.add(kind="upscaler", path=STARTER_LOCATION.parent / UPSCALER_FILE)


def upscaled(owner, checkpoint, size=(64, 48), **fields):
    reference = f"upload:{upload_of(owner, picture(size=size)).pk}"
    return make_job(owner, checkpoint, task="upscale", init_image=reference, **fields).parameters["upscale_by"]


def test_a_network_has_its_own_and_filters_double(alice, checkpoint, network):
    assert upscaled(alice, checkpoint, upscaler=network.slug) == 4
    assert upscaled(alice, checkpoint, upscaler=network.slug, upscale_by=1) == 1
    assert upscaled(alice, checkpoint) == 2
    network.meta = {}  # as of a site before the factor was kept
    network.save()
    assert upscaled(alice, checkpoint, upscaler=network.slug) == 4


def test_it_is_that_of_the_checkpoints_own_upscaler(alice, checkpoint, network):
    checkpoint.upscaler = network.slug
    checkpoint.save()
    assert upscaled(alice, checkpoint) == 4


def test_no_image_grows_beyond_what_the_site_allows(alice, checkpoint, network):
    assert upscaled(alice, checkpoint, size=(4096, 8), upscaler=network.slug) == 2
    with pytest.raises(JobRefused, match="upscale_by: the longest side must be at most 8192"):
        upscaled(alice, checkpoint, size=(4096, 8), upscale_by=3)
