"""Texts that cannot be a tag or a field are refused by field."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from gallery.models import ImageTag
from gallery.text import read_text
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice):
    job_id = uuid.uuid4()
    return [make_image(alice, job_id=job_id, index=index) for index in range(3)]


def tag(client, ids, **change):
    return client.api("POST", "/images/tag", {"ids": [str(getattr(one, "pk", one)) for one in ids], **change})


WRONG = {
    "a,b": "comma",
    " ": "1 to 50",
    "x" * 51: "1 to 50",
    "a\x00b": "cannot be shown",
}


@pytest.mark.parametrize("name", WRONG)
def test_invalid_tags_are_refused_by_field(owner_client, images, name):
    said = owner_client.api("PUT", f"/images/{images[0].pk}/tags", {"tags": ["fine", name]})
    assert WRONG[name] in error_of(said, 422, "invalid_parameters")["tags"]
    for field in ("add", "remove"):
        assert WRONG[name] in error_of(tag(owner_client, images, **{field: [name]}), 422, "invalid_parameters")[field]
    assert not ImageTag.objects.exists()


@pytest.mark.parametrize("wrong", ["a\x00b", "abcdef"])
def test_a_field_is_read_or_refused_by_its_name(wrong):
    assert read_text("  a  b ", longest=5) == "a b"
    with pytest.raises(ValidationError) as refused:
        read_text(wrong, longest=5)
    assert list(refused.value.message_dict) == ["text"]
