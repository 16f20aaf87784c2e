"""What the environment variables make of a client, and what is said of wrong ones."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avepoint_async.auth.credentials import ClientCertificate, ClientSecret
from avepoint_async.auth.environment import Environment
from avepoint_async.auth.settings import read_settings
from avepoint_async.errors import ConfigurationError
from tests.auth.keys import PASSWORD, certificate, pem, pem_key, pfx, rsa_key

SECRET = {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_SECRET": "hush-hush"}
OWN = certificate(rsa_key(), now=time.time())


def problems(environ: dict[str, str]) -> list[str]:
    """Each thing that the one error says."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings(environ)
    head, _, rest = str(caught.value).partition(": ")
    assert head == "the settings in the environment are incomplete or wrong"
    return rest.split("; ")


def test_id_and_secret_are_enough() -> None:
    """The commercial cloud is meant where none is named; other variables do not matter."""
    settings = read_settings({**SECRET, "HOME": "/", "AVEPOINT_OTHER": ""})
    assert settings.credential == ClientSecret(client_id="app", client_secret="hush-hush")
    assert settings.environment is Environment.COMMERCIAL


@pytest.mark.parametrize("name", ["commercial", "us-gov", "aos2", "fedramp"])
@pytest.mark.parametrize("spelled", [str, str.upper, str.title, " {} ".format])
def test_a_cloud_is_named(name: str, spelled: Callable[[str], str]) -> None:
    """Each of the four by its name, in upper or lower case."""
    settings = read_settings({**SECRET, "AVEPOINT_ENVIRONMENT": spelled(name)})
    assert settings.environment is Environment.named(name)


