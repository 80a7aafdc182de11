"""`storywire prune`, `storywire backup` and `storywire restore`."""

from pathlib import Path

import click

from flows.commands.options import as_json_option

_THRESHOLDS, _TARGETS = "thresholds.json", "private/targets.toml"  # by these names a backup has them


@click.command()
@click.option("--keep", required=True, metavar="TIME", help="How long texts are kept, such as 180d or 52w.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@as_json_option
def prune(keep: str, dry_run: bool, as_json: bool) -> None:
    """Remove the texts of old articles; all else about them stays.

    An article that was pruned is still known when it comes back, and storylines stay as they are.
    """
    from dataclasses import asdict

    from flows import show
    from flows.house import build
    from flows.pruning import prune_house
    from flows.settings import Settings
    from storywire.durations import duration, written

    length = duration(keep)
    done = prune_house(build(Settings.from_environment()), length, dry_run)
    if as_json:
        show.as_json({"dry_run": dry_run, **asdict(done)})
        return
    parts = [
        show.counted(done.articles, "text"),
        show.counted(done.revisions, "earlier version"),
        show.counted(done.summaries, "summary"),
        show.counted(done.pages, "page"),
    ]
    what, out = f"{', '.join(parts)}: {_size(done.words)} of words", show.console()
    if not any((done.articles, done.revisions, done.summaries, done.pages)):
        out.print(f"Nothing that could be removed is older than {written(length)}.")
    elif dry_run:
        out.print(f"To be removed: {what}. Nothing was changed: this was a dry run.", soft_wrap=True)
    else:
        out.print(f"Removed: {what}.", soft_wrap=True)
    if not dry_run:
        out.print(f"The database had {_size(done.size_before)}, and has {_size(done.size_after)}.", soft_wrap=True)


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Remove all but the N newest backups there.")
@click.option("--with-secrets", is_flag=True, help="Put in private/targets.toml, too: addresses and passwords.")
@as_json_option
def backup(folder: Path | None, keep: int | None, with_secrets: bool, as_json: bool) -> None:
    """Make a backup: one file with all that is stored.

    It is put into FOLDER, or into the folder backups of the installation, and read back before it counts.
    """
    from dataclasses import asdict

    from flows import show
    from flows.house import build
    from flows.settings import Settings
    from storage.copies import BACKUPS
    from storage.database import PUBLISHED
    from storywire.errors import InputError

    settings = Settings.from_environment()
    house, files = build(settings), _files(settings.home)
    if not house.store.path.exists() and not (settings.home / PUBLISHED).exists():
        raise InputError(f"nothing is stored in {settings.home} yet: run `storywire run` first")
    left_out = not with_secrets and files.pop(_TARGETS).exists()
    done = house.store.backup((folder or settings.home / BACKUPS).resolve(), house.clock(), files, keep)
    if as_json:
        show.as_json({**asdict(done), "left_out": [_TARGETS] if left_out else []})
        return
    out = show.console()
    out.print(show.text(f"{done.path}: {show.counted(done.articles, 'article')}, {_size(done.size)}"), soft_wrap=True)
    if done.removed:
        out.print(f"{show.counted(len(done.removed), 'older backup')} removed.")
    if left_out:
        out.print(f"{_TARGETS} has secrets and was left out; --with-secrets puts it in.", soft_wrap=True)


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--last-good", is_flag=True, help="The newest backup or snapshot of this installation that is whole.")
@as_json_option
def restore(file: Path | None, last_good: bool, as_json: bool) -> None:
    """Put a backup, or a published snapshot, in the place of the database.

    FILE is checked first. What was there before is kept, once.
    """
    from dataclasses import asdict

    from flows import show
    from flows.house import build
    from flows.settings import Settings
    from storage.copies import last_good as newest
    from storywire.errors import InputError

    if (file is None) != last_good:
        raise click.UsageError("give a FILE or --last-good")
    settings = Settings.from_environment()
    source = file or newest(settings.home)
    if source is None:
        raise InputError(f"there is no whole backup and no whole snapshot in {settings.home}: name a FILE")
    store = build(settings).store
    with store.running(), store.delivering():
        done = store.restore(source.resolve(), _files(settings.home))
        store.publish()
    if as_json:
        show.as_json({"source": source, **asdict(done)})
        return
    out = show.console()
    out.print(show.text(f"Restored from {source}: {show.counted(done.articles, 'article')}."), soft_wrap=True)
    if done.files:
        out.print(f"Put back, too: {', '.join(done.files)}.", soft_wrap=True)
    if done.previous:
        out.print(show.text(f"What was there before is in {done.previous}"), soft_wrap=True)


def _files(home: Path) -> dict[str, Path]:
    """What makes an installation besides its database, as far as it cannot be fetched again."""
    return {name: home / name for name in (_THRESHOLDS, _TARGETS)}


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
