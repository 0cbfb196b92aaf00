"""Requests whose body was refused are answered by the page or API that they were sent to."""

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.test import RequestFactory

from sdsite.middleware.arriving_bodies import REFUSED
from sdsite.middleware.refused_bodies import refuse_bodies


def answer(path, view, *, refused=True, **request):
    made = RequestFactory().post(path, **request)
    made.scope = {REFUSED: True} if refused else {}
    return refuse_bodies(view)(made)


def test_pages_are_not_called():
    assert answer("/accounts/login/", lambda request: HttpResponse("called")).status_code == 413


def test_other_requests_pass():
    response = answer("/accounts/login/", lambda request: HttpResponse(request.POST["a"]), refused=False, data={"a": 1})
    assert response.content == b"1"


@pytest.mark.parametrize("read", [lambda request: request.body, lambda request: request.FILES, lambda r: r.POST])
def test_views_of_an_api_are_called_and_cannot_read_the_body(read):
    with pytest.raises(RequestDataTooBig):
        answer("/api/v1/uploads", lambda request: HttpResponse(read(request)), data={"file": "x"})


def test_a_body_of_json_cannot_be_read_either():
    with pytest.raises(RequestDataTooBig):
        answer("/api/v1/jobs", lambda r: HttpResponse(r.body), data="{}", content_type="application/json")
