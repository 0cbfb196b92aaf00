"""Signing out ends the push messages of that browser."""

import pytest

from sdsite.accounts.models import AuditEvent, PushDevice
from sdsite.accounts.notices.push.devices import add_device
from tests.support.clients.logged_in import client_of

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "https://push.example.org/send/1", "https://push.example.org/send/2"


def sign_out(person, **fields):
    client = client_of(person)
    assert client.post("/accounts/logout/", fields).status_code == 302
    assert client.get("/settings/").status_code == 302


def test_the_browser_that_leaves_gets_nothing_more_and_others_do(alice, push_browser):
    for endpoint in (HERE, ELSEWHERE):
        add_device(user=alice, endpoint=endpoint, **push_browser.keys)
    sign_out(alice, push_endpoint=HERE)
    assert PushDevice.objects.get().endpoint == ELSEWHERE
    assert AuditEvent.objects.filter(action="push_device.removed", actor=alice).count() == 1


@pytest.mark.parametrize("endpoint", ["", "x", HERE, "https://push.example.org/" + "x" * 5000, "\ud7ff"])
def test_nobody_ends_those_of_others_and_bad_values_keep_nobody_in(alice, charlie, push_browser, endpoint):
    add_device(user=alice, endpoint=HERE, **push_browser.keys)
    sign_out(charlie, push_endpoint=endpoint)
    assert PushDevice.objects.get().person == alice


def test_without_scripts_one_signs_out_all_the_same(alice):
    sign_out(alice)
