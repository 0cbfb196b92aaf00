"""What administrators order a worker to do while it runs, and what it says of its memory."""
