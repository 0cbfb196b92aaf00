"""What a session for a provider reaches."""

import pytest
import requests

from sdsite.accounts.models import IdentityProvider
from sdsite.accounts.single_sign_on import guarded_session as module
from sdsite.accounts.single_sign_on.guarded_session import guarded_session


def ask(provider, url):
    with guarded_session(provider) as session:
        return session.get(url)


def test_the_own_network_is_reached_only_where_an_administrator_says_so(oidc):
    url = f"{oidc.url}/.well-known/openid-configuration"
    local = IdentityProvider(server_url=oidc.url, is_local=True)
    assert ask(local, url).json()["issuer"]
    for provider in (None, IdentityProvider(server_url=oidc.url), IdentityProvider(server_url="https://id.example")):
        with pytest.raises(requests.RequestException):
            ask(provider, url)


@pytest.mark.parametrize("url", ["http://localhost:{port}/", "http://[::1]:{port}/", "http://169.254.169.254/latest"])
def test_a_local_provider_leads_to_no_other_host(oidc, url):
    port = oidc.url.rpartition(":")[2]
    with pytest.raises(requests.RequestException):
        ask(IdentityProvider(server_url=oidc.url, is_local=True), url.format(port=port))


def test_a_public_host_is_not_asked_without_tls():
    with pytest.raises(requests.RequestException, match="FetchRefused"):
        ask(IdentityProvider(server_url="https://id.example"), "http://192.0.2.1/")


def test_an_answer_is_bounded(oidc, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    with pytest.raises(requests.RequestException):
        ask(IdentityProvider(server_url=oidc.url, is_local=True), f"{oidc.url}/jwks")


def test_the_environment_names_no_proxy(oidc, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert ask(IdentityProvider(server_url=oidc.url, is_local=True), f"{oidc.url}/jwks").status_code == 200
