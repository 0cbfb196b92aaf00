"""Jobs in the admin: viewed, searched, cancelled, retried."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from generation.jobs import reaper
from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Job
from sdsite.accounts.models import AuditEvent
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_image, make_job, make_user

LIST = reverse("admin:generation_job_changelist")


@pytest.fixture
def job(alice, checkpoint):
    return make_job(alice, checkpoint)


def fail(job):
    move(job.pk, "running")
    move(job.pk, "failed", error_code="out_of_memory", error_message="The accelerator is full.")
    job.refresh_from_db()


def test_cancelling_ends_a_waiting_job_and_is_in_the_trail(as_root, root, job, act):
    answer = act(as_root, LIST, "cancel_selected", job)
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert "1 cancelled" in answer.content.decode()
    event = AuditEvent.objects.get(action="job.cancelled")
    assert (event.actor, event.target) == (root, str(job.pk))


def test_cancelling_asks_a_running_job_to_stop_and_leaves_a_finished_one(as_root, alice, checkpoint, job, act):
    running = make_job(alice, checkpoint, seed=8)
    move(running.pk, "running")
    fail(job)
    answer = act(as_root, LIST, "cancel_selected", running, job)
    running.refresh_from_db()
    assert running.status == "running"
    assert running.cancel_requested_at is not None
    assert "1 unchanged: already finished" in answer.content.decode()


def test_retrying_makes_a_new_job_of_the_same_owner(as_root, alice, checkpoint, job, act):
    waiting = make_job(alice, checkpoint, seed=8)
    fail(job)
    answer = act(as_root, LIST, "retry_selected", job, waiting)
    fresh = Job.objects.exclude(pk__in=[job.pk, waiting.pk]).get()
    assert (fresh.owner, fresh.status, fresh.parameters["seed"]) == (alice, "queued", 7)
    assert "1 asked again" in answer.content.decode()
    assert "1 unchanged" in answer.content.decode()
    assert AuditEvent.objects.filter(action="job.retried", target=str(job.pk)).exists()


def test_the_page_of_a_job_offers_the_verb_that_fits(as_root, job):
    cancel, retry = (reverse(f"admin:generation_job_{name}", args=[job.pk]) for name in ("cancel_this", "retry_this"))
    page = as_root.get(reverse("admin:generation_job_change", args=[job.pk])).content.decode()
    assert cancel in page
    assert retry not in page
    fail(job)
    page = as_root.get(reverse("admin:generation_job_change", args=[job.pk])).content.decode()
    assert cancel not in page
    assert retry in page
    assert "The accelerator is full." in page


def test_the_page_of_a_job_shows_its_pictures(as_root, alice, job):
    image = make_image(alice, job_id=job.pk)
    page = as_root.get(reverse("admin:generation_job_change", args=[job.pk])).content.decode()
    assert reverse("image_thumbnail", args=[image.pk]) in page


def test_rows_cannot_be_added_changed_or_deleted_by_hand(as_root, job):
    assert as_root.get(reverse("admin:generation_job_add")).status_code == 403
    assert as_root.get(reverse("admin:generation_job_delete", args=[job.pk])).status_code == 403
    change = reverse("admin:generation_job_change", args=[job.pk])
    assert as_root.post(change, {"prompt": "something else", "status": "succeeded"}).status_code == 403
    job.refresh_from_db()
    assert (job.prompt, job.status) == ("a red heart", "queued")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=blue", {"blue"}),
        ("?q={heart}", {"heart"}),
        ("?status__in=failed&status__in=cancelled", {"heart"}),
        ("?status__exact=queued", {"blue"}),
        ("?source__exact=api", {"blue", "heart"}),
        ("?source__exact=studio", set()),
        ("?owner__id__exact={alice}", {"heart"}),
        ("?checkpoint__id__exact={checkpoint}", {"blue", "heart"}),
        ("?created_at_from_0=2020-01-01&created_at_from_1=00:00:00", {"blue", "heart"}),
        ("?created_at_to_0=2020-01-01&created_at_to_1=00:00:00", set()),
    ],
)
def test_jobs_are_found(as_root, alice, checkpoint, job, query, found):
    fail(job)
    other = make_job(make_user("dora"), checkpoint, prompt="a blue fish")
    names = {job.pk: "heart", other.pk: "blue"}
    url = LIST + query.format(heart=str(job.pk)[:8], alice=alice.pk, checkpoint=checkpoint.pk)
    answer = as_root.get(url)
    assert answer.status_code == 200
    assert {names[row.pk] for row in answer.context["cl"].result_list} == found


def test_a_longer_list_costs_no_more_queries(as_root, checkpoint, django_assert_max_num_queries):
    for number in range(12):
        make_job(make_user(f"user{number}"), checkpoint)
    with django_assert_max_num_queries(12):
        as_root.get(LIST)


def test_lost_workers_are_counted_on_the_job_and_in_the_list(as_root, alice, checkpoint):
    job = make_job(alice, checkpoint)
    for worker in ("one", "two"):
        claim(worker=worker, lanes=["interactive"])
        reaper.release_worker(worker)
    assert "3, 2 lost" in as_root.get(LIST).content.decode()
    assert "3, 2 lost" in as_root.get(reverse("admin:generation_job_change", args=[job.pk])).content.decode()


def test_cancelling_and_retrying_say_before_how_many_jobs_they_change(as_root, alice, checkpoint, job, act):
    running, failed = make_job(alice, checkpoint, seed=8), make_job(alice, checkpoint, seed=9, count=2)
    move(running.pk, "running")
    fail(failed)
    page = act(as_root, LIST, "cancel_selected", job, running, failed, ask=True).content.decode()
    assert "1 queued job will end at once, 1 running at the next step." in page
    assert "Ended already: 1; these stay." in page
    page = act(as_root, LIST, "retry_selected", job, failed, ask=True).content.decode()
    assert "1 new job with 2 images will be queued, for 1 owner as before" in page
    assert Job.objects.unfinished().count() == 2


def test_a_job_links_to_its_neighbours_that_one_may_view(as_root, bob, job):
    url = reverse("admin:generation_job_change", args=[job.pk])
    page = as_root.get(url).content.decode()
    neighbours = {
        f"{reverse('admin:gallery_image_changelist')}?job_id__exact={job.pk}",
        reverse("admin:accounts_user_change", args=[job.owner_id]),
        reverse("admin:generation_checkpoint_change", args=[job.checkpoint_id]),
        f"{reverse('admin:generation_job_changelist')}?owner__id__exact={job.owner_id}",
    }
    assert {link for link in neighbours if f'href="{link}"' not in page} == set()
    assert {link: as_root.get(link).status_code for link in neighbours} == dict.fromkeys(neighbours, 200)
    bob.user_permissions.set(Permission.objects.filter(codename="view_job"))
    page = client_of(bob).get(url).content.decode()
    assert f"{reverse('admin:generation_job_changelist')}?owner__id__exact={job.owner_id}" in page
    assert f"{reverse('admin:gallery_image_changelist')}?job_id__exact" not in page


def test_an_address_that_is_no_job_leads_back(as_root):
    for name in ("change", "history"):
        answer = as_root.get(reverse(f"admin:generation_job_{name}", args=["17"]))
        assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index")), name
