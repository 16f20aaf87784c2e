"""Where a certificate is read from."""

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.auth.certificate_file import is_pfx
from avepoint_async.auth.credentials import ClientCertificate
from avepoint_async.errors import ConfigurationError
from tests.auth.keys import PASSWORD, certificate, clock, pem, pem_key, pfx, rsa_key

OWN = certificate(rsa_key())
PEM = pem_key(rsa_key()) + pem(OWN)
PFX = pfx(rsa_key(), OWN)
VERSION = b"\x02\x01\x03"

Loader = Callable[..., ClientCertificate]
LOADERS = pytest.mark.parametrize(
    "load", [ClientCertificate.from_pem, ClientCertificate.from_pfx], ids=["pem", "pfx"]
)


@pytest.mark.parametrize("as_path", [str, Path])
def test_a_file_serves_as_bytes_do(
    tmp_path: Path, as_path: Callable[[Path], str | PathLike[str]]
) -> None:
    """By name or path object, and whatever its suffix."""
    pem_file, pfx_file = tmp_path / "app.pfx", tmp_path / "app.pem"
    pem_file.write_bytes(PEM)
    pfx_file.write_bytes(PFX)
    assert ClientCertificate.from_pem(
        client_id="app", path=as_path(pem_file), clock=clock
    ) == ClientCertificate.from_pem(client_id="app", data=PEM, clock=clock)
    assert ClientCertificate.from_pfx(
        client_id="app", path=as_path(pfx_file), password=PASSWORD, clock=clock
    ) == ClientCertificate.from_pfx(client_id="app", data=PFX, password=PASSWORD, clock=clock)


@LOADERS
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, load: Loader) -> None:
    """The system's reason is told with the name of the file, and kept as the cause."""
    for path, problem in (
        (tmp_path / "absent", "No such file"),
        (tmp_path, "Is a directory"),
        ("", "No such file"),
    ):
        with pytest.raises(ConfigurationError, match=f"cannot be read: {problem}") as caught:
            load(client_id="app", path=path)
        assert str(caught.value).startswith(f"certificate file {path} ".replace("  ", " "))
        assert isinstance(caught.value.__cause__, OSError)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@LOADERS
@pytest.mark.parametrize("path", ["nul\0", 0, ["app.pem"]])
def test_what_is_no_path_is_refused(load: Loader, path: object) -> None:
    """No descriptor is read, and nothing but a configuration error comes of a wrong type."""
    with pytest.raises(ConfigurationError, match="cannot be read: "):
        load(client_id="app", path=path)


@LOADERS
@pytest.mark.parametrize(
    ("size", "problem"), [(0, "is empty"), ((1 << 20) + 1, "is larger than 1048576 bytes")]
)
def test_an_empty_and_an_endless_file_are_refused(
    tmp_path: Path, load: Loader, size: int, problem: str
) -> None:
    """A wrong file is told before it is parsed, and is never read to its end."""
    file = tmp_path / "app"
    with file.open("wb") as opened:
        opened.truncate(size)
    with pytest.raises(ConfigurationError, match=f"{file} {problem}"):
        load(client_id="app", path=file)


def test_the_largest_file_is_read_whole(tmp_path: Path) -> None:
    """The limit itself is within it."""
    (tmp_path / "app.pem").write_bytes(b" " * ((1 << 20) - len(PEM)) + PEM)
    read = ClientCertificate.from_pem(client_id="app", path=tmp_path / "app.pem", clock=clock)
    assert read.not_valid_after == OWN.not_valid_after_utc


@contextmanager
def fed(pipe: Path, content: bytes) -> Iterator[None]:
    """A named pipe with ``content`` in it, which does not end as long as the block lasts."""
    left = Event()

    def feed() -> None:
        with pipe.open("wb") as opened:
            opened.write(content)
            opened.flush()
            left.wait()

    os.mkfifo(pipe)
    feeder = Thread(target=feed)
    feeder.start()
    try:
        yield
    finally:
        left.set()
        feeder.join()


def test_an_endless_pipe_is_left(tmp_path: Path) -> None:
    """A byte beyond the limit is enough to refuse a file that never comes to its end."""
    pipe = tmp_path / "pipe"
    with fed(pipe, PEM.ljust((1 << 20) + 1)), pytest.raises(ConfigurationError, match="is larger"):
        ClientCertificate.from_pem(client_id="app", path=pipe, clock=clock)


@LOADERS
@pytest.mark.parametrize("given", [{}, {"path": "app", "data": PEM}], ids=["none", "both"])
def test_exactly_one_source_is_given(load: Loader, given: dict[str, object]) -> None:
    """Path or data, not both, not neither."""
    with pytest.raises(ConfigurationError, match="give exactly one of them"):
        load(client_id="app", **given)


@LOADERS
def test_data_is_bytes(load: Loader) -> None:
    """Text is refused by its type."""
    with pytest.raises(ConfigurationError, match="certificate data must be bytes; got str"):
        load(client_id="app", data=PEM.decode())


@LOADERS
@pytest.mark.parametrize(
    ("password", "problem"), [(7, "is int"), ("\ud800", "is not valid Unicode")]
)
def test_a_password_is_text_or_bytes(load: Loader, password: object, problem: str) -> None:
    """What cannot be a password is refused by its type."""
    with pytest.raises(ConfigurationError, match=f"has a password that {problem}"):
        load(client_id="app", data=PEM, password=password)


@given(content=st.binary(max_size=12))
@example(content=b"")
@example(content=b"\x30")
@example(content=b"\x30\x05\x02\x01")
def test_what_has_no_version_is_no_pfx(content: bytes) -> None:
    """Any bytes are judged, and none fail."""
    assert is_pfx(content) <= (content.startswith(b"\x30") and VERSION in content)


@given(length=st.integers(0, 1 << 64))
def test_a_sequence_that_opens_with_version_3_is_a_pfx(length: int) -> None:
    """However long it claims to be, in each form that a length has."""
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    definite = bytes([length]) if length < 0x80 else bytes([0x80 | len(octets)]) + octets
    for form in (definite, b"\x80"):
        assert is_pfx(b"\x30" + form + VERSION)
        assert not is_pfx(b"\x30" + form + b"\x02\x01\x02")


def test_real_files_are_told_apart() -> None:
    """By content alone."""
    assert is_pfx(PFX)
    assert not is_pfx(PEM)
