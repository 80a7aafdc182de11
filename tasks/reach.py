"""A place on the network that is no web server: decides whether somebody listens there.

Never says a word to whoever does.
"""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

PATIENCE = timedelta(seconds=5)


def refused(address: str, patience: timedelta = PATIENCE) -> str | None:
    """Why no connection can be made to an address such as `ray://10.0.0.5:10001` or `10.0.0.5:6379`; None if one can.

    It is the owner's own: no gate stands before it.
    """
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        return "it has no host with a port"
    return asyncio.run(_refused(host, port, patience))


async def _refused(host: str, port: int, patience: timedelta) -> str | None:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"no answer within {patience.total_seconds():.0f} s"
    except OSError as error:
        return f"it cannot be reached: {error.strerror or error}"
    writer.close()
    return None
