"""What must not be seen, and the watch that is kept."""

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from avepoint_async.auth.credentials import ClientCertificate, ClientSecret
from tests.auth.keys import certificate, pem, pem_key, rsa_key
from tests.secrecy.echo import TOKEN
from tests.secrecy.watch import Watch, watching

SECRET = "sentinel-s3cr3t/+&<é"
PASSWORD = "sentinel-pa55word"

KEY = rsa_key()
OWN = certificate(KEY, now=time.time())
FILE = pem_key(KEY, PASSWORD) + pem(OWN)

BY_SECRET = ClientSecret(client_id="app", client_secret=SECRET)
BY_CERTIFICATE = ClientCertificate.from_pem(client_id="app", data=FILE, password=PASSWORD)


def hidden(*sent: str) -> list[str]:
    """What must not be seen: secret, password and key, and what else a server was sent."""
    numbers = KEY.private_numbers()
    key = [str(number) for number in (numbers.d, numbers.p, numbers.q)]
    lines = [line.decode() for line in pem_key(KEY, PASSWORD).splitlines()[1:-1]]
    return [SECRET[:15], PASSWORD, TOKEN[:14], *key, *lines, *_pieces(sent)]


def _pieces(sent: tuple[str, ...]) -> list[str]:
    """Each secret, of an assertion each piece but its header, which says nothing."""
    parts = [part for secret in sent for part in secret.split(".")[-2:]]
    return [part[at:to] for part in parts for at, to in pairwise(range(0, len(part) + 1, 16))]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Hears what every library logs in a test; at its end nothing hidden was seen or heard."""
    with watching() as watch:
        yield watch
    assert not [piece for piece in hidden() if piece in watch.everything]
