"""The steps that touch the world: HTTP, the embedding model, delivery. No maths, no SQL."""
