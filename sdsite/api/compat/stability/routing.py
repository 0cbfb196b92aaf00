"""URL of Stability's websocket, at the root where its clients expect it."""

from django.urls import path

from sdsite.api.compat.stability.consumer import StabilityConsumer

websocket_urlpatterns = [path("images/generate-ws", StabilityConsumer.as_asgi())]
