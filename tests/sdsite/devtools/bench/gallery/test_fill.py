"""Made-up images of the measurement of the gallery."""

import pytest

from gallery.models import CollectionItem, Image, ImageLora, ImageTag, ImageWord
from gallery.search.tokenizer import unique_words
from sdsite.devtools.bench.gallery.fill import SHARE, fill
from sdsite.devtools.bench.gallery.measured import requests
from tests.support.clients.logged_in import client_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_rows_are_whole_and_every_request_is_answered(root):
    fill(root, 0, 60)
    fill(root, 60, 100)
    assert Image.objects.count() == 100
    assert Image.objects.owned_by(root).count() == 100 / SHARE
    one = Image.objects.order_by("created_at").first()
    assert set(one.words.values_list("word", flat=True)) == set(unique_words(one.searched_text))
    assert {lora["name"] for lora in one.parameters["loras"]} == set(one.loras.values_list("name", flat=True))
    for model in (ImageWord, ImageTag, ImageLora):
        assert not model.objects.exclude(owner=0).exclude(image__owner__isnull=False).exists()
    assert CollectionItem.objects.exists()
    browser = client_of(root)
    for one in requests(root):
        assert browser.get(one.path).status_code == 200, one.name
