"""Second factors that roles ask for."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import Group

from sdsite.accounts.models import AuditEvent, Role
from sdsite.accounts.required_steps.second_factor import require_second_factor
from tests.sdsite.accounts.required_steps.conftest import add_app, steps


def asked(user):
    return steps(user)[1]


def test_members_are_asked_at_once_and_others_are_not(alice, charlie, root):
    group = Group.objects.create(name="careful")
    alice.groups.add(group)
    assert not asked(alice)
    assert require_second_factor(group, required=True, actor=root)
    assert asked(alice)
    assert not asked(charlie)
    assert not require_second_factor(group, required=True, actor=root)
    assert require_second_factor(group, required=False, actor=root)
    assert not asked(alice)
    event = AuditEvent.objects.filter(action="role.second_factor_changed").first()
    assert event.target == "careful"


@pytest.mark.parametrize("from_role", [True, False])
def test_joining_and_leaving_a_role(alice, careful, from_role):
    if from_role:
        careful.user_set.add(alice)
    else:
        alice.groups.add(careful)
    assert asked(alice)
    if from_role:
        careful.user_set.clear()
    else:
        alice.groups.set([])
    assert not asked(alice)


@pytest.mark.parametrize("kind", [Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP])
def test_an_app_or_a_passkey_does_and_recovery_codes_alone_do_not(alice, careful, kind):
    alice.groups.add(careful)
    RecoveryCodes.activate(alice)
    assert asked(alice)
    app = Authenticator.objects.create(user=alice, type=kind, data={})
    assert not asked(alice)
    app.delete()
    assert asked(alice)


def test_a_role_that_is_deleted_asks_nobody(alice, careful):
    alice.groups.add(careful)
    careful.delete()
    assert not asked(alice)


def test_who_has_no_role_counts_as_a_member(alice, charlie, root):
    role = Role.objects.get(key="member")
    other = Role.objects.create(group=Group.objects.create(name="painters"))
    charlie.groups.add(other.group)
    require_second_factor(role.group, required=True, actor=root)
    assert asked(alice)
    assert not asked(charlie)


def test_superusers_count_as_administrators_and_are_not_locked_out(root, as_root):
    role = Role.objects.get(key="administrator")
    require_second_factor(role.group, required=True, actor=root)
    assert asked(root)
    assert as_root.get("/admin/", follow=True).redirect_chain[-1][0] == "/settings/second-factor/"
    assert as_root.get("/accounts/2fa/totp/activate/", follow=True).status_code == 200
    add_app(root)
    assert as_root.get("/admin/").status_code == 200
