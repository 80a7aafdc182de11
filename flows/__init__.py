"""Composition: Prefect flows and the command line. No maths, no SQL, no HTTP."""
