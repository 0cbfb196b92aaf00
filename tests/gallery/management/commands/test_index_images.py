"""`manage.py index_images` indexes images of an older version."""

import pytest
from django.core.management import call_command

from gallery.models import Image, ImageWord
from gallery.search.index import index_batch
from tests.gallery.conftest import found

pytestmark = pytest.mark.django_db


def test_images_of_an_older_version_become_known(alice, alice_images, capsys):
    before = list(ImageWord.objects.order_by("image", "word").values_list("image", "word"))
    facts = list(Image.objects.order_by("pk").values_list("checkpoint", "task", "searched_text"))
    ImageWord.objects.all().delete()
    Image.objects.update(searched_text=None, checkpoint=None, sampler=None, task=None)
    assert found(alice, q="fox") == []
    assert index_batch(2) == 2
    call_command("index_images")
    assert "4 images" in capsys.readouterr().out
    assert list(ImageWord.objects.order_by("image", "word").values_list("image", "word")) == before
    assert list(Image.objects.order_by("pk").values_list("checkpoint", "task", "searched_text")) == facts
    assert index_batch() == 0
