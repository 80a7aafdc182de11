"""Options that several commands share."""

import click

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout, and nothing else there.")
