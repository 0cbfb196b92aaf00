"""Routers of what administrators do: workers, the queue, jobs of all people."""
