"""Mails of notices: one sentence each with its link, in the person's language, and a link that ends them."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sdsite.accounts.models import Notice, User
from sdsite.accounts.notices.choices import EMAIL, TOPICS, WAYS, choose, topics_for, ways_of
from sdsite.accounts.notices.kinds import KINDS
from sdsite.accounts.notices.serializers import text_of

SALT = "sdsite.notices.unsubscribe"
LONGEST_TOKEN = 400
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


def site_address() -> str:
    """Return scheme and host of the site: SDSITE_PUBLIC_URL, or the first host that others can reach.

    Mails are sent by a process that knows no request.
    """
    if settings.ENV["SDSITE_PUBLIC_URL"]:
        return str(settings.ENV["SDSITE_PUBLIC_URL"])
    hosts = (host.lstrip(".") for host in settings.ENV["SDSITE_ALLOWED_HOSTS"] if host not in ("*", *_LOCAL))
    return f"{'https' if settings.ENV['SDSITE_HTTPS'] else 'http'}://{next(hosts, 'localhost')}"


def link_to(path: str) -> str:
    """Return the address of a path; one that was made outside of a request lacks what the site lies below."""
    below = "" if not settings.ROOT_PATH or path.startswith(f"{settings.ROOT_PATH}/") else settings.ROOT_PATH
    return f"{site_address()}{below}{path}"


def send_mail(person: User, notices: list[Notice]) -> None:
    """Send `notices` to a person in one mail, in the language that is active.

    Raises:
        SMTPException, OSError: the server did not take it.
    """
    lines = [_in_lines(notice) for notice in notices]
    topics = sorted({KINDS[notice.kind].topic for notice in notices})
    end = link_to(reverse("notices_unsubscribe", args=[make_token(person, topics)]))
    foot = "\n".join(
        (
            _("How you are told: %(address)s") % {"address": link_to(reverse("notice_choices"))},
            _("No more such mails: %(address)s") % {"address": end},
        )
    )
    one = text_of(notices[0])
    subject = (
        one if len(notices) == 1 else ngettext("%(n)d notice", "%(n)d notices", len(notices)) % {"n": len(notices)}
    )
    EmailMessage(
        subject=f"[sdsite] {' '.join(subject.split())[:150]}",
        body="\n\n".join((*lines, "-- \n" + foot)) + "\n",
        to=[person.email],
        # RFC 8058: mail programs show a button, which posts to the address.
        headers={"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    ).send()


def _in_lines(notice: Notice) -> str:
    # Who is suspended cannot open the page of a notice.
    is_direct = not notice.on_site or not notice.person.is_active
    path = notice.url if is_direct else reverse("notice", args=[notice.pk])
    return "\n".join((text_of(notice), link_to(path) if path else "")).strip()


def make_token(person: User, topics: Iterable[str]) -> str:
    """Return a token, without an end, by which mails of these topics are ended for a person, and nothing else."""
    return signing.dumps({"person": person.pk, "topics": list(topics)}, salt=SALT, compress=True)


def read_token(token: str) -> tuple[User, list[str]] | None:
    """Return the person and the topics of a token; None for one that the site did not make, or without an account."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        said: Any = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    person = User.objects.filter(pk=said["person"]).first()
    return None if person is None else (person, [topic for topic in said["topics"] if topic in TOPICS])


def end_mails(person: User, topics: Iterable[str]) -> None:
    """Tell a person of these topics by mail no more; other ways stay."""
    mine = set(topics) & set(topics_for(person))
    choices = {topic: [way for way in WAYS if way != EMAIL and way in ways_of(person, topic)] for topic in mine}
    choose(user=person, choices=choices)
