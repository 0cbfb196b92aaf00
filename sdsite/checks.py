"""System checks of the site's own settings."""

import os
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from sdsite import env
from sdsite.core import accelerators
from sdsite.middleware.cors import ORIGIN


@register(Tags.security, deploy=True)
def https_is_on(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn in a deployment check where HTTPS is off."""
    if settings.ENV["SDSITE_HTTPS"]:
        return []
    return [
        checks.Warning(
            "SDSITE_HTTPS is off: cookies are sent without encryption.",
            hint="Set SDSITE_HTTPS=on once a proxy serves the site over HTTPS.",
            id="sdsite.W001",
        )
    ]


@register()
def settings_are_known(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of names in the environment and in the file of settings that mean nothing to the site."""
    if os.environ.get(env.SUPERVISED):
        return []  # the supervisor has said so
    return [checks.Warning(sentence, id="sdsite.W002") for sentence in env.unknown(settings.ENV_FILE)]


@register()
def no_card_is_idle(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn where the machine has an accelerator that the installed torch cannot use."""
    if os.environ.get(env.SUPERVISED):
        return []  # the worker says so in its log and in the admin
    wanted = settings.ENV["SDSITE_DEVICE"]
    said = accelerators.idle_card(wanted, accelerators.torch_build(), accelerators.read_machine())
    return [checks.Warning(said, id="sdsite.W003")] if said else []


@register()
def origins_are_origins(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse entries of SDSITE_CORS_ORIGINS that are no origins as browsers send them."""
    wrong = [origin for origin in settings.CORS_ALLOWED_ORIGINS if not ORIGIN.fullmatch(origin)]
    if not wrong:
        return []
    said = f"SDSITE_CORS_ORIGINS must be origins such as https://app.example.org, or *; got {', '.join(wrong)}."
    return [checks.Error(said, id="sdsite.E002")]


@register()
def the_key_has_a_user(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse SDSITE_API_KEY without SDSITE_API_KEY_USER, and the other way round."""
    if bool(settings.ENV["SDSITE_API_KEY"]) == bool(settings.ENV["SDSITE_API_KEY_USER"]):
        return []
    return [checks.Error("SDSITE_API_KEY and SDSITE_API_KEY_USER must be set together.", id="sdsite.E003")]


@register()
def dialects_are_known(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse unknown names in SDSITE_DIALECTS."""
    from sdsite.api.compat.registry import DIALECTS

    unknown = [name for name in settings.ENV["SDSITE_DIALECTS"] if name not in DIALECTS]
    if not unknown:
        return []
    known = ", ".join(DIALECTS) or "none yet"
    return [checks.Error(f"SDSITE_DIALECTS must be some of {known}; got {', '.join(unknown)}.", id="sdsite.E001")]


@register()
def verified_sign_up_has_mail(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn where SDSITE_SIGNUP asks for verified addresses and no mail can be sent: sign-up is closed then."""
    if settings.SIGNUP_MODE != "verified" or settings.MAIL_IS_SENT:
        return []
    return [checks.Warning("SDSITE_SIGNUP=verified needs EMAIL_URL; sign-up is closed.", id="sdsite.W004")]
