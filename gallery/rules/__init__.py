"""Rules of the site: what they say, judging by them, and what they matched.

`judge` is what others call, once at each place; `engine` decides from facts alone, so that a replay finds the same.
"""
