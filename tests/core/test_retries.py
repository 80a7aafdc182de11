"""Laws of retries: the schedule of Standard Webhooks, spread a little, never sooner than a receiver asks."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storywire.retries import ATTEMPTS, next_attempt

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
# As the specification lists them, with the first attempt that is made at once.
SCHEDULE = [
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    HOUR / 2,
    *(HOUR * n for n in (2, 5, 10, 14, 20, 24)),
]
NAMES = st.text(max_size=20)
FAILED = st.integers(0, ATTEMPTS - 1)


def wait(name: str, attempts: int, retry_after: timedelta | None = None) -> timedelta:
    at = next_attempt(name, attempts, NOW, retry_after)
    assert at is not None
    return at - NOW


def test_a_message_is_given_up_after_its_tenth_attempt() -> None:
    assert len(SCHEDULE) == 10
    assert next_attempt("m", 9, NOW, None) is not None
    assert [next_attempt("m", n, NOW, HOUR) for n in (10, 11, 1000)] == [None] * 3


def test_all_attempts_lie_within_four_days() -> None:
    waits = [wait("m", n) for n in range(10)]
    assert HOUR * 75 < sum(waits, timedelta(0)) < HOUR * 91
    assert next_attempt("m", 0, NOW, None) == NOW


@given(NAMES, FAILED)
def test_a_wait_is_that_of_the_schedule_or_at_most_a_fifth_longer(name: str, attempts: int) -> None:
    assert SCHEDULE[attempts] <= wait(name, attempts) <= SCHEDULE[attempts] * 1.2


@given(NAMES, st.integers(0, ATTEMPTS - 2))
def test_each_wait_is_longer_than_the_one_before(name: str, attempts: int) -> None:
    assert wait(name, attempts) < wait(name, attempts + 1)


@given(NAMES, FAILED, st.timedeltas())
def test_a_receiver_is_never_asked_sooner_than_it_asked_for_up_to_a_day(
    name: str, attempts: int, asked: timedelta
) -> None:
    assert wait(name, attempts, asked) == max(wait(name, attempts), min(asked, HOUR * 24))


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    assert len({next_attempt(f"m{n}", 3, NOW, None) for n in range(1000)}) == 1000


def test_a_message_that_came_late_once_does_not_come_late_each_time() -> None:
    late = [wait("m", attempts) / SCHEDULE[attempts] for attempts in range(1, ATTEMPTS)]
    assert len({round(share, 3) for share in late}) == len(late)


def test_the_same_message_gets_the_same_time_again() -> None:
    assert next_attempt("m", 4, NOW, None) == next_attempt("m", 4, NOW, None)
