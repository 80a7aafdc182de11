"""`storywire up`: decides what a person sees of an installation that is kept running. Never runs it itself."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from flows.commands.options import as_json_option

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("up")
@click.option("--seeds", type=FOLDER, help="Take the seeds of this folder instead of those that come with Storywire.")
@as_json_option
def up(seeds: Path | None, as_json: bool) -> None:
    """Keep an installation running, until SIGTERM or Ctrl-C.

    Starts a Prefect server of its own, unless one is named, and runs what is due: feeds each minute, and what their
    reports wake.
    """
    import sys

    from flows import logs
    from flows.settings import Settings
    from flows.up import keep_running
    from tasks.targets import Targets

    settings = Settings.from_environment()
    logs.hide(logs.secrets(Targets(settings.home / "private", settings.targets)))
    to = sys.stdout if as_json else sys.stderr
    logs.configure(as_json or not to.isatty(), settings.log or "info", to=to)
    greeting = not as_json and sys.stdout.isatty()
    if greeting:
        click.echo(f"Storywire starts for {settings.home}; Ctrl-C stops it.")
    _apart(sow, seeds)
    keep_running(settings, (lambda api_url: _greet(settings, api_url)) if greeting else lambda _: None)
    _apart(publish_news, settings.home)


def _apart(work: Callable[..., None], *given: object) -> None:
    """Do it in a process of its own: what it needs would stay in this one for months."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        process.submit(work, *given).result()


def sow(folder: Path | None) -> None:
    """Store the seeds, as pending entries; those that are known stay as they are."""
    from flows.commands.run import add_seeds
    from flows.house import build
    from flows.settings import SEEDS, Settings
    from tasks.seed_files import read_folder

    house = build(Settings.from_environment())
    now = house.clock()
    add_seeds(house, read_folder(folder or SEEDS, now), now)


def publish_news(home: Path) -> None:
    """What was stored since the last snapshot can be asked for while nothing runs, whatever the settings say by now."""
    from storage.store import Store

    store = Store(home)
    made = store.published_at()
    if made is None or store.news(made):
        store.publish()


def _greet(settings: Any, api_url: str) -> None:
    from flows.serving import deployments
    from storywire.masking import masked

    click.echo(f"\nIts runs, with their logs: {masked(api_url).removesuffix('/api')}")
    for each in deployments(settings):
        when = [f"every {_span(each.every)}"] if each.every else []
        click.echo(f"  {each.flow:<18}{' and '.join([*when, *([f'on {each.signal}'] if each.signal else [])])}")
    if settings.metrics_port:
        click.echo(f"Metrics: http://127.0.0.1:{settings.metrics_port}/metrics")
    click.echo("How it does: storywire status\n")


def _span(every: timedelta) -> str:
    minutes, seconds = divmod(int(every.total_seconds()), 60)
    return " ".join(said for count, said in ((minutes, f"{minutes} min"), (seconds, f"{seconds} s")) if count)
