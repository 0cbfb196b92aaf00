"""A checkpoint is known by its hash once it was used."""

import pytest
from django.core.files.storage import default_storage

from gallery.models import Image
from generation.models import Checkpoint
from tests.support.factories import make_job, make_user
from tests.support.site import finished, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def starter(live_site):
    return Checkpoint.objects.get(slug="starter")


@pytest.fixture
def alice(live_site):
    return make_user("alice")


def test_a_checkpoint_is_known_by_its_hash_once_it_drew(live_site, alice, starter):
    from gallery.imaging.metadata import read_infotext

    finished(make_job(alice, starter, steps=2))
    digest = wait_for(lambda: Checkpoint.objects.get(slug="starter").sha256, what="the checksum")
    later = finished(make_job(alice, starter, steps=2))
    data = default_storage.open(Image.objects.of_job(later.pk).get().file).read()
    assert f"Model hash: {digest[:10]}" in read_infotext(data)
