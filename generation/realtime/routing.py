"""Routes of the browser's websocket."""

from django.urls import path

from generation.realtime.consumers import EventsConsumer

websocket_urlpatterns = [path("ws/events/", EventsConsumer.as_asgi())]
