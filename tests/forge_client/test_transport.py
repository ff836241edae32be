"""What is known to have never been sent, over real connections that come to nothing."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.forge.client import Client
from bot.forge.errors import OutcomeUnknown, Unreachable
from bot.forge.limiter import Limiter
from tests.forge_client.support import Answer, FakeClock, Fixed, served


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose certificate nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "key")
    listening = socket.create_server(("127.0.0.1", 0))

    def shake_hands() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True):
                    pass

    threading.Thread(target=shake_hands, daemon=True).start()
    yield f"https://localhost:{listening.getsockname()[1]}"
    listening.close()


def refusal(url: str, clock: FakeClock) -> tuple[Client, Unreachable]:
    github = Client(Fixed(), "octo/demo", api_url=url, limiter=Limiter(clock=clock))
    with pytest.raises(Unreachable) as caught:
        github.send("POST", "/repos/octo/demo/pulls", {})
    return github, caught.value


def test_who_is_not_trusted_is_asked_once_and_told_nothing(stranger: str, clock: FakeClock) -> None:
    github, error = refusal(stranger, clock)

    assert "can't be reached" in str(error)
    assert "(its certificate is not trusted here)" in str(error)
    assert not isinstance(error, OutcomeUnknown)
    assert github.calls == 1


def test_a_dead_proxy_is_tried_again(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed, served(clock, Answer()) as server:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        github, error = refusal(server.url, clock)

        assert server.asked == []
    assert "(the proxy does not let it through)" in str(error)
    assert not isinstance(error, OutcomeUnknown)
    assert github.calls == 5


def test_a_name_that_nobody_knows_is_told(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    github, error = refusal("https://github.example.com/api/v3", clock)

    assert str(error) == (
        "github.example.com can't be reached for POST /repos/octo/demo/pulls (its name is not "
        "known): check the network, the address of the API, and proxies on the way"
    )
    assert not isinstance(error, OutcomeUnknown)
    assert github.calls == 5
