"""Look and navigation of the admin; settings.UNFOLD names these functions."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from sdsite.accounts.admin_base import can

PAGE = "page:"  # begins the name of a page's URL, where an item of the menu is no list of the admin

# Title of each group and its items: title, icon, model as "app_model" or a page, permission to view it.
MENU: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "Moderation",
        (
            ("Moderation desk", "gavel", "page:moderation", "gallery.view_image"),
            ("Reports", "flag", "gallery_report", "gallery.view_report"),
            ("Rules", "rule", "gallery_rule", "generation.manage_rules"),
            ("Matches of rules", "policy", "gallery_rulehit", "generation.manage_rules"),
            ("Share links", "link", "gallery_sharelink", "gallery.view_sharelink"),
        ),
    ),
    (
        "Jobs and queue",
        (
            ("Jobs", "format_list_bulleted", "generation_job", "generation.view_job"),
            ("Queue", "traffic", "generation_queuestate", "generation.view_queuestate"),
            ("Fair-share usage", "balance", "generation_share", "generation.view_share"),
            ("Measured speeds", "timer", "generation_measuredspeed", "generation.view_measuredspeed"),
        ),
    ),
    (
        "Library",
        (
            ("Images", "image", "gallery_image", "gallery.view_image"),
            ("Collections", "collections_bookmark", "gallery_collection", "gallery.view_collection"),
            ("Tags", "sell", "gallery_imagetag", "gallery.view_imagetag"),
            ("Uploads", "upload", "gallery_upload", "gallery.view_upload"),
        ),
    ),
    (
        "Models",
        (
            ("Checkpoints", "deployed_code", "generation_checkpoint", "generation.view_checkpoint"),
            ("Adapters", "extension", "generation_adapter", "generation.view_adapter"),
            ("Downloads", "cloud_download", "generation_checkpointdownload", "generation.view_checkpointdownload"),
            ("Styles", "style", "generation_style", "generation.view_style"),
            ("Presets", "tune", "generation_preset", "generation.view_preset"),
            ("Wildcards", "casino", "generation_wildcard", "generation.view_wildcard"),
        ),
    ),
    (
        "People and roles",
        (
            ("Users", "person", "accounts_user", "accounts.view_user"),
            ("Sign-up", "how_to_reg", "accounts_signupsettings", "accounts.view_signupsettings"),
            ("Sign-up requests", "person_add", "accounts_signuprequest", "accounts.view_signuprequest"),
            ("Invitations", "forward_to_inbox", "accounts_invitation", "accounts.view_invitation"),
            ("Terms of use", "gavel", "accounts_termsversion", "accounts.view_termsversion"),
            ("Roles", "badge", "accounts_role", "accounts.manage_roles"),
            ("Groups", "group", "auth_group", "auth.view_group"),
            ("Role limits", "speed", "generation_rolelimits", "generation.view_rolelimits"),
            ("Identity providers", "passkey", "accounts_identityprovider", "accounts.view_identityprovider"),
            ("Connected accounts", "link", "socialaccount_socialaccount", "socialaccount.view_socialaccount"),
            ("Sessions", "devices", "accounts_usersession", "accounts.view_usersession"),
            ("Email addresses", "mail", "account_emailaddress", "account.view_emailaddress"),
            ("Two-factor devices", "phonelink_lock", "mfa_authenticator", "mfa.view_authenticator"),
        ),
    ),
    (
        "Integrations",
        (
            ("API keys", "key", "accounts_apikey", "accounts.view_apikey"),
            ("Language models", "edit_note", "generation_promptenhancer", "generation.view_promptenhancer"),
            ("Client options", "settings", "generation_clientoptions", "generation.view_clientoptions"),
            ("Webhooks", "webhook", "generation_webhook", "generation.view_webhook"),
            ("Webhook deliveries", "outgoing_mail", "generation_webhookdelivery", "generation.view_webhookdelivery"),
        ),
    ),
    ("Site", (("Site settings", "tune", "accounts_sitesettings", "accounts.change_sitesettings"),)),
    ("Audit log", (("Audit log", "history", "accounts_auditevent", "accounts.view_auditevent"),)),
)

# The site's accent and neutral colours (static/css/tokens.css) in the eleven steps of the theme.
_PRIMARY = (
    "#eff6ff",
    "#dcebff",
    "#bcd9ff",
    "#a3cfff",
    "#7cbaff",
    "#3b8ff0",
    "#0a5cc7",
    "#084a9f",
    "#0a3d80",
    "#0c3366",
    "#071f42",
)
_BASE = (
    "#f7f7f8",
    "#eeeef1",
    "#dedee3",
    "#c4c5cc",
    "#a6a9b2",
    "#6d7079",
    "#565963",
    "#3a3c43",
    "#2b2c31",
    "#17181b",
    "#0f1012",
)
_STEPS = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")


def stylesheet(request: HttpRequest) -> str:
    """Return the URL of the admin's own style sheet."""
    return static("css/admin.css")


def script(request: HttpRequest) -> str:
    """Address of the script that runs on all pages of the administration."""
    return static("js/lib/admin_names.js")


def favicon(request: HttpRequest) -> str:
    """Return the URL of the site's icon."""
    return static("favicon.svg")


def colours(request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return the theme's palettes, new ones for each call, because the theme converts them in place."""
    return {
        "primary": dict(zip(_STEPS, _PRIMARY, strict=True)),
        "base": dict(zip(_STEPS, _BASE, strict=True)),
        "font": {
            "subtle-light": "var(--color-base-500)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-600)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the side bar: the overview, then every list and page that the user may view; no group without any."""
    if not request.user.is_authenticated:
        return []
    first = {"title": "Overview", "icon": "monitoring", "link": reverse("admin:index")}
    groups = [
        {
            "title": title,
            "items": [
                {"title": name, "icon": icon, "link": address(target)}
                for name, icon, target, permission in items
                if can(request, permission)
            ],
        }
        for title, items in MENU
    ]
    return [{"items": [first]}, *(group for group in groups if group["items"])]


def address(target: str) -> str:
    """Return the URL of an item's list or page."""
    if target.startswith(PAGE):
        return reverse(target.removeprefix(PAGE))
    return reverse(f"admin:{target}_changelist")
