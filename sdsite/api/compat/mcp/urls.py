"""URL of the MCP door, at the root."""

from django.urls import path

from sdsite.api.compat.mcp import views

urlpatterns = [path("mcp", views.mcp, name="mcp")]
