"""Addresses of the studio."""

from django.urls import path

from generation import views
from generation.checkpoint_pictures import checkpoint_picture

urlpatterns = [
    path("", views.studio, name="studio"),
    path("checkpoints/<slug:slug>/words/", views.words, name="words"),
    path("checkpoints/<slug:slug>/picture/", checkpoint_picture, name="checkpoint-picture"),
]
