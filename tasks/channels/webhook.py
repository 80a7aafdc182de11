"""Webhooks, by Standard Webhooks 1.0.0: decides what is signed, and which answers mean that a message arrived.

Never changes a byte of the payload after it was signed.
"""

from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook as Signer

from storywire.errors import FetchError
from storywire.headers import retry_after
from storywire.notices import Letter
from storywire.targets import Webhook
from tasks.channels import DeliveryError
from tasks.post import Poster

_GONE = 410
_LATER = frozenset({429, 503})
_NOT_OF_THIS_ONE = frozenset({408, _GONE, 429})


async def send(poster: Poster, webhook: Webhook, letter: Letter, now: datetime) -> None:
    """Post a letter's payload, signed with all secrets for its watch. Raises DeliveryError."""
    try:
        answer = await poster.post(webhook.url, letter.payload, _headers(webhook, letter, now))
    except FetchError as error:
        raise DeliveryError(error.reason) from None
    if 200 <= answer.status < 300:
        return
    wait = retry_after(answer.headers) if answer.status in _LATER else None
    redirect = ", a redirect, which is not followed" if 300 <= answer.status < 400 else ""
    raise DeliveryError(
        f"HTTP {answer.status}{redirect}",
        retry_after=None if wait is None else timedelta(seconds=wait),
        gone=answer.status == _GONE,
        refused=400 <= answer.status < 500 and answer.status not in _NOT_OF_THIS_ONE,
    )


def _headers(webhook: Webhook, letter: Letter, now: datetime) -> dict[str, str]:
    if not (secrets := webhook.secrets_for(letter.watch)):
        said = "it has no secret for this watch; add one to `secrets`, or one for all as `secret`"
        raise DeliveryError(said, refused=True)
    # the signer takes a time of another zone for one of UTC
    utc, data = now.astimezone(UTC), letter.payload.decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": letter.message_id,
        "webhook-timestamp": str(int(utc.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(letter.message_id, utc, data) for secret in secrets),
    }
