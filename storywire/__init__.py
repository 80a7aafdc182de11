"""The pure core of Storywire: the nouns of the field and every decision.

Never touches the network, the clock, the environment, Prefect or DuckDB.
"""

__version__ = "0.1.0"
