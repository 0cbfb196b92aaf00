"""API keys: creating, checking, and what checking one costs."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sdsite.accounts import api_keys
from sdsite.accounts.api_keys import authenticate, create_key
from sdsite.accounts.models import ApiKey

pytestmark = pytest.mark.django_db


def made(owner, *scopes, **limits):
    return create_key(owner=owner, name="tests", scopes=list(scopes or ("generate", "read")), **limits)


def refused(owner, *scopes, **limits):
    with pytest.raises(ValidationError) as refusal:
        made(owner, *scopes, **limits)
    assert not ApiKey.objects.filter(owner=owner, name="tests").exclude(pk=getattr(limits.get("made_with"), "pk", 0))
    return {name: " ".join(said) for name, said in refusal.value.message_dict.items()}


class TestLimits:
    """What a key may be bound to."""

    def test_they_are_kept(self, alice, checkpoint):
        key, whole = made(alice, seconds_a_day=600, checkpoints=["starter"])
        again = authenticate(whole)
        assert (again.pk, again.seconds_a_day, again.checkpoints) == (key.pk, 600, ["starter"])

    @pytest.mark.parametrize("seconds", [0, -1, api_keys.MOST_SECONDS + 1])
    def test_seconds_out_of_range_are_refused(self, alice, seconds):
        assert str(api_keys.MOST_SECONDS) in refused(alice, seconds_a_day=seconds)["seconds_a_day"]

    def test_a_checkpoint_that_is_not_offered_is_refused_by_name(self, alice, checkpoint):
        said = refused(alice, checkpoints=["starter", "nowhere"])["checkpoints"]
        assert "nowhere" in said
        assert "starter" in said

    def test_one_person_keeps_so_many(self, alice, monkeypatch):
        monkeypatch.setattr(api_keys, "MOST_KEYS", 1)
        key, _ = made(alice)
        with pytest.raises(ValidationError, match="1 usable keys"):
            made(alice)
        api_keys.revoke_key(key=key, actor=alice)
        made(alice)

    def test_the_command_sets_them(self, alice, checkpoint, capsys):
        call_command("create_api_key", user="alice", scopes="read", seconds_a_day=60, checkpoints="starter")
        key = authenticate(capsys.readouterr().out.strip())
        assert (key.seconds_a_day, key.checkpoints) == (60, ["starter"])


class TestMadeWithAKey:
    """A key gives no more than it has."""

    @pytest.fixture
    def maker(self, bob):
        return made(bob, "read", "admin", expires_at=timezone.now() + timedelta(days=3))[0]

    def test_only_its_own_scopes(self, bob, maker):
        assert "generate" in refused(bob, "generate", made_with=maker, expires_at=maker.expires_at)["scopes"]
        assert made(bob, "read", made_with=maker, expires_at=maker.expires_at)[0].scopes == ["read"]

    @pytest.mark.parametrize("later", [None, timedelta(days=4)])
    def test_no_longer_than_itself(self, bob, maker, later):
        expires_at = later and timezone.now() + later
        assert "expires_at" in refused(bob, "read", made_with=maker, expires_at=expires_at)

    @pytest.mark.parametrize("limits", [{"seconds_a_day": 5}, {"checkpoints": ["starter"]}])
    def test_one_that_is_limited_makes_none(self, bob, checkpoint, limits):
        maker = made(bob, "read", "admin", **limits)[0]
        with pytest.raises(PermissionError):
            made(bob, "read", made_with=maker, **limits)


class TestCost:
    """Wrong keys cost what right ones do: the same query, whatever is wrong with them."""

    def asked(self, raw):
        """Return whether `raw` is a key, and the queries that the answer took, without their values."""
        with CaptureQueriesContext(connection) as queries:
            found = authenticate(raw) is not None
        return found, [re.sub(r"'[^']*'", "?", query["sql"]) for query in queries]

    @pytest.mark.parametrize(
        "kind", ["right", "wrong secret", "unknown", "expired", "revoked", "locked out", "no key at all", "NUL", "long"]
    )
    def test_every_kind_costs_the_same(self, alice, kind):
        key, whole = made(alice)
        authenticate(whole)  # the first use of a minute writes it down
        found, right = self.asked(whole)
        assert found
        assert len(right) == 1
        raw = {"wrong secret": whole[:-1] + "!", "unknown": f"sds_aaaaaaaa_{whole[13:]}"}.get(kind, whole)
        raw = {"no key at all": "hello", "NUL": "sds_\x00_x", "long": "x" * 5000}.get(kind, raw)
        past = timezone.now() - timedelta(seconds=1)
        if kind in ("expired", "revoked"):
            ApiKey.objects.filter(pk=key.pk).update(**{{"expired": "expires_at", "revoked": "revoked_at"}[kind]: past})
        if kind == "locked out":
            type(alice).objects.filter(pk=alice.pk).update(is_active=False)
        assert self.asked(raw) == (kind == "right", right)

    def test_last_use_is_kept_to_the_minute(self, alice):
        key, whole = made(alice)
        authenticate(whole)
        key.refresh_from_db()
        assert timezone.now() - key.last_used_at < timedelta(minutes=1)
        before = timezone.now() - timedelta(minutes=2)
        ApiKey.objects.update(last_used_at=before)
        assert authenticate(whole).last_used_at > before
        key.refresh_from_db()
        assert key.last_used_at > before
