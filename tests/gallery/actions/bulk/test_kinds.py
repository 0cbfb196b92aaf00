"""A batch of images."""

from datetime import timedelta

import pytest

from gallery.actions.bulk.kinds import Batch
from gallery.models import Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_locked_images_come_in_the_order_of_the_library(alice):
    from django.db import transaction

    images = [make_image(alice) for _ in range(3)]
    Image.objects.filter(pk=images[0].pk).update(created_at=images[0].created_at + timedelta(days=1))
    with transaction.atomic():
        assert Batch(alice, Image.objects.kept()).lock() == [images[1].pk, images[2].pk, images[0].pk]
