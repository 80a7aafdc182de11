"""Servers whose certificate or TLS is not what it should be (H42): an error in words, and no downgrade."""

import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.workers import Workers
from tests.hostile.inputs import BAD, RSS
from tests.hostile.looks import Names, beside_a_good_one, failure
from tests.hostile.raw import answer, saying

x509 = pytest.importorskip("cryptography.x509", reason="certificates are made with the library cryptography")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

NAME = "news.example"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, which the fetchers of these tests trust in place of the real ones."""

    folder: Path
    key: ec.EllipticCurvePrivateKey

    def context(self, name: str = NAME, ended: timedelta = timedelta(0), trusted: bool = True) -> ssl.SSLContext:
        """That of a server with a certificate for `name`, which ended so long ago."""
        now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
        signer = self.key if trusted else ec.generate_private_key(ec.SECP256R1())
        end = now - ended if ended else now + DAY
        certificate = _certificate(name, "Harbour CA", key, end - 9 * DAY, end, signer)
        path = self.folder / f"{name}-{ended.days}-{trusted}.pem"
        path.write_bytes(_private(key) + certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    begin: datetime,
    end: datetime,
    signer: ec.EllipticCurvePrivateKey,
) -> bytes:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    is_authority = name == issuer
    builder = (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if is_authority:
        usage = dict.fromkeys(
            (
                *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
                *("key_agreement", "encipher_only", "decipher_only"),
            ),
            False,
        )
        builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    path = tmp_path / "ca.pem"
    path.write_bytes(_certificate("Harbour CA", "Harbour CA", key, now - DAY, now + DAY, key))
    monkeypatch.setattr("certifi.where", lambda: str(path))
    return Authority(tmp_path, key)


SERVED = answer("Content-Type: application/rss+xml", f"Content-Length: {len(RSS)}", "Connection: close", body=RSS)


def test_h42_a_certificate_of_the_right_host_passes(authority: Authority, workers: Workers) -> None:
    with saying(SERVED, address=BAD, tls=authority.context()) as server:
        url = f"https://{NAME}:{server.url.rstrip('/').rpartition(':')[2]}/"
        poll = beside_a_good_one(workers, url, resolve=Names([BAD]))
    assert len(poll.entries) == 11
    assert server.failed == []


def old_tls(authority: Authority) -> ssl.SSLContext:
    context = authority.context()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


BROKEN: dict[str, tuple[Callable[[Authority], ssl.SSLContext], str]] = {
    "H42 of another host": (lambda ca: ca.context("other.example"), "Hostname mismatch"),
    "H42 of its parent": (lambda ca: ca.context("example"), "Hostname mismatch"),
    "H42 expired": (lambda ca: ca.context(ended=DAY), "certificate has expired"),
    "H42 of nobody known": (lambda ca: ca.context(trusted=False), "unable to get|signature|unknown|local issuer"),
    "H42 TLS 1.0": (old_tls, "its TLS is older than 1.2"),
}


@pytest.mark.parametrize(("context", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_r29_a_connection_that_is_not_safe_is_not_used(
    context: Callable[[Authority], ssl.SSLContext], reason: str, authority: Authority, workers: Workers
) -> None:
    with saying(SERVED, address=BAD, tls=context(authority)) as server:
        url = f"https://{NAME}:{server.url.rstrip('/').rpartition(':')[2]}/"
        found = failure(beside_a_good_one(workers, url, resolve=Names([BAD])))
    assert found.startswith("no safe connection: ")
    assert any(word in found for word in reason.split("|")), found
    assert server.heads == [], "nothing was asked, in clear neither"


def test_h42_a_server_without_tls_is_not_asked_in_clear(workers: Workers) -> None:
    with saying(SERVED, address=BAD) as server:
        found = failure(beside_a_good_one(workers, server.url.replace("http:", "https:")))
    assert found == "no safe connection: it does not speak TLS"
    assert not any(b"GET " in head for head in server.heads)
