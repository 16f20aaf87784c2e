"""No secret, password or key shows, whatever is done to a credential and however it fails."""

import logging
import statistics
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from avepoint_async.auth.credentials import ClientCertificate, ClientSecret
from avepoint_async.auth.settings import read_settings
from avepoint_async.errors import ConfigurationError
from tests.auth.keys import PASSWORD, certificate, clock, ec_key, pem, pem_key, pfx, rsa_key
from tests.auth.sight import seen_of, seen_of_error

SENTINEL = "sentinel-3b9d0c"
KEY = rsa_key()
OWN = certificate(KEY)
OLD = certificate(KEY, starts=-9, ends=-1)
GOOD = pem_key(KEY, SENTINEL) + pem(OWN)

FILES = {
    "pem": {
        "wrong password": pem_key(KEY, PASSWORD) + pem(OWN),
        "needless password": pem_key(KEY) + pem(OWN),
        "broken key": pem_key(KEY, SENTINEL).replace(b"MII", b"AAA") + pem(OWN),
        "broken certificate": pem_key(KEY, SENTINEL) + pem(OWN).replace(b"MII", b"AAA"),
        "no certificate": pem_key(KEY, SENTINEL),
        "another's certificate": pem_key(KEY, SENTINEL) + pem(certificate(rsa_key(1))),
        "two keys": pem_key(KEY) * 2,
        "no RSA key": pem_key(ec_key(), SENTINEL),
        "short key": pem_key(rsa_key(bits=1024), SENTINEL),
        "expired": pem_key(KEY, SENTINEL) + pem(OLD),
        "too large": pem_key(KEY) + b" " * (1 << 20),
        "no PEM": pfx(KEY, OWN, password=SENTINEL),
    },
    "pfx": {
        "wrong password": pfx(KEY, OWN),
        "broken": pfx(KEY, OWN, password=SENTINEL)[:-9],
        "no certificate": pfx(KEY, None, password=SENTINEL),
        "no RSA key": pfx(ec_key(), None, password=SENTINEL),
        "short key": pfx(rsa_key(bits=1024), None, password=SENTINEL),
        "expired": pfx(KEY, OLD, password=SENTINEL),
        "no PFX": pem_key(KEY) + pem(OWN),
    },
}
LOADERS: dict[str, Callable[..., ClientCertificate]] = {
    "pem": ClientCertificate.from_pem,
    "pfx": ClientCertificate.from_pfx,
}


@attrs.frozen
class Careless:
    """A record that shows what it holds."""

    secret: str


def refused(make: Callable[[], object]) -> str:
    """Everything that shows of the error that comes."""
    with pytest.raises(ConfigurationError) as caught:
        make()
    return seen_of_error(caught.value)


def shown_of(data: bytes, seen: str) -> list[str]:
    """What shows of the password and of a file; a PEM's first line is no secret."""
    body = data.partition(b"\n")[2] if data.startswith(b"-----") else data
    hidden = (SENTINEL, repr(body)[2:40], body.decode("latin-1")[:40])
    return [piece for piece in hidden if piece in seen]


def test_the_instrument_sees() -> None:
    """Local variables and fields are found, or the other tests would prove nothing."""
    mean: Callable[[list[str]], float] = statistics.fmean  # type: ignore[assignment] # to fail
    with pytest.raises(TypeError, match="must be real number, not str") as caught:
        mean([SENTINEL])
    assert SENTINEL in seen_of_error(caught.value)
    assert seen_of(Careless(SENTINEL)).count(SENTINEL) == 9


@pytest.mark.parametrize(
    ("client_id", "client_secret"),
    [
        ("", SENTINEL),
        ("app", f"{SENTINEL}\n"),
        ("app", f"{SENTINEL}\ud800"),
        ("app", SENTINEL.encode()),
        ("app", [SENTINEL]),
    ],
)
def test_a_refused_secret_does_not_show(client_id: str, client_secret: str) -> None:
    """Neither in the error nor in a traceback recorded with local variables."""
    seen = refused(lambda: ClientSecret(client_id=client_id, client_secret=client_secret))
    assert SENTINEL not in seen


