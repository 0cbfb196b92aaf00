"""`manage.py maintenance`."""

import pytest
from django.core.management import CommandError, call_command

from generation.queue.state import current_state
from sdsite.accounts.models import AuditEvent

pytestmark = pytest.mark.usefixtures("valkey")


def test_on_and_off(job, capsys):
    call_command("maintenance", "on", message="New disks.", minutes=30)
    assert "1 accepted jobs are not done yet" in capsys.readouterr().out
    state = current_state()
    assert (state.maintenance, state.closed, state.message) == (True, True, "New disks.")
    assert state.until is not None
    call_command("maintenance", "off")
    state = current_state()
    assert (state.maintenance, state.closed, state.message, state.until) == (False, False, "", None)
    assert AuditEvent.objects.filter(action="queue.changed", actor=None).count() == 2


@pytest.mark.parametrize("words", [{"minutes": 0}, {"minutes": 10**6}, {"message": "x" * 201}])
def test_what_cannot_be_changes_nothing(db, words):
    with pytest.raises(CommandError):
        call_command("maintenance", "on", **words)
    assert str(current_state()) == "open"
