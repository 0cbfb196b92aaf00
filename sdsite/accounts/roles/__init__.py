"""Roles: what people may do, who has which role, and suspension."""
