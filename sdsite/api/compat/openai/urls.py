"""URLs of OpenAI's images API, below /v1, as the clients' `base_url` ends."""

from django.urls import path

from sdsite.api.compat.openai import views
from sdsite.api.compat.openai.signed_urls import signed_file

urlpatterns = [
    path("v1/images/generations", views.generations),
    path("v1/images/edits", views.edits),
    path("v1/images/variations", views.variations),
    path("v1/images/files/<uuid:pk>", signed_file, name="openai_file"),
    path("v1/models", views.models),
    path("v1/models/<path:name>", views.model),
    path("v1/<path:rest>", views.unknown_address),
]
