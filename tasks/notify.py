"""Delivery: carries a letter to where a watch points. Never decides what is due, or what a letter says.

Delivery is at least once: a crash after a letter went out and before that was noted repeats it, with the same id.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from storywire.addresses import Net
from storywire.errors import InputError
from storywire.notices import Letter
from storywire.targets import Automation, Chat, Email, File, Stdout, Target, Webhook, without_secrets
from tasks.channels import DeliveryError, append, automation, chat, mail, webhook
from tasks.connect import Resolve, look_up
from tasks.post import DEADLINE, Poster

__all__ = ["Channels", "DeliveryError", "Finds", "Notifier"]


class Notifier(Protocol):
    """Whatever can carry a letter to a target, by what a watch calls it. Raises DeliveryError."""

    async def send(self, target: str, letter: Letter) -> None:
        """Deliver one letter."""
        ...


class Finds(Protocol):
    """Whatever knows targets by name."""

    def find(self, name: str) -> Target:
        """The target of this name; raises InputError."""
        ...


class Channels:
    """The Notifier that reaches people. It keeps nothing open between two letters.

    Webhooks may lie on the public internet and in `allow_nets`; `contact` is shown to them. What a DeliveryError says
    names the target as the watch does, and shows neither its address nor a secret.
    """

    def __init__(
        self,
        targets: Finds,
        allow_nets: Iterable[Net] = (),
        contact: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline: timedelta = DEADLINE,
        resolve: Resolve = look_up,
    ) -> None:
        """Opens nothing yet. `deadline` is for one letter to a webhook, a mail server or Prefect."""
        self._targets, self._clock, self._deadline = targets, clock, deadline
        self._poster = partial(Poster, contact, deadline, tuple(allow_nets), resolve)

    async def send(self, target: str, letter: Letter) -> None:
        """Deliver one letter. Raises DeliveryError."""
        try:
            found = without_secrets(target) or self._targets.find(target)
        except InputError as error:
            raise DeliveryError(str(error)) from None
        try:
            await self._carry(found, letter)
        except DeliveryError as error:  # without its cause: that can show an address where it is logged
            raise DeliveryError(
                f"{target}: {error.reason}", retry_after=error.retry_after, gone=error.gone, refused=error.refused
            ) from None

    async def _carry(self, target: Target, letter: Letter) -> None:
        match target:
            case Webhook():
                async with self._poster() as poster:
                    await webhook.send(poster, target, letter, self._clock())
            case Email():
                await mail.send(target, letter, self._clock(), self._deadline)
            case Chat():
                await chat.send(target, letter)
            case File():
                append.to_file(Path(target.path), letter)
            case Stdout():
                append.to_stdout(letter)
            case Automation():
                await automation.send(letter, self._clock(), self._deadline)
