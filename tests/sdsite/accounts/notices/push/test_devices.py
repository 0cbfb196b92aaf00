"""Devices that take push messages: whose they are, how many, and at which addresses."""

import pytest
from django.core.exceptions import ValidationError

from sdsite.accounts.models import AuditEvent, PushDevice
from sdsite.accounts.notices import notify
from sdsite.accounts.notices.push import devices
from sdsite.accounts.notices.push.devices import add_device

pytestmark = pytest.mark.django_db

ENDPOINT = "https://push.example.org/send/1"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/send/1",
        "https://127.0.0.1/send/1",
        "https://10.0.0.7/",
        "https://[::1]/",
        "https://169.254.169.254/latest/",
        "https://user:secret@push.example.org/",
        "https://push.example.org:22/",
        "file:///etc/passwd",
        "x",
        "https://push.example.org/" + "x" * 3000,
    ],
)
def test_addresses_are_public_and_https(alice, push_browser, endpoint):
    with pytest.raises(ValidationError) as refusal:
        add_device(user=alice, endpoint=endpoint, **push_browser.keys)
    assert list(refusal.value.message_dict) == ["endpoint"]
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("auth", "AAAA"), ("auth", "?"), ("p256dh", "AAAA"), ("p256dh", "B" * 87)]
)
def test_keys_are_what_they_should_be(alice, push_browser, field, value):
    with pytest.raises(ValidationError) as refusal:
        add_device(user=alice, endpoint=ENDPOINT, **{**push_browser.keys, field: value})
    assert list(refusal.value.message_dict) == [field]


def test_a_person_has_so_many_and_the_oldest_goes(alice, charlie, push_browser, monkeypatch):
    monkeypatch.setattr(devices, "MOST_DEVICES", 2)
    add_device(user=charlie, endpoint=f"{ENDPOINT}0", name="theirs", **push_browser.keys)
    for number in range(1, 5):
        add_device(user=alice, endpoint=f"{ENDPOINT}{number}", name=f"device {number}", **push_browser.keys)
    names = PushDevice.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["theirs", "device 3", "device 4"]


def test_who_signs_in_next_in_a_browser_takes_it_over_with_nothing_of_the_other(alice, charlie, push_browser, waiting):
    add_device(user=alice, endpoint=ENDPOINT, **push_browser.keys)
    notify(alice, "budget_used")
    assert waiting() == [("push", 0)]
    add_device(user=charlie, endpoint=ENDPOINT, **push_browser.keys)
    add_device(user=charlie, endpoint=ENDPOINT, **push_browser.keys)
    assert waiting() == []
    assert PushDevice.objects.get().person == charlie


def test_an_address_is_no_part_of_the_audit_log(alice, push_browser):
    device = add_device(user=alice, endpoint=ENDPOINT, name="Firefox", **push_browser.keys)
    devices.remove_device(user=alice, device=device)
    events = AuditEvent.objects.filter(action__startswith="push_device.")
    assert sorted(events.values_list("action", "target")) == [
        ("push_device.added", "Firefox"),
        ("push_device.removed", "Firefox"),
    ]
    assert "push.example.org" not in str(list(events.values()))
