"""A long run of an installation that is served, while its parts are killed at random."""
