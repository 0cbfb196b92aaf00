"""An image under review cannot be an input image."""

import pytest

from gallery.actions.moderation import quarantine
from gallery.models import Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(alice):
    image = make_image(alice, size=(640, 320))
    quarantine(images=Image.objects.filter(pk=image.pk), actor=None)
    image.refresh_from_db()
    return image


def test_it_is_no_picture_to_start_from(alice, held, checkpoint):
    from generation.errors import JobRefused
    from tests.support.factories import make_job

    with pytest.raises(JobRefused) as refused:
        make_job(alice, checkpoint, init_image=f"image:{held.pk}")
    assert "init_image" in refused.value.fields
