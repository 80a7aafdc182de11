"""The benchmark of the main job: `python -m tests.bench`, or `make bench`."""
