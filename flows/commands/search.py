"""`storywire search`: what is stored about something."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from rich.table import Table

    from flows.searching import Answer, Meant
    from flows.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--by", type=click.Choice(["both", "words", "meaning"]), default="both", help="How; both unless told.")
@click.option("--since", type=DAY, metavar="DATE", help="Only reports from that day on.")
@click.option("--until", type=DAY, metavar="DATE", help="Only reports up to the end of that day.")
@click.option("--publisher", metavar="NAME", help="Only reports of publishers that have this in their name.")
@click.option("--language", metavar="CODE", help="Only reports in this language, as in en.")
@click.option("--storyline", metavar="STORYLINE", help="Only reports of this storyline, by its id or name.")
@click.option("--newest", is_flag=True, help="Show what was found newest first, not best first.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, help="How many articles; 10 unless told.")
@as_json_option
def search(
    words: tuple[str, ...],
    by: str,
    since: datetime | None,
    until: datetime | None,
    newest: bool,
    limit: int,
    as_json: bool,
    **asked: str | None,
) -> None:
    """Search articles and storylines, by words, by meaning, or by both.

    WORDS may be a whole sentence. A phrase in double quotes must be there, a -word must not; keep these from the shell
    by single quotes around all: '"cease fire" aleppo -football'. Where a -word comes first, put -- before it.
    """
    from flows.searching import answer
    from flows.settings import Settings
    from storywire.searching import Filters, question

    settings = Settings.from_environment()
    filters = Filters(
        since.replace(tzinfo=UTC) if since else None,
        until.replace(tzinfo=UTC) + timedelta(days=1) if until and until.year < 9999 else None,
        asked["publisher"],
        asked["language"],
        asked["storyline"],
    )
    said = question(" ".join(words))
    found = answer(settings.home, said, filters, limit, None if by == "words" else _meant(settings), by != "meaning")
    if newest:
        found = replace(found, articles=tuple(sorted(found.articles, key=lambda each: each.hit.time, reverse=True)))
    _as_json(found) if as_json else _print(found)


def _meant(settings: "Settings") -> "Meant":
    from flows.house import build
    from flows.searching import Meant

    house = build(settings)
    house.encoder.start()  # it loads while words are looked up
    return Meant(house.encoder, lambda model: house.thresholds(model).meaning)


def _as_json(found: "Answer") -> None:
    from flows import show

    articles = []
    for each in found.articles:
        said = asdict(each)
        del said["hit"]["text"]  # whole texts are not handed on
        articles.append(said.pop("hit") | said)
    show.as_json({"storylines": [asdict(line) for line in found.storylines], "articles": articles})


def _print(found: "Answer") -> None:
    from flows import show

    out = show.console()
    if not found.articles and not found.storylines:
        out.print("Nothing found.")
        return
    if found.storylines:
        rows = show.table("storyline", "found", "id", right=("found",), fold="storyline")
        for line in found.storylines:
            name = show.text(line.label)
            rows.add_row(f"[bold]{name}[/bold]" if line.named else name, str(line.reports), line.storyline_id)
        out.print(rows, "" if found.articles else None)
    if found.articles:
        out.print(_articles(found))


def _articles(found: "Answer") -> "Table":
    """Each with the sentence that answers best, and how many repeat it."""
    from flows import show

    rows = show.table("date", "publisher", "title", "article", fold="title")
    rows.columns[1].max_width, rows.columns[1].overflow = 16, "ellipsis"
    for each in found.articles:
        hit = each.hit
        copies = f" [dim](+ {show.counted(hit.copies, 'copy')})[/dim]" if hit.copies else ""
        said = f"[bold]{show.text(hit.title)}[/bold]{copies}"
        if each.extract:
            said += f"\n[dim]{show.text(each.extract)}[/dim]"
        rows.add_row(show.when(hit.published_at), show.text(hit.publisher or "-"), said, hit.article_id[:8])
    return rows
