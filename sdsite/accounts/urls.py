"""URLs below /settings/."""

from django.urls import path

from sdsite.accounts import views

urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("language/", views.language, name="language"),
    path("shortcuts/", views.shortcuts, name="shortcuts"),
    path("keys/", views.api_keys, name="api_keys"),
    path("keys/<int:pk>/revoke/", views.api_key_revoke, name="api_key_revoke"),
]
