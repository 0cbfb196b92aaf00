"""URLs of the site: pages, native API, compatible APIs at the root."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from sdsite import pwa
from sdsite.accounts.joining.views import SignupView, join
from sdsite.accounts.notices import pages as notices
from sdsite.accounts.notices.sending.pages import unsubscribe
from sdsite.accounts.required_steps import views as steps
from sdsite.accounts.single_sign_on import views as single_sign_on
from sdsite.accounts.views import password_reset
from sdsite.admin.site import view_on_site
from sdsite.api.compat import registry
from sdsite.api.native import api
from sdsite.configuration.logo import site_logo
from sdsite.monitoring.health import healthz, readyz
from sdsite.monitoring.metrics import metrics
from sdsite.people import pages as people

handler500 = "sdsite.monitoring.server_error.server_error"

site_urls = [
    path("", include("generation.urls")),
    path("", include("gallery.urls")),
    path("settings/data/", people.own_data, name="own_data"),
    path("settings/data/export/", people.export, name="export"),
    path("settings/data/delete/", people.delete_account, name="delete_account"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read_all, name="notices_read"),
    path("notices/unsubscribe/<str:token>/", unsubscribe, name="notices_unsubscribe"),
    path("notices/<int:pk>/", notices.open_notice, name="notice"),
    path("settings/notices/", notices.choices, name="notice_choices"),
    path("settings/notices/devices/<int:pk>/remove/", notices.remove_own_device, name="notice_device_remove"),
    path("settings/", include("sdsite.accounts.urls")),
    path("terms/", steps.terms, name="terms"),
    path("terms/accept/", steps.accept, name="terms_accept"),
    path("settings/second-factor/", steps.second_factor, name="second_factor"),
    path("accounts/password/reset/", password_reset, name="account_reset_password"),
    path("accounts/signup/", SignupView.as_view(), name="account_signup"),
    path("join/<str:token>/", join, name="join"),
    path("accounts/oidc/<str:provider_id>/login/", single_sign_on.start, name="openid_connect_login"),
    path("accounts/3rdparty/", single_sign_on.connections, name="socialaccount_connections"),
    path("accounts/", include("allauth.urls")),
    path("admin/r/<path:content_type_id>/<path:object_id>/", admin.site.admin_view(view_on_site)),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("metrics", metrics, name="metrics"),
    path("logo/<str:digest>/<int:side>.png", site_logo, name="site_logo"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.service_worker, name="service_worker"),
    path("offline/", pwa.offline, name="offline"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    *registry.patterns("urlpatterns"),
]

if settings.DEBUG:
    from django.contrib.staticfiles.urls import staticfiles_urlpatterns

    site_urls += staticfiles_urlpatterns(f"{settings.STATIC_URL}".removeprefix(settings.ROOT_PATH))

urlpatterns = [path(f"{settings.ROOT_PATH[1:]}/", include(site_urls))] if settings.ROOT_PATH else site_urls
