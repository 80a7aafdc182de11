"""Which thresholds a model gets: those that were tuned in this home, else those that ship. Decides where they are kept.

Never finds any.
"""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

from storywire.errors import InputError
from storywire.parameters import SHIPPED, EventParameters, Parameters, StorylineParameters

FILE = "thresholds.json"
_TUNED = ("events", "storylines")  # nobody tunes the others


def parameters_for(home: Path, model: str) -> Parameters:
    """The thresholds of a model; for one that nobody tuned, those of the default model. InputError if unreadable."""
    said = _read(home / FILE).get(model)
    if said is None:
        return SHIPPED.get(model, Parameters()).of(model)
    try:
        kept = {part: {k: float(v) for k, v in of.items()} for part, of in said.items() if part in _TUNED}
        usual = SHIPPED.get(model, Parameters())
        return replace(
            usual.of(model),
            events=EventParameters(**kept["events"]),
            storylines=StorylineParameters(**kept["storylines"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{home / FILE} says of {model}: {error!r}; delete the file, then tune again") from None


def keep(home: Path, parameters: Parameters) -> Path:
    """Keep a model's thresholds, for all later runs in this home; returns the file."""
    path = home / FILE
    said = _read(path) | {parameters.model: {k: v for k, v in asdict(parameters).items() if k != "model"}}
    home.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(".new")
    waiting.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    os.replace(waiting, path)
    return path


def _read(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not readable as JSON ({error}); delete it, then tune again") from None
    if not isinstance(said, dict):
        raise InputError(f"{path} does not hold thresholds by model; delete it, then tune again")
    return said
