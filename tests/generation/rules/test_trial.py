"""Trials: what a rule would have matched in the last 30 days, within its bounds."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from gallery.models import Image
from gallery.rules.content import RuleContent
from generation.models import Job
from generation.rules import trial
from generation.rules.trial import prompts_of, try_on_past, try_on_text
from sdsite.accounts import site_settings
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.django_db


def content(**fields):
    values = {"name": "tried", "scope": "prompt", "decision": "refuse", **fields}
    if values["scope"] == "prompt":
        values.setdefault("words", "zeppelin")
    return RuleContent(**values)


@pytest.fixture
def jobs(alice, charlie, checkpoint):
    return [
        make_job(alice, checkpoint, prompt="a zeppelin"),
        make_job(alice, checkpoint, negative_prompt="zeppelin"),
        make_job(charlie, checkpoint, grid={"axes": [{"field": "prompt", "values": ["a heart", "the zeppelin"]}]}),
        make_job(charlie, checkpoint),
    ]


def test_jobs_of_the_last_days_are_looked_at(jobs):
    found = try_on_past(content())
    assert (found.looked_at, found.caught, len(found.people), found.complete) == (4, 3, 2, True)
    assert [one.job_id for one in found.examples] == [job.pk for job in reversed(jobs[:3])]
    Job.objects.filter(pk=jobs[0].pk).update(created_at=timezone.now() - timedelta(days=31))
    assert (try_on_past(content(negative=False)).looked_at, try_on_past(content(negative=False)).caught) == (3, 1)


def test_it_says_how_far_it_looked(jobs, root, monkeypatch):
    def days(found):
        return round((timezone.now() - found.since) / timedelta(days=1))

    assert (days(try_on_past(content())), trial.days_of_jobs()) == (30, 30)
    site_settings.change(actor=root, changes={"deliveries_days": 5, "jobs_days": 10})
    assert (days(try_on_past(content())), trial.days_of_jobs()) == (10, 10)
    assert days(try_on_past(content(scope="checker"))) == 30
    monkeypatch.setattr(trial, "MOST_ROWS", 2)
    monkeypatch.setattr(trial, "_BATCH", 2)
    assert try_on_past(content()).since == jobs[2].created_at


def test_only_those_whom_it_binds_count(jobs, charlie):
    group = Group.objects.create(name="press")
    charlie.groups.add(group)
    found = try_on_past(content(roles=[group.pk]))
    assert (found.looked_at, found.caught, found.people) == (2, 1, {charlie.pk})


def test_a_trial_is_bounded(jobs, monkeypatch):
    monkeypatch.setattr(trial, "_BATCH", 2)
    found = try_on_past(content())
    assert (found.looked_at, found.complete) == (4, True)
    monkeypatch.setattr(trial, "MOST_ROWS", 2)
    found = try_on_past(content())
    assert (found.looked_at, found.complete) == (2, False)
    monkeypatch.setattr(trial, "MOST_EXAMPLES", 0)
    assert try_on_past(content()).examples == []


def test_a_rule_that_is_off_or_allows_can_be_tried(jobs):
    assert try_on_past(content(enabled=False, decision="allow")).caught == 3
    assert try_on_text(content(enabled=False), "a zeppelin") == "zeppelin"


def test_values_of_grids_are_prompts_too():
    axes = [{"field": "replace", "values": ["red", "blue"]}, {"field": "negative_prompt", "values": ["x"]}]
    found = prompts_of({"prompt": "a red heart", "negative_prompt": "", "grid": {"axes": axes}})
    assert found == (["a red heart", "a blue heart"], ["", "x"])
    assert prompts_of({"prompt": "{a|b}", "image_prompts": ["a", "b"]}) == (["a", "b"], [""])


def test_checked_images_are_looked_at(alice, own_media):
    images = [make_image(alice, index=number) for number in range(3)]
    Image.objects.filter(pk=images[0].pk).update(safety={"score": 0.9, "scores": {"gore": 0.7}})
    Image.objects.filter(pk=images[1].pk).update(safety={"score": 0.1})
    gore = try_on_past(content(scope="checker", label="gore", least_score=0.5))
    assert (gore.looked_at, gore.caught, gore.examples[0].image_id) == (2, 1, images[0].pk)
    assert try_on_past(content(scope="checker", least_score=0.1)).caught == 2


def test_published_images_are_looked_at(alice, own_media):
    now = timezone.now()
    for number, ago in enumerate((0, 1, 2, 300)):
        image = make_image(alice, index=number)
        Image.objects.filter(pk=image.pk).update(published_at=now - timedelta(minutes=ago))
    burst = try_on_past(content(scope="burst", publications=2, minutes=60))
    assert (burst.looked_at, burst.caught) == (4, 1)
    assert try_on_past(content(scope="new_account", days=7)).caught == 4
    alice.date_joined -= timedelta(days=9)
    alice.save()
    assert try_on_past(content(scope="new_account", days=7)).caught == 0
