"""Actions on many images at once, in bounded batches, and undoing them."""
