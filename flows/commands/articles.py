"""`storywire articles` and `storywire explain`."""

from dataclasses import asdict

import click

from flows.commands.options import as_json_option


@click.group()
def articles() -> None:
    """Remove articles for good."""


@articles.command()
@click.argument("url")
@as_json_option
def delete(url: str, as_json: bool) -> None:
    """Remove the article of this URL (or id) for good, everywhere; it does not come back.

    Of an id, the first 8 digits are enough.
    """
    from flows import show
    from flows.house import build
    from flows.settings import Settings
    from storywire.errors import InputError

    store = build(Settings.from_environment()).store
    copies = store.copies_of(url)
    count = store.delete_article(url)
    if not count and not store.was_deleted(url):
        raise InputError(
            f"there is no article {url}: give its url, its id, or at least the first 8 digits of its id; "
            '`storywire sql "select article_id, url from articles"` lists them'
        )
    store.publish()  # also when an earlier command was killed before it did
    if as_json:
        show.as_json({"deleted": count, "copies": copies})
    else:
        whose = "it gets" if copies == 1 else "it get"
        again = f"; {show.counted(copies, 'copy')} of {whose} a new verdict with the next run" if copies else ""
        show.console().print(f"{count} deleted{again}.")


@click.command()
@click.argument("article")
@click.option("--with", "other", metavar="ARTICLE", help="Say why the two are together, or apart.")
@as_json_option
def explain(article: str, other: str | None, as_json: bool) -> None:
    """Say why an article is where it is. ARTICLE is its id, the beginning of its id, or its URL."""
    from flows import explaining, show
    from flows.settings import Settings
    from storage.explanations import explanation, pair

    home = Settings.from_environment().home
    if other is not None:
        both = pair(home, article, other)
        show.as_json(asdict(both)) if as_json else explaining.compared(show.console(), both)
        return
    found = explanation(home, article)
    show.as_json(asdict(found)) if as_json else explaining.explained(show.console(), found)
