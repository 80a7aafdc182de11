"""Prefect's settings for a run from the command line: decides which server is used, and that Prefect keeps quiet.

Must be entered before Prefect is imported. Never used in a deployment, where Prefect's own environment rules.
"""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from flows import server as servers
from flows.settings import Said, Settings
from storywire.configuration import CONFIG, HOME

# No word to anyone outside.
_PRIVATE = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
}
# How to get in where a person named a server.
_ACCESS = ("PREFECT_API_KEY", "PREFECT_API_AUTH_STRING", "PREFECT_API_SSL_CERT_FILE", "PREFECT_CLIENT_CUSTOM_HEADERS")
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
    _begin(settings, api_url, environment)
    environment["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
    environment["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"  # 20 by default; a first start takes 17
    environment.update(_QUIET)
    return api_url


def served(settings: Settings, api_url: str) -> dict[str, str]:
    """The environment of what `storywire up` runs: this one, with the server of that API."""
    environment = dict(os.environ)
    _begin(settings, api_url, environment)
    environment.update(_SERVED)
    # By default any page that a browser on this machine shows may start and change runs.
    environment["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] = f"http://127.0.0.1:{settings.prefect_port}"
    environment[HOME] = str(settings.home)
    environment[CONFIG] = str(_kept(settings.home))
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


def _kept(home: Path) -> Path:
    """A copy of the file of settings as it is now: runs of weeks must not fail since somebody is editing it."""
    source, kept = Said.of(os.environ).file, home / "private/up.toml"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.write_bytes(source.read_bytes() if source.exists() else b"")
    return kept


def _begin(settings: Settings, api_url: str | None, environment: MutableMapping[str, str]) -> None:
    home, kept = settings.home, _ACCESS if settings.prefect_api_url else ()
    for name in [name for name in environment if name.startswith("PREFECT_") and name not in kept]:
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
    with temporary_settings({PREFECT_API_URL: api_url, PREFECT_API_KEY: os.environ.get("PREFECT_API_KEY")}):
        yield


def end_server() -> None:
    """End the temporary server at once, where there is one: what ends without its own tear-down would leave it behind.

    Prefect 3.8 has no public way to it.
    """
    from prefect.server.api.server import SubprocessASGIServer

    for running in SubprocessASGIServer._instances.values():
        if running.server_process is not None:
            running.server_process.kill()
