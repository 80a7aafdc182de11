"""What became of alerts: decides how delivery is told, by a run and by `storywire alerts send`. Never delivers."""

from collections.abc import Iterator

from flows import show
from flows.report import Deliveries


def failures(deliveries: Deliveries) -> Iterator[str]:
    """A line for each target that failed."""
    for target, reason in deliveries.failed:
        yield f"alert to {target}: {reason.removeprefix(f'{target}: ')}"


def outcome(deliveries: Deliveries) -> Iterator[str]:
    """What went out, what waits, and what nobody is told of; nothing where there is nothing of these."""
    said = []
    if sent := deliveries.delivered:
        said.append(f"{show.counted(sent, 'message')} went out")
    if waiting := deliveries.waiting:
        said.append(f"{show.counted(waiting, 'report')} {'waits' if waiting == 1 else 'wait'} to be told")
    if said:
        yield "; ".join(said)
    if queued := deliveries.queued:
        yield f"{show.counted(queued, 'message')} did not get through yet: storywire alerts log"
    if deliveries.silent:
        matched = show.counted(sum(deliveries.silent.values()), "report")
        reasons = ", ".join(f"{reason} ({count:,})" for reason, count in deliveries.silent.items())
        yield f"{matched} matched your watches, and nobody is told: {reasons}"
