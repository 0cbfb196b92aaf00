"""Copies of made-up images: whole, with ids and times of their own."""

from datetime import timedelta

import pytest
from django.db import connection

from gallery.models import Image, ImageTag
from gallery.search.tokenizer import unique_words
from sdsite.devtools.bench.gallery import fill as filling

pytestmark = pytest.mark.django_db(transaction=True)


def test_copies_are_new_images_with_their_rows(root, monkeypatch):
    monkeypatch.setattr(filling, "BLOCK", 20)
    filling.fill(root, 0, 30)
    filling.fill(root, 30, 50)
    assert Image.objects.count() == Image.objects.values("sha256", "created_at").distinct().count() == 50
    assert Image.objects.values("job_id").distinct().count() == 13  # the last of two images
    moments = list(Image.objects.order_by("created_at").values_list("created_at", flat=True))
    for number in (0, 10):
        assert moments[number + 20] - moments[number] == timedelta(seconds=21 * 60 + 1)  # in whole seconds
    for image in Image.objects.all():
        assert set(image.words.values_list("word", flat=True)) == set(unique_words(image.searched_text))
        assert image.hash_bands.count() == 4
    assert ImageTag.objects.count() > ImageTag.objects.filter(image__sha256__lt="f").count() > 0
    connection.check_constraints()
