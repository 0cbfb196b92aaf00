"""What is known of models for search by meaning without loading them."""
