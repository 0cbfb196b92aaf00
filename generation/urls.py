"""Addresses of the studio."""

from django.urls import path

from generation import views

urlpatterns = [
    path("", views.studio, name="studio"),
    path("checkpoints/<slug:slug>/words/", views.words, name="words"),
]
