"""A request reads the settings once, and the next request reads them again."""

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpResponse

from sdsite.accounts import site_settings
from sdsite.accounts.models import SiteSettings
from sdsite.accounts.site_settings.per_request import read_settings_once

pytestmark = pytest.mark.django_db


def ask_twice(request):
    return HttpResponse(f"{site_settings.current().name} {site_settings.current().name}")


def in_thread():
    return read_settings_once(ask_twice)(None)


def in_loop():
    async def view(request):
        first = await sync_to_async(ask_twice)(request)
        await sync_to_async(ask_twice)(request)
        return first

    return async_to_sync(read_settings_once(view))(None)


@pytest.mark.parametrize("answer", [in_thread, in_loop])
def test_one_query_a_request(answer, django_assert_num_queries):
    SiteSettings.objects.create(pk=1, name="One")
    with django_assert_num_queries(1):
        assert answer().content == b"One One"
    SiteSettings.objects.update(name="Two")
    assert answer().content == b"Two Two"


def test_a_change_is_seen_by_the_rest_of_its_request(root):
    def view(request):
        before = site_settings.current().name
        site_settings.change(actor=root, changes={"name": "Two"})
        return HttpResponse(f"{before} {site_settings.current().name}")

    assert read_settings_once(view)(None).content == b"sdsite Two"
