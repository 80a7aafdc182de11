"""Ways to a person, one a module. Here: what each says where a message did not arrive.

Nothing here decides what is due, or what a message says.
"""

from datetime import timedelta

from storywire.errors import StorywireError


class DeliveryError(StorywireError):
    """A message did not arrive, as far as anyone knows; it may be sent again, with the same id.

    `reason` shows no address and no secret. `retry_after` is how long the receiver asked to be left alone; `gone`, that
    it wants nothing any more; `refused`, that it did not want this one message, and others may get through.
    """

    def __init__(
        self, reason: str, *, retry_after: timedelta | None = None, gone: bool = False, refused: bool = False
    ) -> None:
        super().__init__(reason)
        self.refused = refused
        self.reason = reason
        self.retry_after = retry_after
        self.gone = gone
