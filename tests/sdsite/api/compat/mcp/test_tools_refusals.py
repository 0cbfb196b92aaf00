"""What the site refuses at its other doors it refuses at this one: rules, maintenance, permissions, limits, a queue."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from gallery.models import RuleHit
from generation.jobs.queue_control import set_state
from generation.models import Job, RoleLimits
from sdsite.accounts.models import Role
from tests.sdsite.api.compat.mcp.conftest import call, refused, result_of
from tests.support.factories import make_image, make_job
from tests.support.rules import make_rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]

HEART = {"prompt": "a red heart", "wait_seconds": 0}


def limit(**values):
    """Give those without a role these limits."""
    RoleLimits.objects.update_or_create(group=None, defaults=values)


def by_rule(alice, root):
    make_rule(words="heart", reason="No hearts here")


def by_maintenance(alice, root):
    set_state(actor=root, maintenance=True, message="New disks.", until=timezone.now() + timedelta(minutes=10))


def by_closed_queue(alice, root):
    set_state(actor=root, closed=True, message="Come back.")


def by_role(alice, root):
    group = Group.objects.create(name="guests")
    Role.objects.create(group=group)
    alice.groups.add(group)


def by_door(alice, root):
    limit(sources=["api"])


def by_count(alice, root):
    limit(most_images=1)


def by_queued(alice, root):
    limit(most_queued=0)


WAYS = {
    "refused_by_rule": by_rule,
    "maintenance": by_maintenance,
    "queue_closed": by_closed_queue,
    "not_allowed": by_role,
    "limit_exceeded": by_door,
    "limit_exceeded, count": by_count,
    "queue_full": by_queued,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_other_doors_refuse_is_refused_here(client, alice, root, way):
    WAYS[way](alice, root)
    error = refused(client, "generate", **HEART, count=2)
    assert error["code"] == way.partition(",")[0]
    assert not Job.objects.exists()
    if way == "refused_by_rule":
        assert RuleHit.objects.get().door == "mcp"
    if way.startswith("limit"):
        assert error["limit"]["name"] in ("sources", "most_images")


@pytest.mark.parametrize("decision", ["notify", "blur", "hold"])
def test_a_milder_decision_is_recorded_with_the_job(client, decision):
    make_rule(words="heart", decision=decision)
    job, _ = call(client, "generate", **HEART)
    hit = RuleHit.objects.get()
    assert (str(hit.job_id), hit.door, hit.outcome) == (job["job_id"], "mcp", decision)


def test_an_edit_is_no_tool_of_those_who_may_not(client, alice):
    limit(tasks=["text_to_image"])
    assert "edit" not in {tool["name"] for tool in result_of(client, "tools/list")["tools"]}
    error = refused(client, "edit", **HEART, init_image=f"image:{make_image(alice).pk}")
    assert (error["code"], error["limit"]["name"]) == ("limit_exceeded", "tasks")


def test_reading_works_in_maintenance(client, alice, root, checkpoint):
    job = make_job(alice, checkpoint)
    by_maintenance(alice, root)
    assert call(client, "wait", job_id=str(job.pk), wait_seconds=0)[0]["status"] == "queued"
