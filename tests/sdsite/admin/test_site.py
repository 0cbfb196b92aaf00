"""Access to admin pages, and their content security policy."""

import html
import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import set_tags
from sdsite.accounts.api_keys import create_key
from sdsite.accounts.audit import record
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.usefixtures("valkey_alone")

LISTS = {
    "accounts_user": "people",
    "auth_group": "people",
    "accounts_apikey": "people",
    "accounts_auditevent": "people",
    "account_emailaddress": "people",
    "mfa_authenticator": "people",
    "generation_checkpoint": "studio",
    "generation_job": "studio",
    "generation_share": "studio",
    "gallery_image": "pictures",
    "gallery_upload": "people",
    "gallery_collection": "people",
    "gallery_imagetag": "people",
}


@pytest.fixture
def rows(alice, checkpoint):
    job = make_job(alice, checkpoint)
    image = make_image(alice, job_id=job.pk)
    add_images(collection=create_collection(owner=alice, name="Skies"), ids=[image.pk])
    set_tags(image=image, names=["sea"])
    create_key(owner=alice, name="laptop", scopes=["read"])
    record(actor=alice, action="test.done", target="nothing")
    return job


def changelist(name):
    return reverse(f"admin:{name}_changelist")


@pytest.mark.parametrize("name", LISTS)
def test_the_administrator_sees_every_list_and_its_rows(as_root, rows, name):
    answer = as_root.get(changelist(name))
    assert answer.status_code == 200
    assert answer.context["cl"].result_count == answer.context["cl"].model.objects.count()


@pytest.mark.parametrize("name", LISTS)
def test_a_moderator_sees_only_images(as_moderator, rows, name):
    assert as_moderator.get(changelist(name)).status_code == (200 if LISTS[name] == "pictures" else 403)


@pytest.mark.parametrize("name", [*LISTS, "index"])
def test_users_and_visitors_have_no_access(as_alice, client, rows, name):
    url = reverse("admin:index") if name == "index" else changelist(name)
    assert as_alice.get(url, follow=True).status_code == 403
    outside = client.get(url, follow=True)
    assert outside.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_the_way_in_is_the_sites_own_log_in(client, db):
    answer = client.get(reverse("admin:login"), {"next": "/admin/"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_the_moderator_may_not_touch_jobs_or_checkpoints(as_moderator, rows, act):
    act(as_moderator, changelist("generation_job"), "cancel_selected", rows)
    rows.refresh_from_db()
    assert rows.status == "queued"
    for name in ("cancel_this", "retry_this"):
        url = reverse(f"admin:generation_job_{name}", args=[rows.pk])
        assert as_moderator.post(url, {"_form_submitted": "on"}).status_code == 403
    rows.refresh_from_db()
    assert rows.status == "queued"


def test_a_user_who_may_only_view_jobs_sees_no_actions(bob, rows, act):
    from django.contrib.auth.models import Permission

    from tests.support.clients.logged_in import client_of

    bob.user_permissions.set(Permission.objects.filter(codename="view_job"))
    client = client_of(bob)
    page = client.get(changelist("generation_job"))
    assert page.status_code == 200
    assert "cancel_selected" not in page.content.decode()
    act(client, changelist("generation_job"), "cancel_selected", rows)
    url = reverse("admin:generation_job_cancel_this", args=[rows.pk])
    assert client.post(url, {"_form_submitted": "on"}).status_code == 403
    rows.refresh_from_db()
    assert rows.status == "queued"
    shown = client.get(reverse("admin:generation_job_change", args=[rows.pk])).content.decode()
    assert reverse("image_thumbnail", args=[rows.pk])[:8] not in shown


def test_the_queue_librarys_own_pages_are_not_there(as_root, client):
    for url in ("/admin/django_rq/dashboard/", "/admin/django_rq/dashboard/stats.json", "/django-rq/", "/admin/rq/"):
        assert as_root.get(url).status_code == 404
        assert client.get(url, follow=True).status_code in (200, 404)  # 200: the log-in page
    assert not any("django_rq" in str(app["app_label"]) for app in as_root.get("/admin/").context["app_list"])


def policy_of(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";") if part.strip())
    return {directive: set(sources) for directive, *sources in parts}


def test_only_the_admin_gets_the_relaxed_policy_and_only_by_two_words(as_root, client):
    inside, outside = policy_of(as_root.get("/admin/")), policy_of(client.get(reverse("account_login")))
    assert not any("unsafe" in source for sources in outside.values() for source in sources)
    assert {name: inside[name] - outside[name] for name in inside if inside[name] != outside.get(name)} == {
        "script-src": {"'unsafe-eval'"},
        "style-src": {"'unsafe-inline'"},
    }


@pytest.mark.parametrize("url", ["/nowhere/", "/admin/nowhere/"])
def test_pages_that_are_not_the_themes_stay_strict(as_root, as_alice, url):
    for answer in (as_root.get(url), as_alice.get("/admin/", follow=True)):
        assert not any("unsafe" in source for sources in policy_of(answer).values() for source in sources)


@pytest.mark.parametrize("model", ["dashboard", "user", "image"])
def test_what_has_no_page_or_no_table_is_not_found(as_root, model):
    for content_type in ContentType.objects.filter(model=model):
        for pk in ("1", "no-id"):
            assert as_root.get(f"/admin/r/{content_type.pk}/{pk}/").status_code == 404
    assert as_root.get("/admin/r/999999/1/").status_code == 404
    assert as_root.get("/admin/r/none/1/").status_code == 404


def test_a_person_without_rights_is_refused_at_the_login_without_a_traceback(as_alice, caplog):
    assert as_alice.get("/admin/login/").status_code == 403
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("kind", ["user", "image", "checkpoint"])
def test_the_links_of_a_row_lead_somewhere(as_root, rows, alice, kind):
    address = {
        "user": reverse("admin:accounts_user_change", args=[alice.pk]),
        "image": reverse("admin:gallery_image_change", args=[alice.images.get().pk]),
        "checkpoint": reverse("admin:generation_checkpoint_change", args=[rows.checkpoint_id]),
    }[kind]
    page = as_root.get(address).content.decode()
    [field] = re.findall(r"See also.*?</(?:fieldset|section)>", page, re.DOTALL)[:1]
    links = [html.unescape(link) for link in re.findall(r'href="(/(?:admin|moderation)/[^"]+\?[^"]+)"', field)]
    assert len(links) > 2
    assert {link: as_root.get(link).status_code for link in links} == dict.fromkeys(links, 200)
