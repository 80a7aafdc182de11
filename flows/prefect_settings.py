"""Prefect's settings for a run from the command line: decides which server is used, and that Prefect keeps quiet.

Must be entered before Prefect is imported. Never used in a deployment, where Prefect's own environment rules.
"""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from flows import server as servers
from flows.settings import Settings

# No word to anyone outside.
_PRIVATE = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
}
# What a run from the command line sets: it is quiet, too.
_QUIET = {
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",  # what fails is raised, and told once; Prefect would log its traceback too
    "PREFECT_LOGGING_ROOT_LEVEL": "ERROR",  # where its event worker says at exit how much it has still to send
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}
# What a server on SQLite, and what runs beside it for months, needs.
_SERVED = {
    "PREFECT_SERVER_UI_ENABLED": "true",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "storywire",  # ours, so that its pages show them
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_LOGGING_COLORS": "false",
    # Else writes one by one hold up all others, now and then for the 60 s that SQLite waits for a lock.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # It only gives runs another name, and at a start after a pause its writes find SQLite locked. What is late of ours
    # is skipped then.
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    # A run a minute, and ten events with each: without an end to them the database would grow by gigabytes a year.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "604800",  # a week in seconds
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P1D",
    # In memory, its default, a server that is killed forgets who holds a deployment's one place, and it stays taken.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}


def apply(settings: Settings, environment: MutableMapping[str, str] = os.environ) -> str | None:
    """Make Prefect use the server of this installation, where it has one, or else a temporary one of its own.

    It has one where STORYWIRE_PREFECT_API_URL names it or `storywire up` runs. Returns its API.
    """
    api_url = servers.api_url(settings)
    _begin(settings.home, api_url, environment)
    environment["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
    environment["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"  # 20 by default; a first start takes 17
    environment.update(_QUIET)
    return api_url


def served(settings: Settings, api_url: str) -> dict[str, str]:
    """The environment of what `storywire up` runs: this one, with the server of that API."""
    environment = dict(os.environ)
    _begin(settings.home, api_url, environment)
    environment.update(_SERVED)
    environment["STORYWIRE_HOME"] = str(settings.home)
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


def _begin(home: Path, api_url: str | None, environment: MutableMapping[str, str]) -> None:
    for name in [name for name in environment if name.startswith("PREFECT_")]:
        del environment[name]  # a profile, an address, a key or a database of the person's own
    own = home / "prefect"
    own.mkdir(parents=True, exist_ok=True)  # Prefect does not make its parents, and its server then fails to start
    environment["PREFECT_HOME"] = str(own)
    # Said out loud, since a variable goes before the .env and prefect.toml of the folder that this runs in.
    environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = f"sqlite+aiosqlite:///{own / 'prefect.db'}"
    if api_url:
        environment["PREFECT_API_URL"] = api_url
    environment.update(_PRIVATE)


@contextmanager
def server(settings: Settings) -> Iterator[None]:
    """Within it, flows run against the server that `apply` chose, whatever .env or prefect.toml the folder holds."""
    api_url = apply(settings)
    from prefect.settings import PREFECT_API_KEY, PREFECT_API_URL, temporary_settings

    # An empty variable will not do: Prefect 3.8 then takes "" for the address of a running server.
    with temporary_settings({PREFECT_API_URL: api_url, PREFECT_API_KEY: None}):
        yield


def end_server() -> None:
    """End the temporary server at once, where there is one: what ends without its own tear-down would leave it behind.

    Prefect 3.8 has no public way to it.
    """
    from prefect.server.api.server import SubprocessASGIServer

    for running in SubprocessASGIServer._instances.values():
        if running.server_process is not None:
            running.server_process.kill()
