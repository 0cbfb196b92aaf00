"""Users, API keys and the audit log in the admin."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.storage import default_storage
from django.urls import reverse

from gallery.models import Image
from generation.models import Job
from sdsite.accounts.api_keys import authenticate, create_key, revoke_key
from sdsite.accounts.models import ApiKey, AuditEvent, User
from tests.support.clients.logged_in import client_of
from tests.support.factories import PASSWORD, make_image, make_job, make_user

USERS = reverse("admin:accounts_user_changelist")
KEYS = reverse("admin:accounts_apikey_changelist")


@pytest.fixture
def key(alice):
    return create_key(owner=alice, name="laptop", scopes=["read"])


@pytest.fixture
def helper(bob):
    """Bob, staff who looks after accounts."""
    bob.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts", codename__endswith="_user"))
    return client_of(bob)


def form_of(client, url):
    """Return what the change form at `url` would send unchanged."""
    form = client.get(url).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in values.items() if value not in (None, False)}
    for name in ("last_login", "date_joined"):
        data.pop(name, None)
    return data


def test_a_person_is_added_and_can_log_in(as_root, client, root):
    data = {"username": "dora", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    as_root.post(reverse("admin:accounts_user_add"), data)
    assert client.login(username="dora", password=PASSWORD)
    assert AuditEvent.objects.get(action="user.created").actor == root


def test_a_password_is_changed_and_never_in_the_audit_log(as_root, client, alice):
    data = {"password1": "another horse battery", "password2": "another horse battery", "usable_password": "true"}
    as_root.post(reverse("admin:auth_user_password_change", args=[alice.pk]), data)
    assert client.login(username="alice", password="another horse battery")
    event = AuditEvent.objects.get(action="user.changed")
    assert "horse" not in str(event.detail)


def test_suspending_ends_sessions_and_keys(as_root, as_alice, alice, key, act):
    answer = act(as_root, USERS, "deactivate", alice)
    alice.refresh_from_db()
    assert not alice.is_active
    assert "1 suspended" in answer.content.decode()
    assert authenticate(key[1]) is None
    assert as_alice.get("/admin/", follow=True).redirect_chain[-1][0].startswith(reverse("account_login"))
    act(as_root, USERS, "activate", alice)
    assert authenticate(key[1]) == key[0]
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"user.deactivated", "user.activated"}


def test_users_cannot_suspend_themselves(as_root, root, act):
    act(as_root, USERS, "deactivate", root)
    root.refresh_from_db()
    assert root.is_active


def test_staff_change_plain_accounts_and_cannot_raise_privileges(helper, alice):
    url = reverse("admin:accounts_user_change", args=[alice.pk])
    data = form_of(helper, url) | {"email": "new@example.org", "is_staff": "on", "is_superuser": "on"}
    assert helper.post(url, data).status_code == 302
    alice.refresh_from_db()
    assert (alice.email, alice.is_staff, alice.is_superuser) == ("new@example.org", False, False)


def test_a_helper_raises_not_even_themselves(helper, bob):
    url = reverse("admin:accounts_user_change", args=[bob.pk])
    helper.post(url, form_of(helper, url) | {"is_superuser": "on"})
    bob.refresh_from_db()
    assert not bob.is_superuser


def test_a_helper_touches_no_administrator(helper, root, act):
    change = reverse("admin:accounts_user_change", args=[root.pk])
    assert helper.post(change, {"email": "mine@example.org"}).status_code == 403
    assert helper.post(reverse("admin:auth_user_password_change", args=[root.pk]), {}).status_code == 403
    act(helper, USERS, "deactivate", root)
    act(helper, USERS, "delete_selected", root, post="yes")
    root.refresh_from_db()
    assert root.is_active


def test_groups_are_for_administrators(as_root, helper):
    data = {"name": "moderators", "permissions": [Permission.objects.get(codename="view_image").pk]}
    assert helper.post(reverse("admin:auth_group_add"), data).status_code == 403
    as_root.post(reverse("admin:auth_group_add"), data)
    assert Group.objects.get(name="moderators").permissions.count() == 1
    assert AuditEvent.objects.filter(action="group.created").exists()


def test_deleting_a_person_leaves_no_files_behind(
    as_root, alice, charlie, checkpoint, key, django_capture_on_commit_callbacks
):
    make_job(alice, checkpoint)
    gone, kept = make_image(alice), make_image(charlie)
    url = reverse("admin:accounts_user_delete", args=[alice.pk])
    assert as_root.get(url).context["perms_lacking"] == set()
    with django_capture_on_commit_callbacks(execute=True):
        as_root.post(url, {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not Job.objects.exists()
    assert list(Image.objects.all()) == [kept]
    assert not any(default_storage.exists(name) for name in (gone.file, gone.thumbnail))
    assert default_storage.exists(kept.file)
    assert AuditEvent.objects.filter(action="user.deleted", target="alice").count() == 1


def test_deleting_several_people_leaves_no_files_behind(
    as_root, alice, charlie, act, django_capture_on_commit_callbacks
):
    images = [make_image(alice), make_image(charlie)]
    with django_capture_on_commit_callbacks(execute=True):
        act(as_root, USERS, "delete_selected", alice, charlie, post="yes")
    assert list(User.objects.values_list("username", flat=True)) == ["root"]
    assert not any(default_storage.exists(image.file) for image in images)


def test_users_cannot_delete_themselves(as_root, root, act):
    make_user("other", is_staff=True, is_superuser=True)
    as_root.post(reverse("admin:accounts_user_delete", args=[root.pk]), {"post": "yes"})
    act(as_root, USERS, "delete_selected", root, post="yes")
    assert User.objects.filter(pk=root.pk).exists()


def test_a_key_is_revoked_from_the_list(as_root, root, key, act):
    act(as_root, KEYS, "revoke_selected", key[0])
    assert authenticate(key[1]) is None
    assert AuditEvent.objects.get(action="api_key.revoked").actor == root
    assert as_root.get(KEYS, {"state": "revoked"}).context["cl"].result_count == 1
    assert as_root.get(KEYS, {"state": "usable"}).context["cl"].result_count == 0


def test_a_key_is_revoked_from_its_page(as_root, key):
    url = reverse("admin:accounts_apikey_revoke_this", args=[key[0].pk])
    assert as_root.get(url).status_code == 200
    assert authenticate(key[1]) == key[0]
    assert as_root.post(url, {"_form_submitted": "on"}).status_code == 303
    assert authenticate(key[1]) is None


def test_a_keys_limits_are_changed_and_the_audit_log_says_which(as_root, key, checkpoint):
    url = reverse("admin:accounts_apikey_change", args=[key[0].pk])
    as_root.post(url, {"seconds_a_day": "600", "checkpoints": ["starter"]})
    key[0].refresh_from_db()
    assert (key[0].seconds_a_day, key[0].checkpoints, key[0].name) == (600, ["starter"], "laptop")
    [change] = AuditEvent.objects.get(action="api_key.changed").detail["changes"]
    assert change == {"changed": {"fields": ["GPU seconds a day", "checkpoints"]}}
    assert "600 GPU seconds a day · starter" in as_root.get(KEYS).content.decode()
    for wrong in ({"seconds_a_day": "0"}, {"checkpoints": ["nowhere"]}):
        assert as_root.post(url, wrong).status_code == 200
    key[0].refresh_from_db()
    assert key[0].seconds_a_day == 600


def test_a_revoked_key_and_those_without_the_permission_change_nothing(as_root, root, key, bob):
    url = reverse("admin:accounts_apikey_change", args=[key[0].pk])
    bob.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
    assert client_of(bob).get(url).status_code == 200
    assert client_of(bob).post(url, {"seconds_a_day": "600"}).status_code == 403
    revoke_key(key=key[0], actor=root)
    assert as_root.post(url, {"seconds_a_day": "600"}).status_code == 403
    assert not ApiKey.objects.exclude(seconds_a_day=None).exists()


def test_no_page_shows_a_digest(as_root, key):
    for url in (KEYS, reverse("admin:accounts_apikey_change", args=[key[0].pk])):
        page = as_root.get(url).content.decode()
        assert key[0].lookup in page
        assert ApiKey.objects.get().digest not in page
    assert as_root.get(reverse("admin:accounts_apikey_add")).status_code == 403


def test_the_audit_log_cannot_be_changed(as_root, key):
    event = AuditEvent.objects.get()
    args = [event.pk]
    assert as_root.get(reverse("admin:accounts_auditevent_change", args=args)).status_code == 200
    assert as_root.post(reverse("admin:accounts_auditevent_change", args=args), {"action": "x"}).status_code == 403
    assert as_root.post(reverse("admin:accounts_auditevent_delete", args=args), {"post": "yes"}).status_code == 403
    assert as_root.get(reverse("admin:accounts_auditevent_add")).status_code == 403


def test_the_secret_of_a_second_factor_is_not_shown(as_root, alice):
    from allauth.mfa.models import Authenticator

    factor = Authenticator.objects.create(user=alice, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    page = as_root.get(reverse("admin:mfa_authenticator_change", args=[factor.pk]))
    assert page.status_code == 200
    assert "JBSWY3DPEHPK3PXP" not in page.content.decode()
    as_root.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    assert not Authenticator.objects.exists()
    assert AuditEvent.objects.filter(action="authenticator.deleted").exists()
