"""A made-up world of feeds with a simulated clock, for what polling does in a week: see `tests.bench.week`."""