def test_a_secret_in_the_wrong_variable_is_not_repeated() -> None:
    """What is no name of a cloud may be anything."""
    (found,) = problems({**SECRET, "AVEPOINT_ENVIRONMENT": "sentinel-s3cr3t"})
    assert found.startswith("AVEPOINT_ENVIRONMENT: this name of an environment is not known")
    assert "sentinel" not in found


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_may_stand_in_a_file(tmp_path: Path, end: str) -> None:
    """As Kubernetes and systemd provide it; the end of its line is no part of it."""
    file = tmp_path / "secret"
    file.write_bytes(f"hüsh-hush{end}".encode())
    environ = {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_SECRET_FILE": str(file)}
    assert read_settings(environ).credential == ClientSecret(
        client_id="app", client_secret="hüsh-hush"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the content of the file that it names is blank"),
        (b"\n", "the content of the file that it names is blank"),
        (b"sentinel \n", "the content of the file that it names holds white space at its ends"),
        (b"sentinel\nsentinel\n", "the content of the file that it names holds white space"),
        (b"sentinel\xff", "the file that it names is no text in UTF-8"),
        (b"sentinel" * 8192 + b"s", "the file that it names is larger than 65536 bytes"),
    ],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, problem: str) -> None:
    """What is wrong with it is said, and nothing of it is repeated."""
    file = tmp_path / "secret"
    file.write_bytes(content)
    environ = {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_SECRET_FILE": str(file)}
    (found,) = problems(environ)
    assert found.startswith(f"AVEPOINT_CLIENT_SECRET_FILE: {problem}")
    assert "sentinel" not in found


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/absent/sentinel", "No such file or directory"),
        ("/", "Is a directory"),
        ("sentinel\0", "its name holds a null character"),
    ],
)
def test_a_secret_s_file_that_cannot_be_read(path: str, problem: str) -> None:
    """The reason is told; the name is not, since it may be the secret itself."""
    environ = {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_SECRET_FILE": path}
    (found,) = problems(environ)
    assert found == (
        f"AVEPOINT_CLIENT_SECRET_FILE: the file that it names cannot be read: {problem}"
    )


def test_one_way_to_authenticate_is_enough(tmp_path: Path) -> None:
    """Two or three at once contradict each other."""
    file = tmp_path / "secret"
    file.write_text("hush-hush")
    two = {**SECRET, "AVEPOINT_CLIENT_SECRET_FILE": str(file)}
    assert problems(two) == [
        "AVEPOINT_CLIENT_SECRET and AVEPOINT_CLIENT_SECRET_FILE are both set: unset one of them"
    ]
    found = problems({**two, "AVEPOINT_CLIENT_CERTIFICATE_PATH": str(tmp_path)})
    assert found[0] == (
        "AVEPOINT_CLIENT_SECRET, AVEPOINT_CLIENT_SECRET_FILE, AVEPOINT_CLIENT_CERTIFICATE_PATH "
        "are all set: leave one of them"
    )


@pytest.mark.parametrize("name", ["AVEPOINT_CLIENT_ID", "AVEPOINT_CLIENT_SECRET"])
def test_what_is_no_string_is_one_problem(name: str) -> None:
    """As where a variable was looked up, and is not there."""
    wrong: Any = {**SECRET, name: None}
    assert problems(wrong) == [f"{name} must be a string, not NoneType: give one, or unset it"]


def test_two_addresses_take_the_place_of_a_cloud() -> None:
    """A custom or emulated service."""
    graph, token = "http://127.0.0.1:8080", "http://127.0.0.1:8080/connect/token"
    environ = {**SECRET, "AVEPOINT_GRAPH_URL": graph, "AVEPOINT_TOKEN_URL": token}
    assert read_settings(environ).environment == Environment(graph_url=graph, token_url=token)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (pfx(rsa_key(), OWN), PASSWORD),
        (pfx(rsa_key(), OWN, password=None), None),
        (pem(OWN) + pem_key(rsa_key(), PASSWORD), PASSWORD),
        (pem(OWN) + pem_key(rsa_key()), None),
    ],
    ids=["pfx, encrypted", "pfx", "pem, encrypted", "pem"],
)
def test_a_certificate_is_told_by_its_content(
    tmp_path: Path, content: bytes, password: str | None
) -> None:
    """PFX or PEM, whatever the suffix says; with a password or without."""
    for suffix in ("pfx", "pem", "p12"):
        file = tmp_path / f"app.{suffix}"
        file.write_bytes(content)
        environ = {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_CERTIFICATE_PATH": str(file)}
        if password is not None:
            environ["AVEPOINT_CLIENT_CERTIFICATE_PASSWORD"] = password
        credential = read_settings(environ).credential
        assert isinstance(credential, ClientCertificate)
        assert credential.not_valid_after == OWN.not_valid_after_utc
        assert credential.clock is time.time


def test_nothing_set_names_what_is_missing() -> None:
    """The first step of a new user is answered with the next."""
    assert problems({}) == [
        "AVEPOINT_CLIENT_ID is not set: set it to the id of the app registration",
        (
            "none of AVEPOINT_CLIENT_SECRET, AVEPOINT_CLIENT_SECRET_FILE, "
            "AVEPOINT_CLIENT_CERTIFICATE_PATH is set: set one of them"
        ),
    ]


def test_everything_wrong_is_named_at_once(tmp_path: Path) -> None:
    """Every contradiction and every wrong value, in one error; no value of a secret is in it."""
    found = problems(
        {
            "AVEPOINT_CLIENT_ID": "app\n",
            "AVEPOINT_CLIENT_SECRET": "hush-hush\n",
            "AVEPOINT_CLIENT_CERTIFICATE_PATH": str(tmp_path),
            "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD": PASSWORD,
            "AVEPOINT_ENVIRONMENT": "moon",
            "AVEPOINT_GRAPH_URL": "http://evil.test",
            "AVEPOINT_TOKEN_URL": "https://app:hush-hush@evil.test",
        }
    )
    copied = "holds white space at its ends or an unprintable character: copy it again"
    assert found == [
        (
            "AVEPOINT_CLIENT_SECRET and AVEPOINT_CLIENT_CERTIFICATE_PATH are both set: "
            "unset one of them"
        ),
        f"AVEPOINT_CLIENT_ID {copied}",
        f"AVEPOINT_CLIENT_SECRET {copied}",
        (
            f"AVEPOINT_CLIENT_CERTIFICATE_PATH: certificate file {tmp_path} cannot be read: "
            "Is a directory"
        ),
        (
            "AVEPOINT_ENVIRONMENT is set beside AVEPOINT_GRAPH_URL or AVEPOINT_TOKEN_URL: "
            "unset the one or the others"
        ),
        (
            "AVEPOINT_GRAPH_URL: graph_url must start with https://: "
            "plain http is for loopback alone "
            "(localhost, 127.0.0.0/8, ::1)"
        ),
        (
            "AVEPOINT_TOKEN_URL: token_url holds a user name or password: remove everything before "
            "the host"
        ),
        (
            "AVEPOINT_ENVIRONMENT: this name of an environment is not known: "
            "use one of commercial, us-gov, aos2, fedramp"
        ),
    ]


@pytest.mark.parametrize(
    ("given", "missing", "remedy"),
    [
        (
            "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD",
            "AVEPOINT_CLIENT_CERTIFICATE_PATH",
            "set the path too, or unset the password",
        ),
        ("AVEPOINT_GRAPH_URL", "AVEPOINT_TOKEN_URL", "set both, or neither"),
        ("AVEPOINT_TOKEN_URL", "AVEPOINT_GRAPH_URL", "set both, or neither"),
    ],
)
def test_half_a_pair_is_one_problem(given: str, missing: str, remedy: str) -> None:
    """What goes together is asked for by name."""
    found = problems({**SECRET, given: "https://example.test"})
    assert found == [f"{given} is set without {missing}: {remedy}"]


@pytest.mark.parametrize("value", ["", " \t"])
def test_a_blank_value_is_one_problem(value: str) -> None:
    """A pipeline's undefined variable arrives blank: that is said, and nothing that follows."""
    names = [
        "AVEPOINT_CLIENT_ID",
        "AVEPOINT_CLIENT_SECRET",
        "AVEPOINT_CLIENT_SECRET_FILE",
        "AVEPOINT_CLIENT_CERTIFICATE_PATH",
        "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD",
        "AVEPOINT_ENVIRONMENT",
        "AVEPOINT_GRAPH_URL",
        "AVEPOINT_TOKEN_URL",
    ]
    expected = [f"{name} is blank: give it a value, or unset it" for name in names]
    assert problems(dict.fromkeys(reversed(names), value)) == expected
    for name, problem in zip(names, expected, strict=True):
        assert problems({**SECRET, name: value}) == [problem]


def test_a_wrong_password_is_told_with_the_file(tmp_path: Path) -> None:
    """The file is named, the password is not."""
    file = tmp_path / "app.pfx"
    file.write_bytes(pfx(rsa_key(), OWN))
    environ = {
        "AVEPOINT_CLIENT_ID": "app",
        "AVEPOINT_CLIENT_CERTIFICATE_PATH": str(file),
        "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD": "sentinel",
    }
    (found,) = problems(environ)
    assert found.startswith(f"AVEPOINT_CLIENT_CERTIFICATE_PATH: certificate file {file} does not")
    assert "sentinel" not in found
