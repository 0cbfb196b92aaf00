"""Signatures follow Standard Webhooks, with the old secret for a day."""

import base64
import re
import time

import pytest
import standardwebhooks
from django.utils import timezone

from generation.models import Webhook, WebhookDelivery
from generation.webhooks import actions, catalog, signing
from tests.generation.conftest import is_signed, send_all
from tests.support.site import ROOT

pytestmark = pytest.mark.django_db


DOCS = (ROOT / "docs" / "webhooks.md").read_text()


@pytest.fixture
def delivery(hook):
    """A delivery that waits to be sent."""
    return WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)


def test_the_new_secret_and_for_a_day_the_old_one_sign(receiver, hook, alice):
    old = hook.secret
    fresh = actions.rotate_secret(hook=hook, actor=alice)
    for _ in range(2):
        WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)
        send_all()
        Webhook.objects.update(previous_until=timezone.now())
    during, after = receiver.received
    assert (is_signed(during, old), is_signed(during, fresh)) == (True, True)
    assert (is_signed(after, old), is_signed(after, fresh)) == (False, True)


def test_the_snippet_of_the_documentation_verifies_and_refuses(receiver, delivery, hook):
    (snippet,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    guide = {}
    exec(compile(snippet, "docs/webhooks.md", "exec"), guide)  # what a reader would paste
    send_all()
    (received,) = receiver.received
    headers = {name.lower(): value for name, value in received.headers.items()}
    assert guide["verified"](headers, received.body, hook.secret) == received.message
    now = int(headers["webhook-timestamp"])
    forged = {
        "body": (headers, received.body + b" ", hook.secret),
        "secret": (headers, received.body, actions.make_secret()),
        "id": ({**headers, "webhook-id": "another"}, received.body, hook.secret),
        "moment": ({**headers, "webhook-timestamp": str(now + 1)}, received.body, hook.secret),
    }
    for what, arguments in forged.items():
        with pytest.raises(ValueError):
            pytest.fail(f"a wrong {what} passed: {guide['verified'](*arguments)}")
    old = signing.headers([hook.secret], delivery="x", timestamp=int(time.time()) - 400, body=b"{}")
    with pytest.raises(ValueError, match="old"):
        guide["verified"](old, b"{}", hook.secret)


def test_the_standard_webhooks_library_verifies_deliveries(receiver, delivery, hook):
    send_all()
    (received,) = receiver.received
    assert standardwebhooks.Webhook(hook.secret).verify(received.body, received.headers) == received.message
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(actions.make_secret()).verify(received.body, received.headers)


def test_the_signature_matches_the_example_of_the_specification():
    signed = signing.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        delivery="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(("length", "usable"), [(23, False), (24, True), (64, True), (65, False)])
def test_secrets_have_24_to_64_bytes(length, usable):
    secret = "whsec_" + base64.b64encode(bytes(length)).decode()
    if usable:
        assert signing.check_secret(secret) == secret
    else:
        with pytest.raises(ValueError, match="24 to 64 random bytes"):
            signing.check_secret(secret)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", base64.b64encode(bytes(32)).decode()])
def test_a_secret_without_prefix_or_base64_is_refused(secret):
    with pytest.raises(ValueError, match="secret must be whsec_"):
        signing.check_secret(secret)
