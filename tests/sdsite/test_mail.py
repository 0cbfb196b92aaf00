"""Mail: a real SMTP server on loopback, or none; and no link in a log either way."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from sdsite import mail
from tests.support.factories import PASSWORD
from tests.support.mail_server import MailServer

RESET = "/accounts/password/reset/"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def with_mail(settings):
    """Let the site send mail to a server of the test's own."""

    def start(**options):
        server = MailServer(**options)
        settings.MAIL_IS_SENT = True
        for name, value in mail.settings_from_url(f"smtp://127.0.0.1:{server.port}").items():
            setattr(settings, name, value)  # pytest-django has put its own backend there
        settings.DEFAULT_FROM_EMAIL = "sdsite <noreply@example.org>"
        servers.append(server)
        return server

    servers = []
    yield start
    for server in servers:
        server.stop()


def test_a_lost_password_is_set_anew_by_the_link_of_a_mail(client, alice, with_mail, caplog):
    server = with_mail()
    assert client.post(RESET, {"email": alice.email}).status_code == 302
    [text] = server.mails
    assert server.senders == ["noreply@example.org"]
    assert f"To: {alice.email}" in text
    link = re.search(r"http://testserver(\S+)", text.replace("=\r\n", ""))[1]
    page = client.get(link, follow=True)
    answer = client.post(page.redirect_chain[-1][0], {"password1": f"{PASSWORD} anew", "password2": f"{PASSWORD} anew"})
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(f"{PASSWORD} anew")
    assert "reset/key" not in caplog.text


def test_forms_of_other_sites_are_refused(alice, with_mail):
    from django.test import Client

    server = with_mail()
    assert Client(enforce_csrf_checks=True).post(RESET, {"email": alice.email}).status_code == 403
    assert server.mails == []


def test_without_mail_the_page_says_so_and_does_nothing(client, alice, caplog, capfd):
    assert "This site sends no mail" in client.get(RESET).content.decode()
    answer = client.post(RESET, {"email": alice.email}, follow=True)
    assert "This site sends no mail" in answer.content.decode()
    client.force_login(alice)
    sent = client.post("/accounts/email/", {"action_send": "", "email": alice.email}, follow=True)
    assert "Confirmation email sent" not in sent.content.decode()
    assert "key" not in caplog.text + "".join(capfd.readouterr())


def test_a_server_that_refuses_is_an_error_of_a_sentence_without_the_link(client, alice, with_mail, caplog):
    with_mail(refuses=True)
    answer = client.post(RESET, {"email": alice.email})
    assert answer.status_code == 503
    assert "could not be sent" in answer.content.decode()
    assert "could not be sent" in caplog.text
    assert "reset/key" not in caplog.text


@pytest.mark.parametrize(
    ("url", "port", "tls", "starttls"),
    [
        ("smtp://mail.lan", 25, False, False),
        ("smtp+starttls://a%40b:p%2Fw@mail.lan", 587, False, True),
        ("submission://a%40b:p%2Fw@mail.lan:2525", 2525, False, True),
        ("smtps://a%40b:p%2Fw@[::1]", 465, True, False),
    ],
)
def test_addresses_of_servers(url, port, tls, starttls):
    found = mail.settings_from_url(url)
    assert (found["EMAIL_BACKEND"], found["EMAIL_PORT"]) == (SMTP, port)
    assert (found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (tls, starttls)
    assert found["EMAIL_HOST"] in ("mail.lan", "::1")
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) in (("", ""), ("a@b", "p/w"))


@pytest.mark.parametrize("url", ["mail.lan", "imap://secret@mail.lan", "smtp://", "smtp://u:secret/w@mail.lan"])
def test_what_is_no_mail_server_is_refused_without_the_password(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refused:
        mail.settings_from_url(url)
    assert "secret" not in str(refused.value)


def test_the_sender_is_of_the_sites_name():
    assert mail.sender("a@b", ["example.org"]) == "a@b"
    assert mail.sender("", ["localhost", ".example.org"]) == "sdsite@example.org"
    assert mail.sender("", ["*"]) == "sdsite@localhost"
