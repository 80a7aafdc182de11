"""What a run did, as Prefect's pages show it. Decides what is worth a row, and whether there is anything to show.

Never decides what happened: the report has it. Other people's words are escaped.
"""

import re
from typing import Any

from flows.logs import logger
from flows.report import Deliveries, Report
from flows.show import counted
from storywire.text import one_line

Did = Report | Deliveries
"""What a flow came to: one that only delivers has no more than that."""

_WIDTH = 30  # characters of the longest bar
_LISTED = 20  # storylines
_LABEL = 120  # characters of one
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # what CommonMark lets a backslash take the meaning of, 2.4
_LOG = logger("storywire.run")


def rows(did: Did) -> list[dict[str, Any]]:
    """The table of a run: each row has `what` and `count`; empty for one that did nothing.

    To have asked feeds that brought nothing is nothing, or else there were an artifact a minute; so are failures of
    feeds, which the metrics count and the log tells.
    """
    counts = _counts(did)
    if not any(counts.values()):
        return []
    asked = _asked(did) if isinstance(did, Report) else {}
    took = _took(did) if isinstance(did, Report) else {}
    return [{"what": what, "count": count} for what, count in {**asked, **counts, **took}.items()]


def markdown(did: Did) -> str:
    """A chart of the run and the storylines that it touched, as markdown; empty for one that did nothing."""
    counts = {row["what"]: row["count"] for row in rows(did)}
    if not counts:
        return ""
    head = f"Run {did.run_id}: {did.balance()}" if isinstance(did, Report) else ""
    bars = {what: count for what, count in counts.items() if count and not what.endswith("seconds")}
    parts = [head, f"```text\n{_chart(bars)}\n```", _storylines(did) if isinstance(did, Report) else ""]
    return "\n\n".join(filter(None, parts)) + "\n"


async def leave(did: Did, key: str) -> None:
    """Make both artifacts of the current flow run; none for a run that did nothing.

    `key`, of lower-case letters, digits and dashes, is the chart's; that of the table ends in -table. They are for
    looking at: that a server does not take them is logged, and no failure of the run.
    """
    table = rows(did)
    if not table:
        return
    from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact  # after Prefect's settings are made

    try:
        await acreate_table_artifact(table, f"{key}-table", "What the run did, in numbers.")
        await acreate_markdown_artifact(markdown(did), key, "What the run did, and the storylines that it touched.")
    except Exception as error:
        _LOG.warning("no artifact", reason=f"{type(error).__name__}: {error}")


def _counts(did: Did) -> dict[str, int]:
    """What tells whether anything was done."""
    deliveries = did.deliveries if isinstance(did, Report) else did
    sent = {"messages sent": deliveries.delivered, "deliveries failed": len(deliveries.failed)}
    if not isinstance(did, Report):
        return sent
    counts = did.counts
    return {
        "new entries": counts.entries_new,
        **{f"entries {state}": count for state, count in sorted(counts.settled.items())},
        "articles stored": counts.articles_new,
        "articles kept": counts.kept_new,
        "copies": counts.copies_new,
        "articles changed": len(did.revised),
        "storylines touched": len(did.changes),
        **sent,
    }


def _asked(report: Report) -> dict[str, int]:
    return {"feeds polled": report.polls.polled, "feeds failed": len(report.polls.failed)}


def _took(report: Report) -> dict[str, float]:
    """What is left to do, and how long it took."""
    return {
        "entries pending": report.counts.pending,
        "reports that wait to be told": report.deliveries.waiting,
        "messages to be tried again": report.deliveries.queued,
        "model seconds": round(report.model_time.total_seconds(), 3),
        "seconds": round(report.took.total_seconds(), 3),
    }


def _chart(counts: dict[str, int]) -> str:
    """One bar a line: Prefect's page shows code as it is, and no pictures or HTML."""
    most, name = max(counts.values()), max(map(len, counts))
    return "\n".join(
        f"{what:{name}} {'█' * max(round(_WIDTH * count / most), 1)} {count:,}" for what, count in counts.items()
    )


def _storylines(report: Report) -> str:
    if not report.changes:
        return ""
    lines = ["| storyline | new | reports | publishers |", "|---|---:|---:|---:|"]
    for change in report.changes[:_LISTED]:
        line = change.storyline
        label = _escaped(one_line(line.label, _LABEL))
        lines.append(f"| {label} | {change.new:,} | {line.article_count:,} | {line.publisher_count:,} |")
    more = len(report.changes) - _LISTED
    return "\n".join(lines) + (f"\n\nand {counted(more, 'more storyline')}" if more > 0 else "")


def _escaped(text: str) -> str:
    """Words that mean nothing to markdown: no link, no picture, no HTML, no end of a cell."""
    return _PUNCTUATION.sub(r"\\\1", text)
