"""Filters of a list are found again by who leaves it and comes back, and by nobody else."""

import pytest
from django.urls import reverse

from sdsite.accounts.changelists import remembered
from sdsite.accounts.models import User
from tests.support.clients.logged_in import client_of

pytestmark = pytest.mark.usefixtures("valkey_alone")
JOBS = reverse("admin:generation_job_changelist")
INDEX = reverse("admin:index")
FILTERED = "status__exact=failed&source__exact=api"


def visit(client, url, *, coming_from):
    return client.get(url, headers={"Referer": f"http://testserver{coming_from}"})


def kept():
    return User.objects.get(username="root").preferences[remembered.STORED_AS]


def filter_jobs(client, query=FILTERED):
    assert visit(client, f"{JOBS}?{query}", coming_from=JOBS).status_code == 200


def test_who_comes_back_finds_the_filters(as_root, as_moderator):
    filter_jobs(as_root)
    answer = visit(as_root, JOBS, coming_from=INDEX)
    assert (answer.status_code, answer.url) == (302, f"{JOBS}?{FILTERED}")
    page = as_root.get(answer.url).content.decode()
    assert "The filters are those of last time" in page
    assert visit(as_root, reverse("admin:gallery_image_changelist"), coming_from=INDEX).status_code == 200


def test_opening_the_list_from_itself_starts_afresh(as_root):
    filter_jobs(as_root)
    assert visit(as_root, JOBS, coming_from=f"{JOBS}?{FILTERED}").status_code == 200
    assert visit(as_root, JOBS, coming_from=INDEX).status_code == 200


@pytest.mark.parametrize("query", ["q=fox", "p=2", "status__exact=&e=1"])
def test_a_search_and_a_page_are_not_remembered(as_root, query):
    visit(as_root, f"{JOBS}?{query}", coming_from=JOBS)
    assert visit(as_root, JOBS, coming_from=INDEX).status_code == 200


def test_filters_of_a_link_from_elsewhere_are_not_remembered_and_hold(as_root):
    filter_jobs(as_root)
    assert visit(as_root, f"{JOBS}?worker__exact=w1", coming_from=INDEX).status_code == 200
    assert visit(as_root, JOBS, coming_from=INDEX).url == f"{JOBS}?{FILTERED}"
    assert visit(as_root, f"{JOBS}?_popup=1", coming_from=INDEX).status_code == 200


def test_another_sites_page_changes_nothing(as_root):
    as_root.get(f"{JOBS}?{FILTERED}", headers={"Referer": f"https://elsewhere.example{JOBS}"})
    assert visit(as_root, JOBS, coming_from=INDEX).status_code == 200


def test_little_is_kept(as_root, monkeypatch):
    filter_jobs(as_root, "prompt__contains=" + "x" * remembered.LONGEST)
    assert visit(as_root, JOBS, coming_from=INDEX).status_code == 200
    monkeypatch.setattr(remembered, "MOST_LISTS", 1)
    filter_jobs(as_root)
    users = reverse("admin:accounts_user_changelist")
    visit(as_root, f"{users}?is_active__exact=1", coming_from=users)
    assert list(kept()) == [users]
    filter_jobs(as_root)
    assert list(kept()) == [JOBS]
    monkeypatch.setattr(remembered, "MOST_LISTS", 40)
    monkeypatch.setattr(remembered, "MOST_CHARACTERS", len(FILTERED))
    visit(as_root, f"{users}?is_active__exact=1", coming_from=users)
    assert list(kept()) == [users]


def test_another_device_finds_them_and_what_else_is_kept_stays(as_root, root):
    User.objects.filter(pk=root.pk).update(preferences={"hints_read": True})
    filter_jobs(as_root)
    assert visit(client_of(root), JOBS, coming_from=INDEX).url == f"{JOBS}?{FILTERED}"
    assert User.objects.get(pk=root.pk).preferences == {"hints_read": True, "admin_filters": {JOBS: FILTERED}}
