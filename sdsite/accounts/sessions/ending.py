"""Ending sessions: one of them, all but one, or all; their websockets close within seconds."""

from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from sdsite.accounts import audit
from sdsite.accounts.models import User, UserSession
from sdsite.accounts.sessions.agents import browser_of, system_of


@transaction.atomic
def end_session(row: UserSession, *, actor: User) -> bool:
    """End one session, and return whether it was open until now."""
    done = Session.objects.filter(pk=row.session_id).delete()[1].get("sessions.Session", 0)
    if done:
        device = " ".join(filter(None, (browser_of(row.user_agent), system_of(row.user_agent))))
        audit.record(actor=actor, action="session.ended", target=row.user, device=device)
    return bool(done)


@transaction.atomic
def end_sessions(user: User, *, actor: User, keep: HttpRequest | None = None) -> int:
    """End all sessions of `user`, also those that no row tells of, and return how many were listed.

    API keys stay: each is revoked by itself.

    Args:
        user: Whose sessions.
        actor: Who ends them.
        keep: The request of the one session that stays, of `user`.
    """
    mine = UserSession.objects.filter(user=user)
    if keep is not None:
        mine = mine.exclude(session_id=keep.session.session_key)
    ended = mine.open().filter(auth_hash=user.get_session_auth_hash()).count()
    Session.objects.filter(pk__in=list(mine.values_list("session_id", flat=True))).delete()
    User.objects.filter(pk=user.pk).update(ended_sessions=F("ended_sessions") + 1)
    user.refresh_from_db(fields=["ended_sessions"])
    if keep is not None:
        update_session_auth_hash(keep, user)
    audit.record(actor=actor, action="session.all_ended", target=user, sessions=ended, kept_one=keep is not None)
    return ended
