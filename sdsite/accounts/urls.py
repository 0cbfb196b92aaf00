"""URLs below /settings/."""

from django.urls import path

from sdsite.accounts import views
from sdsite.accounts.joining import views as joining
from sdsite.accounts.sessions import views as sessions

urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("language/", views.language, name="language"),
    path("shortcuts/", views.shortcuts, name="shortcuts"),
    path("keys/", views.api_keys, name="api_keys"),
    path("keys/<int:pk>/revoke/", views.api_key_revoke, name="api_key_revoke"),
    path("sessions/", sessions.own_sessions, name="sessions"),
    path("sessions/end/", sessions.end_own_sessions, name="sessions_end"),
    path("sessions/<int:pk>/end/", sessions.end_own_session, name="session_end"),
    path("invitations/", joining.own_invitations, name="invitations"),
    path("invitations/<int:pk>/revoke/", joining.revoke_invitation, name="invitation_revoke"),
]
