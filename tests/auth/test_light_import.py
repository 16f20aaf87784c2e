"""What a program pays at its start: nothing for what it may never use."""

import subprocess
import sys

import pytest

HEAVY = ("cryptography", "joserfc", "authlib")

PROGRAM = """
import sys
import avepoint_async

def heavy():
    return sorted({name.split(".")[0] for name in sys.modules} & set(sys.argv[1].split()))

print(heavy())
credential = avepoint_async.ClientSecret(client_id="app", client_secret="hush-hush")
avepoint_async.AvePointClient(credential)
print(heavy())
credential.sign("https://identity.example.test/connect/token", "grant_type=x")
print(heavy())
"""


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    """What is loaded after each step of the program."""
    command = [sys.executable, "-c", PROGRAM, " ".join(HEAVY)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_an_import_loads_no_cryptography(loaded: list[str]) -> None:
    """Neither the package nor a client that was made needs it."""
    assert loaded[:2] == ["[]", "[]"]


def test_a_secret_needs_no_cryptography(loaded: list[str]) -> None:
    """A token for a secret is asked for with a form alone."""
    assert loaded[2] == "['authlib']"
