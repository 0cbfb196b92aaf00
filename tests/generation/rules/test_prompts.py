"""Prompts before the rules of the site, when a job is submitted: every prompt, before anything is stored."""

import pytest

from gallery.models import RuleHit
from gallery.rules import engine
from generation.models import Job
from tests.support.clients.api_client import error_of
from tests.support.factories import make_job
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def submit(client, **fields):
    return client.api("POST", "/jobs", {"prompt": "a red heart", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "a zeppelin"},
        {"prompt": "a {zeppelin|zeppelin}"},
        {"negative_prompt": "zeppelin"},
        {"prompt": "a __ships__"},
        {"prompt": "a heart AND a zeppelin"},
        {"styles": ["ships"]},
        {"grid": {"axes": [{"field": "prompt", "values": ["a heart", "a zeppelin"]}]}},
        {"grid": {"axes": [{"field": "replace", "values": ["red", "zeppelin"]}]}},
    ],
    ids=lambda fields: "-".join(fields),
)
def test_every_prompt_of_a_job_is_judged(owner_client, alice, checkpoint, fields):
    from generation.models import Style, Wildcard

    Wildcard.objects.create(name="ships", lines="zeppelin")
    Style.objects.create(owner=alice, name="ships", prompt="{prompt}, zeppelin")
    make_rule(reason="No airships here")
    found = error_of(submit(owner_client, **fields), 403, "refused_by_rule")
    assert found == {"prompt": "A rule of this site refuses this prompt: No airships here"}
    assert not Job.objects.exists()
    [hit] = RuleHit.objects.all()
    assert (hit.user, hit.door, hit.outcome, hit.matched, hit.job_id) == (alice, "api", "refuse", "zeppelin", None)


def test_the_sentence_does_not_name_the_rule_or_its_words(owner_client, checkpoint):
    make_rule(name="Blimps", words="blimp, zeppelin")
    message = submit(owner_client, prompt="a zeppelin").json()["error"]["message"]
    assert message == "A rule of this site refuses this prompt."


def test_other_prompts_pass_and_leave_no_trace(owner_client, checkpoint):
    make_rule()
    assert submit(owner_client).status_code == 202
    assert not RuleHit.objects.exists()


@pytest.mark.parametrize("decision", ["notify", "blur", "hold"])
def test_a_milder_decision_lets_the_job_be_and_is_recorded_with_it(owner_client, checkpoint, decision):
    make_rule(decision=decision)
    job = submit(owner_client, prompt="a zeppelin").json()
    [hit] = RuleHit.objects.all()
    assert (str(hit.job_id), hit.outcome) == (job["id"], decision)


def test_a_dry_run_refuses_and_records_nothing(owner_client, checkpoint):
    make_rule()
    error_of(owner_client.api("POST", "/jobs?dry_run=true", {"prompt": "zeppelin"}), 403, "refused_by_rule")
    assert not RuleHit.objects.exists()


def test_a_retry_is_judged_by_the_rules_of_today(owner_client, alice, checkpoint):
    job = make_job(alice, checkpoint, prompt="a zeppelin")
    Job.objects.update(status="failed")
    make_rule()
    error_of(owner_client.api("POST", f"/jobs/{job.pk}/retry"), 403, "refused_by_rule")
    assert Job.objects.count() == 1


def test_a_repeated_request_with_its_key_is_the_job_that_was_accepted(owner_client, checkpoint):
    headers = {"Idempotency-Key": "once"}
    first = owner_client.api("POST", "/jobs", {"prompt": "a zeppelin"}, headers=headers)
    make_rule()
    again = owner_client.api("POST", "/jobs", {"prompt": "a zeppelin"}, headers=headers)
    assert first.json()["id"] == again.json()["id"]


def test_what_cannot_be_judged_in_time_is_not_accepted(owner_client, checkpoint, monkeypatch):
    make_rule()
    monkeypatch.setattr(engine, "MOST_SECONDS", -1.0)
    response = submit(owner_client)
    error_of(response, 503, "unavailable")
    assert response["Retry-After"] == "30"
