"""Route of the native websocket for programs."""

from django.urls import path

from sdsite.api.websocket.consumer import GenerateConsumer

websocket_urlpatterns = [path("ws/generate/", GenerateConsumer.as_asgi())]
