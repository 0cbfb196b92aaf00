"""`manage.py send_webhooks` sends what a killed process left, and ends when asked."""

import signal

import pytest

from generation.models import WebhookDelivery
from generation.webhooks import actions, catalog
from tests.generation.conftest import log_of, wait_is_over
from tests.support.site import wait_for


@pytest.mark.django_db(transaction=True)
def test_the_next_process_sends_what_a_killed_one_left_and_ends_on_sigterm(hook, receiver, start, site_processes):
    receiver.answers = [(None, {})]  # holds the first attempt until its process is dead
    delivery = WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)
    first = start()
    wait_for(lambda: receiver.received, what="the first attempt")
    first.kill()
    first.wait(10)
    assert log_of(hook) == [(catalog.TEST_EVENT, "sending", 1, None)]
    wait_is_over(delivery)
    second = start()
    wait_for(lambda: log_of(hook) == [(catalog.TEST_EVENT, "delivered", 2, 204)], what="the second attempt")
    assert [received.message["id"] for received in receiver.received] == [str(delivery.pk)] * 2
    actions.send_test(hook=hook)
    wait_for(lambda: len(receiver.received) == 3, what="a delivery to a process that was idle")
    second.send_signal(signal.SIGTERM)
    assert second.wait(20) == 0
    assert hook.secret not in (site_processes.data / "webhooks.log").read_text()
