"""NUL characters in paths: no page is asked for such a name."""

import pytest
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from sdsite.middleware.null_characters import refuse_null_characters


def answer(path):
    return refuse_null_characters(lambda request: HttpResponse("called"))(RequestFactory().get(path))


PATHS = ("/s/a%00b/", "/people/a%00b/", "/admin/gallery/image/a%00b/change/", "/admin/accounts/user/?email=a%00b")


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_not_called(path, client, db):
    with pytest.raises(Http404):
        answer(path)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/s/ab/", "/library/?q=a%00b", "/api/v1/checkpoints/a%00b"])
def test_other_pages_and_apis_are(path):
    assert answer(path).content == b"called"
