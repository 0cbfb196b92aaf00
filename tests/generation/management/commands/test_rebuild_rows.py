"""`manage.py rebuild_rows`."""

import io

import pytest
from django.core.management import CommandError, call_command

from gallery.actions.uploads import store_upload
from gallery.models import Image, Upload
from tests.support.factories import make_image
from tests.support.images import encoded, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


def run(**options):
    out, err = io.StringIO(), io.StringIO()
    call_command("rebuild_rows", stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_it_continues_where_it_was_stopped_and_says_what_it_could_not(alice):
    lost, stopped = [make_image(alice) for _ in range(2)], make_image(alice)
    Image.objects.exclude(pk=stopped.pk).delete()
    assert run(dry_run=True, user="alice") == ("2 rows would be made, 0 of them uploads, 0 files refused.\n", "")
    said, errors = run()
    assert said == "0 rows made, 0 of them uploads, 2 files refused.\n"
    assert all(f"{image.file}: nothing tells whose it is" in errors for image in lost)
    assert run(user="alice") == ("2 rows made, 0 of them uploads, 0 files refused.\n", "")
    assert run(user="alice")[0] == "0 rows made, 0 of them uploads, 0 files refused.\n"
    assert Image.objects.owned_by(alice).count() == 3


def test_uploads_are_rebuilt_too(alice):
    lost = store_upload(owner=alice, data=encoded(picture("red")))
    Upload.objects.all().delete()
    assert run()[1] == f"{lost.file}: nothing tells whose it is; name a --user, or say --same-people\n"
    assert run(same_people=True) == ("1 rows made, 1 of them uploads, 0 files refused.\n", "")
    assert Upload.objects.get().owner == alice


def test_the_person_must_exist():
    with pytest.raises(CommandError, match="no user nobody"):
        run(user="nobody")
