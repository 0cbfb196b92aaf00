"""What images and uploads have in common in the admin: thumbnail, dimensions, file size."""

import pytest
from django.urls import reverse

from gallery.actions.uploads import store_upload
from gallery.admin.base import thumbnail_html
from tests.support.factories import make_image
from tests.support.images import encoded

pytestmark = pytest.mark.django_db


def test_a_thumbnail_has_the_prompt_as_its_text_escaped(alice):
    image = make_image(alice, prompt='a "red" <heart>')
    html = thumbnail_html(image, "small")
    assert f'src="{reverse("image_thumbnail", args=[image.pk])}"' in html
    assert 'alt="a &quot;red&quot; &lt;heart&gt;"' in html
    assert 'class="small"' in html


def test_what_is_under_review_is_blurred(held, alice):
    assert 'class="small sdsite-veiled"' in thumbnail_html(held, "small")
    assert "sdsite-veiled" not in thumbnail_html(make_image(alice, index=2), "small")


def test_lists_of_both_show_thumbnail_and_dimensions(as_root, alice):
    rows = {"image": make_image(alice, size=(640, 320)), "upload": store_upload(owner=alice, data=encoded())}
    for model, row in rows.items():
        page = as_root.get(reverse(f"admin:gallery_{model}_changelist")).content.decode()
        assert thumbnail_html(row, "sdsite-thumbnail") in page
        assert f"{row.width} × {row.height}" in page


def test_the_page_of_each_links_to_the_whole_file_and_has_its_size(as_root, alice):
    image, upload = make_image(alice), store_upload(owner=alice, data=encoded())
    for model, row, route in (("image", image, "image_file"), ("upload", upload, "api:get_upload_file")):
        page = as_root.get(reverse(f"admin:gallery_{model}_change", args=[row.pk])).content.decode()
        assert f'<a href="{reverse(route, args=[row.pk])}">{thumbnail_html(row, "sdsite-image")}</a>' in page
        assert f"{row.size_bytes / 1000:,.1f} kB" in page
