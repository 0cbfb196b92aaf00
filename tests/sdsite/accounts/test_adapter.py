"""Sign-up is closed unless the site opens it."""

from tests.support.factories import PASSWORD


def test_sign_up_is_closed_unless_the_site_opens_it(client, db, settings, django_user_model):
    form = {"username": "dora", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    assert "Sign-up is closed" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", form)
    assert not django_user_model.objects.filter(username="dora").exists()
    assert "Sign up" not in client.get("/accounts/login/").content.decode()
    settings.ACCOUNT_SIGNUP_OPEN = True
    assert "Sign up" in client.get("/accounts/login/").content.decode()
    client.post("/accounts/signup/", form)
    assert django_user_model.objects.filter(username="dora").exists()
