"""Prefect's settings for a run from the command line: decides which server is used, and that Prefect keeps quiet.

Must be entered before Prefect is imported. Never used in a deployment, where Prefect's own environment rules.
"""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from flows.settings import Settings

# What a run from the command line sets: quiet, and no word to anyone outside.
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",  # what fails is raised, and told once; Prefect would log its traceback too
    "PREFECT_LOGGING_ROOT_LEVEL": "ERROR",  # where its event worker says at exit how much it has still to send
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}


def apply(settings: Settings, environment: MutableMapping[str, str] = os.environ) -> None:
    """Make Prefect use the server that STORYWIRE_PREFECT_API_URL names, or else a temporary one of its own."""
    for name in [name for name in environment if name.startswith("PREFECT_")]:
        del environment[name]  # a profile, an address, a key or a database of the person's own
    home = settings.home / "prefect"
    home.mkdir(parents=True, exist_ok=True)  # Prefect does not make its parents, and its server then fails to start
    environment["PREFECT_HOME"] = str(home)
    # Said out loud, since a variable goes before the .env and prefect.toml of the folder that this runs in.
    environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = f"sqlite+aiosqlite:///{home / 'prefect.db'}"
    if settings.prefect_api_url:
        environment["PREFECT_API_URL"] = settings.prefect_api_url
    environment["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
    environment["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"  # 20 by default; a first start takes 17
    environment.update(_QUIET)


@contextmanager
def server(settings: Settings) -> Iterator[None]:
    """Within it, flows run against the server that `apply` chose, whatever .env or prefect.toml the folder holds."""
    apply(settings)
    from prefect.settings import PREFECT_API_KEY, PREFECT_API_URL, temporary_settings

    # An empty variable will not do: Prefect 3.8 then takes "" for the address of a running server.
    with temporary_settings({PREFECT_API_URL: settings.prefect_api_url, PREFECT_API_KEY: None}):
        yield


def end_server() -> None:
    """End the temporary server at once, where there is one: what ends without its own tear-down would leave it behind.

    Prefect 3.8 has no public way to it.
    """
    from prefect.server.api.server import SubprocessASGIServer

    for running in SubprocessASGIServer._instances.values():
        if running.server_process is not None:
            running.server_process.kill()
