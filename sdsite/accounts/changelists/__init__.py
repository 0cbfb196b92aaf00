"""Lists of the admin: pages that cost the same however many rows there are, and filters that are remembered."""
