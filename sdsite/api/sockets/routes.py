"""Address of the native websocket for programs."""

from django.urls import path

from sdsite.api.sockets.native import GenerateConsumer

websocket_urlpatterns = [path("ws/generate/", GenerateConsumer.as_asgi())]
