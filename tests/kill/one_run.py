"""One run of day one in a process of its own, plain or through Prefect, killed where a step's name says so.

`python -m tests.kill.one_run HOME HOOK [--prefect] [--kill WORDS]`. Never checks anything.
"""

import argparse
import asyncio
import os
from datetime import timedelta
from pathlib import Path

from flows import cycle, prefect_settings
from flows.house import at_home
from flows.settings import Settings
from tests.kill import inputs
from tests.kill.points import Points
from tests.kill.scenario import enter, furnish


def main() -> None:
    """Run what the command line asks for; all runs have the same `now`."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill.one_run", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("hook", help="where webhooks go")
    parser.add_argument("--prefect", action="store_true")
    parser.add_argument("--kill", metavar="WORDS", help="die at the first step whose name has these words")
    given = parser.parse_args()
    home = given.home.resolve()
    if not (home.parent / "seeds").exists():
        inputs.write_seeds(inputs.ONE, home.parent / "seeds")
    home.mkdir(exist_ok=True)
    os.chdir(home)
    watch = Points(lambda _, name: given.kill is not None and given.kill in name)
    house, now = furnish(home, inputs.ONE, given.hook, watch, timedelta())
    enter(house)
    if not given.prefect:
        asyncio.run(cycle.whole(house, now, cycle.plain_steps(house, now)))
        return
    with prefect_settings.server(Settings(home)), at_home(house):  # as `storywire run` does
        from flows.ingest import ingest

        asyncio.run(ingest(now))


if __name__ == "__main__":
    main()
