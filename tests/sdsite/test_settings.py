"""The content security policy."""


def test_the_policy_forbids_what_is_inline(client, db):
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "style-src 'self';" in f"{policy};"
    assert "unsafe-inline" not in policy
