"""Pages of the terms and of the second factor."""

from sdsite.accounts.models import TermsAcceptance
from tests.sdsite.accounts.required_steps.conftest import add_app
from tests.support.inline_parts import text_of


def test_everybody_reads_the_terms_escaped(client, publish, root):
    assert client.get("/terms/").status_code == 404
    publish()
    answer = client.get("/terms/")
    assert "No &lt;b&gt;haste&lt;/b&gt;." in answer.content.decode()
    assert "Version 1" in text_of(answer)


def test_the_page_between_asks_until_they_are_accepted(alice, as_alice, publish):
    version = publish()
    page = text_of(as_alice.get("/", follow=True))
    assert "Read and accept the terms of use to go on." in page
    assert "Be kind." in page
    assert "Accept the terms" in text_of(as_alice.post("/terms/accept/", {}))
    answer = as_alice.post("/terms/accept/", {f"terms_{version.number}": "on"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/"
    assert TermsAcceptance.objects.get().user == alice
    assert "you accepted it on" in text_of(as_alice.get("/terms/"))


def test_pages_of_a_step_follow_no_events(as_alice, publish):
    version = publish()
    assert " data-step-due>" in as_alice.get("/terms/accept/").content.decode()
    as_alice.post("/terms/accept/", {f"terms_{version.number}": "on"})
    assert "data-step-due" not in as_alice.get("/settings/").content.decode()


def test_a_changed_version_says_so_and_an_old_tab_accepts_nothing(as_alice, publish):
    first = publish("One.")
    as_alice.post("/terms/accept/", {f"terms_{first.number}": "on"})
    publish("Two.")
    assert "The terms of use have changed." in text_of(as_alice.get("/terms/accept/"))
    as_alice.post("/terms/accept/", {f"terms_{first.number}": "on"})
    assert as_alice.get("/settings/").status_code == 302


def test_setting_up_a_second_factor_opens_the_site(alice, as_alice, careful):
    alice.groups.add(careful)
    page = as_alice.get("/", follow=True).content.decode()
    assert 'href="/accounts/2fa/totp/activate/"' in page
    add_app(alice)
    assert as_alice.get("/settings/second-factor/").headers["Location"] == "/"
    assert as_alice.get("/settings/").status_code == 200


def test_recovery_codes_are_shown_once(alice, as_alice, careful, monkeypatch):
    from allauth.mfa.totp.internal import auth

    alice.groups.add(careful)
    as_alice.post("/accounts/reauthenticate/", {"password": "correct horse battery staple"})
    form = as_alice.get("/accounts/2fa/totp/activate/").context["form"]
    code = auth.format_hotp_value(auth.hotp_value(form.secret, next(iter(auth.yield_hotp_counters_from_time()))))
    answer = as_alice.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)
    codes = answer.context["unused_codes"]
    assert len(codes) == 10
    assert codes[0] in answer.content.decode()
    again = as_alice.get("/accounts/2fa/recovery-codes/")
    assert not set(codes) & set(again.context["unused_codes"])


def test_pages_of_steps_need_a_login(client, publish):
    publish()
    for path in ("/terms/accept/", "/settings/second-factor/"):
        assert client.get(path).headers["Location"].startswith("/accounts/login/")
