"""`storywire export` and `storywire import`: decides what is said of them. Never reads or writes a file itself."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from storywire.manifest import Manifest

_FOLDER = click.Path(path_type=Path)


@click.command("export")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--views", is_flag=True, help="Write the public views alone; these cannot be imported.")
@click.option("--csv", "as_csv", is_flag=True, help="With --views: CSV for a spreadsheet instead of Parquet.")
@as_json_option
def export(folder: Path, views: bool, as_csv: bool, as_json: bool) -> None:
    """Write all that is stored to a new folder DIR, as Parquet files.

    `storywire import` makes an installation of it again. Runs go on meanwhile.
    """
    from flows.house import build
    from flows.settings import Settings
    from storage.exchange import export_tables, export_views

    if as_csv and not views:
        raise click.UsageError("--csv goes with --views")
    house = build(Settings.from_environment())
    if views:
        made = export_views(house.store.home, folder, house.clock(), as_csv=as_csv)
    else:
        made = export_tables(house.store, folder, house.clock())
    _tell(made, folder, "in", as_json)


@click.command("import")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@as_json_option
def import_(folder: Path, as_json: bool) -> None:
    """Make a new installation of an export.

    Its folder, ./data or STORYWIRE_HOME, must not have a database yet.
    """
    from flows.house import build
    from flows.settings import Settings
    from storage.intake import import_tables

    store = build(Settings.from_environment()).store
    made = import_tables(store, folder)
    store.publish()
    _tell(made, folder, "from", as_json)


def _tell(made: "Manifest", folder: Path, where: str, as_json: bool) -> None:
    from flows import show

    if as_json:
        show.as_json({"folder": str(folder), "rows": made.rows} | asdict(made))
        return
    counts = f"{show.counted(made.rows, 'row')} of {show.counted(len(made.tables), made.what.removesuffix('s'))}"
    show.console().print(f"{counts} {where} {show.text(folder)}.", soft_wrap=True)
