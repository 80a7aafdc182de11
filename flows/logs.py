"""Logging: decides how a line looks, which run and feed it names, and that no secret stands in it.

Never decides what is worth a line. Until `configure` was called, none of ours goes anywhere.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from typing import Any, TextIO

from flows.settings import Settings
from storywire.errors import InputError
from storywire.masking import masked
from storywire.targets import Chat, Email, Target, Webhook
from tasks.targets import Targets

OURS = "storywire"
"""All our loggers begin with it, for PREFECT_LOGGING_EXTRA_LOGGERS."""
LEVELS = ("debug", "info", "warning", "error")

_IDS: ContextVar[dict[str, object]] = ContextVar("ids")
_HIDDEN: set[str] = set()

logging.getLogger(OURS).setLevel(logging.CRITICAL + 1)


class Logger:
    """Takes fields by name: `.info("feed recovered", feed=url)`. A field of None is left out."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        """What only a search for a fault needs."""
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """What was done."""
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """What went wrong, and is tried again or needs a look."""
        self._log(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """What went wrong for good."""
        self._log(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """The same, with the traceback of the exception that is being handled."""
        self._log(logging.ERROR, event, fields, exc_info=True)

    def _log(self, level: int, event: str, given: Mapping[str, object], exc_info: bool = False) -> None:
        """The fields are in the words, too, for handlers that know nothing of fields, as Prefect's."""
        if self._logger.isEnabledFor(level):
            fields = {k: _safe(value) for k, value in {**_IDS.get({}), **given}.items() if value is not None}
            said = masked(event, _HIDDEN)
            extra = {"event": said, "fields": fields}
            self._logger.log(level, "%s%s", said, _words(fields), exc_info=exc_info, extra=extra, stacklevel=3)


def logger(name: str) -> Logger:
    """The logger of this name, as "storywire.run"."""
    return Logger(name)


@contextmanager
def bound(**ids: object) -> Iterator[None]:
    """Within it, each line has these: `with bound(run=run_id, flow="collect"):`."""
    token = _IDS.set({**_IDS.get({}), **ids})
    try:
        yield
    finally:
        _IDS.reset(token)


def configure(json: bool, level: str = "info", to: TextIO | None = None) -> None:
    """Write lines, to standard error unless told: a JSON object each, or readable ones. Can be called again.

    `level`, one of LEVELS, is that of our lines. Those of other libraries come in the same form, and those of Prefect
    as its own settings say; in all of them secrets are masked, also for handlers that write elsewhere.
    """
    handler = logging.StreamHandler(to or sys.stderr)
    handler.set_name(OURS)
    handler.setFormatter(_Json() if json else _Readable())
    root = logging.getLogger()
    for other in root.handlers[:]:
        if other.get_name() == OURS or type(other).__module__.startswith("prefect."):
            root.removeHandler(other)
    root.addHandler(handler)
    logging.getLogger(OURS).setLevel(level.upper())
    made = logging.getLogRecordFactory()
    if not (isinstance(made, partial) and made.func is _careful):
        logging.setLogRecordFactory(partial(_careful, made))


def begin(settings: Settings, level: str | None) -> None:
    """Write lines from now on as whoever reads standard error wants them, without the secrets of this installation.

    JSON unless that is a terminal. Nothing changes without a level.
    """
    if level is not None:
        hide(secrets_of(settings))
        configure(not sys.stderr.isatty(), level)


def hide(words: Iterable[str]) -> None:
    """From now on these are masked wherever they stand, as the addresses of targets."""
    _HIDDEN.update(words)


def secrets_of(settings: Settings) -> set[str]:
    """Those of the targets of this installation."""
    return secrets(Targets(settings.home / "private", settings.targets))


def secrets(targets: Targets) -> set[str]:
    """The addresses and secrets of all targets that can be read; to another, nothing is sent."""
    found = set[str]()
    for target in _readable(targets):
        match target:
            case Webhook():
                found |= {target.url, *target.secrets, *(one for each in target.by_watch.values() for one in each)}
            case Email():
                found |= {*target.to, target.sender, target.user or "", target.password or ""}
            case Chat():
                found.add(target.url)
    return found


def _readable(targets: Targets) -> Iterator[Target]:
    with suppress(InputError):  # of the whole file
        for name in targets.names():
            with suppress(InputError):
                yield targets.find(name)


def _safe(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return masked(value.isoformat() if isinstance(value, datetime) else str(value), _HIDDEN)


def _careful(make: Callable[..., logging.LogRecord], *given: Any, **more: Any) -> logging.LogRecord:
    """A record as `make` makes it, without secrets in its words and in what went wrong.

    Not a filter: one of a logger does not see what is logged below it, and one of a handler not what others write.
    """
    record = make(*given, **more)
    if isinstance(record.args, tuple):  # each by itself, as there are formatters that count them
        record.args = tuple(masked(a, _HIDDEN) if isinstance(a, str) else a for a in record.args)
    try:
        said = record.getMessage()
    except Exception:  # its words do not fit its arguments: the handler tells
        return record
    if (safe := masked(said, _HIDDEN)) != said:
        record.msg, record.args = safe, ()
    if record.exc_info and record.exc_info[0] is not None:
        trace = logging.Formatter().formatException(record.exc_info)
        if (safe := masked(trace, _HIDDEN)) != trace:
            record.exc_text, record.exc_info = safe, None
    return record


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Times are ISO 8601 in UTC. Only ASCII: what others wrote may hold what turns a terminal upside down."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {
            "time": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": getattr(record, "event", None) or record.getMessage(),
        }
        went_wrong = {"exception": trace} if (trace := _trace(self, record)) else {}
        return json.dumps({**said, **_fields(record), **went_wrong})


class _Readable(logging.Formatter):
    """Lines for a person."""

    def format(self, record: logging.LogRecord) -> str:
        """The time of day is UTC, as all that Storywire shows."""
        at = datetime.fromtimestamp(record.created, UTC)
        said = getattr(record, "event", None) or record.getMessage()
        line = f"{at:%H:%M:%S} {record.levelname.lower():7} {said}{_words(_fields(record))}"
        return "\n".join(filter(None, (line, _trace(self, record))))


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    """Those of our lines; of others' lines, the ids that are bound where they were logged."""
    fields: Mapping[str, object] | None = getattr(record, "fields", None)
    return {name: _safe(value) for name, value in _IDS.get({}).items()} if fields is None else fields


def _words(fields: Mapping[str, object]) -> str:
    return "".join(f" {name}={json.dumps(value)}" for name, value in fields.items())


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str | None:
    if record.exc_text:
        return record.exc_text
    return formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else None
