"""Tags in the admin: searched for and removed."""

import pytest
from django.urls import reverse

from gallery.actions.tags import set_tags
from gallery.models import ImageTag
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

TAGS = reverse("admin:gallery_imagetag_changelist")


@pytest.fixture
def image(alice):
    image = make_image(alice, prompt="a red heart")
    set_tags(image=image, names=["sea"])
    return image


def found(response):
    return [row.pk for row in response.context["cl"].result_list]


def test_tags_are_found_and_taken_off(as_root, root, alice, act, image):
    other = make_image(alice)
    set_tags(image=other, names=["draft"])
    (tag,) = found(as_root.get(TAGS, {"q": "sea"}))
    assert "a red heart" in as_root.get(reverse("admin:gallery_imagetag_change", args=[tag])).content.decode()
    act(as_root, TAGS, "delete_selected", ImageTag.objects.get(pk=tag), post="yes")
    assert ImageTag.objects.get().image == other
    assert AuditEvent.objects.filter(action="tag.deleted", actor=root).count() == 1
