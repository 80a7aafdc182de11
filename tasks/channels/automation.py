"""Prefect: decides which event stands for a message.

Never emits and forgets: the event is handed to the server, which says that it has it.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from storywire.notices import Letter
from tasks.channels import DeliveryError
from tasks.post import HttpError

DEADLINE = timedelta(seconds=20)
EVENT = "storywire.alert"


async def send(letter: Letter, now: datetime, deadline: timedelta = DEADLINE) -> None:
    """Hand the event of a letter to the Prefect server of the settings. Raises DeliveryError."""
    from prefect.client.orchestration import get_client  # a second to import, for those who use it
    from prefect.settings import PREFECT_API_URL

    if not PREFECT_API_URL.value():
        raise DeliveryError("an event needs a running Prefect server; name it in STORYWIRE_PREFECT_API_URL")
    event = {
        "id": str(uuid5(NAMESPACE_URL, f"storywire:{letter.message_id}")),  # a repeat is the same event
        "event": EVENT,
        "occurred": now.astimezone(UTC).isoformat(),
        "resource": {"prefect.resource.id": f"storywire.watch.{letter.watch}"},
        "payload": json.loads(letter.payload),
    }
    try:
        async with asyncio.timeout(deadline.total_seconds()), get_client() as client:
            await client.request("POST", "/events", json=[event])
    except TimeoutError:
        raise DeliveryError(f"no answer of the Prefect server within {deadline.total_seconds():g} s") from None
    except HttpError as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        raise DeliveryError(
            f"the Prefect server said {status}" if status else "no answer of the Prefect server"
        ) from None
