"""The uploads page: the user's own uploads and the room they take."""

import io
import re

from PIL import Image as Pillow

from gallery.actions.uploads import store_upload
from tests.support.images import upload_of
from tests.support.inline_parts import text_of


def test_it_shows_own_uploads_and_how_much_room_is_left(as_alice, as_charlie, alice):
    file = io.BytesIO()
    Pillow.new("RGB", (64, 32), "red").save(file, "PNG")
    upload = store_upload(owner=alice, data=file.getvalue())
    page = text_of(as_alice.get("/uploads/"))
    assert 'data-number="1"' in page
    assert "of 953.7\xa0MB" in page
    assert f"/api/v1/uploads/{upload.pk}/thumbnail" in page
    assert str(upload.pk) not in text_of(as_charlie.get("/uploads/"))
    studio = as_alice.get(f"/?init=upload:{upload.pk}")
    assert f'"init_image": "upload:{upload.pk}"' in studio.content.decode()
    assert as_charlie.get(f"/?init=upload:{upload.pk}").status_code == 404
    assert as_alice.get("/?init=upload:nonsense").status_code == 404


def test_each_has_a_page_and_a_panel_for_its_owner_alone(as_alice, as_charlie, client, alice):
    upload = upload_of(alice)
    for part in ("", "panel/"):
        address = f"/uploads/{upload.pk}/{part}"
        page = text_of(as_alice.get(address))
        for link in (f"/?init=upload:{upload.pk}", f"/images/edit/?upload={upload.pk}", f"/{upload.pk}/file?download"):
            assert link in page
        assert re.findall(r'href="([^"]*)"[^>]* aria-current="page"', page) == ([] if part else ["/uploads/"])
        assert as_charlie.get(address).status_code == 404
        assert client.get(address).status_code == 302