@pytest.mark.parametrize("by", ["data", "path"])
@pytest.mark.parametrize(
    ("kind", "fault"), [(kind, fault) for kind, faults in FILES.items() for fault in faults]
)
def test_a_refused_file_shows_nothing(tmp_path: Path, kind: str, fault: str, by: str) -> None:
    """Neither key nor password, in whatever way the file fails."""
    data = FILES[kind][fault]
    (tmp_path / "app").write_bytes(data)
    source = {"data": data} if by == "data" else {"path": tmp_path / "app"}
    load = LOADERS[kind]
    seen = refused(lambda: load(client_id="app", password=SENTINEL, clock=clock, **source))
    assert shown_of(data, seen) == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"data": GOOD, "path": "app"},
        {"data": GOOD, "client_id": ""},
        {"data": GOOD.decode()},
        {"data": GOOD, "password": [SENTINEL]},
        {"data": GOOD, "password": f"{SENTINEL}\ud800"},
        {"path": "absent/app.pem"},
    ],
)
def test_a_refused_argument_shows_nothing_of_the_others(given: dict[str, object]) -> None:
    """What is wrong may stand beside what must not be seen."""
    load = LOADERS["pem"]
    arguments = {"client_id": "app", "password": SENTINEL, "clock": clock, **given}
    assert shown_of(GOOD, refused(lambda: load(**arguments))) == []


@pytest.mark.parametrize(
    "path",
    [GOOD.decode(), GOOD, b64encode(GOOD).decode(), "/".join(b64encode(GOOD).decode()[:999])],
    ids=["text", "bytes", "base64", "with slashes"],
)
def test_a_file_given_in_place_of_its_path_shows_nothing(path: str) -> None:
    """It is told by its length: no message and no cause repeats it."""
    seen = refused(lambda: LOADERS["pem"](client_id="app", path=path))
    assert f"certificate path ({len(str(path))} characters, not shown) cannot be read" in seen
    assert str(path)[30:90] not in seen


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_ENVIRONMENT": "moon"},
        {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_CERTIFICATE_PATH": "absent.pfx"},
        {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_CERTIFICATE_PATH": f"-----\n{SENTINEL}"},
        {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_CERTIFICATE_PATH": SENTINEL * 99},
        {"AVEPOINT_CLIENT_SECRET": f"{SENTINEL}\n"},
        {"AVEPOINT_TOKEN_URL": f"https://app:{SENTINEL}@example.test"},
    ],
)
def test_refused_settings_show_no_secret(environ: dict[str, str]) -> None:
    """Secret and password stand beside what is wrong, and do not show."""
    secrets = {
        "AVEPOINT_CLIENT_SECRET": SENTINEL,
        "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD": SENTINEL,
    }
    assert SENTINEL not in refused(lambda: read_settings({**secrets, **environ}))


def test_a_credential_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """No representation, format, conversion or log record, before and after it has signed."""
    caplog.set_level(logging.DEBUG)
    secret = ClientSecret(client_id="app", client_secret=SENTINEL)
    by_pem = ClientCertificate.from_pem(client_id="app", data=GOOD, password=SENTINEL, clock=clock)
    for credential in (secret, by_pem):
        credential.sign("https://example.test/connect/token", "grant_type=client_credentials")
    numbers = KEY.private_numbers()
    seen = seen_of(secret) + seen_of(by_pem) + caplog.text
    hidden = (SENTINEL, *(str(number) for number in (numbers.d, numbers.p, numbers.q)))
    assert not [piece for piece in hidden if piece in seen]
    assert by_pem.thumbprint in seen


def test_settings_show_nothing() -> None:
    """What was read from the environment is closed too."""
    environ = {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_SECRET": SENTINEL}
    assert SENTINEL not in seen_of(read_settings(environ))


def test_a_signed_form_shows_nothing() -> None:
    """The form of a token request is closed until it is sent."""
    signed = ClientSecret(client_id="app", client_secret=SENTINEL).sign("https://h", "a=b")
    assert SENTINEL in signed.reveal()
    assert SENTINEL not in f"{signed} {signed!r}"
