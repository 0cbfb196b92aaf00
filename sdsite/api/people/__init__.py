"""Routers of people and roles, for those who administer them."""
