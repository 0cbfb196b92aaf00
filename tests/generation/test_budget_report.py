"""What is left of a user's limits, as /me shows it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.factories import make_job
from tests.support.limits import ended, limit, predicted

pytestmark = pytest.mark.django_db


class TestMe:
    """Remaining budget of a user."""

    def test_it_tells_limits_use_and_rest(self, owner_client, alice, checkpoint):
        from generation.jobs.lifecycle import move

        limit(most_queued=5, most_running=2, most_seconds_a_day=100)
        done, running, waiting = (make_job(alice, checkpoint) for _ in range(3))
        cost = predicted(running) + predicted(waiting)
        ended(done, seconds=30, ago=timedelta(hours=4))
        move(running.pk, "running", worker="w")
        me = owner_client.api("GET", "/me").json()
        assert (me["limits"]["most_queued"], me["limits"]["most_running"]) == (5, 2)
        assert me["used"] == {
            "queued": 1,
            "running": 1,
            "seconds": 30,
            "seconds_expected": pytest.approx(cost, abs=0.1),
            "kept_steps_bytes": 0,
        }
        assert me["remaining"] == {"queued": 4, "running": 1, "seconds": pytest.approx(70 - cost, abs=0.2)}
        back = datetime.fromisoformat(me["resets_at"]) - datetime.now(UTC)
        assert timedelta(hours=19, minutes=58) < back <= timedelta(hours=20)

    def test_without_limits_nothing_runs_out(self, owner_client, alice, checkpoint):
        ended(make_job(alice, checkpoint), seconds=30, ago=timedelta(hours=4))
        me = owner_client.api("GET", "/me").json()
        assert me["remaining"] == {"queued": None, "running": None, "seconds": None}
        assert me["used"]["seconds"] == 30
        assert me["resets_at"] is None
