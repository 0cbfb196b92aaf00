"""Settings over all apps as one set; `tests/sdsite/api/site/test_settings.py` changes them through the API."""

import pytest
from django.core.exceptions import ValidationError

from generation.models import Checkpoint
from sdsite.accounts.models import AuditEvent, SiteSettings
from sdsite.configuration import changes
from tests.support.factories import make_checkpoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_alone")]


def test_everything_that_can_be_changed_is_held(checkpoint):
    assert set(changes.held()) == set(changes.NAMES)
    assert changes.held()["default_checkpoint"] == "starter"


def test_every_sentence_comes_at_once(root):
    with pytest.raises(ValidationError) as refused:
        changes.change(actor=root, changes={"name": "", "safety": "maybe", "signup_mode": "some", "dialects": ["x"]})
    assert set(refused.value.message_dict) == {"name", "safety", "signup_mode", "dialects"}
    assert not SiteSettings.objects.exists()
    assert not AuditEvent.objects.exists()


def test_no_default_at_all_is_a_choice(root, checkpoint):
    make_checkpoint("ink")
    changes.change(actor=root, changes={"default_checkpoint": ""})
    assert not Checkpoint.objects.filter(is_default=True).exists()


def test_a_message_alone_does_not_open_a_closed_queue(root):
    from generation.jobs.queue_control import set_state
    from generation.queue.state import current_state

    set_state(actor=root, closed=True)
    changes.change(actor=root, changes={"maintenance_message": "Until noon."})
    assert (current_state().closed, current_state().message) == (True, "Until noon.")
