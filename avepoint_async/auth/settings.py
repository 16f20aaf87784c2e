"""The environment variables ``AVEPOINT_…``: read into a credential and the cloud to ask."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import attrs

from avepoint_async.auth.credentials import (
    ClientCertificate,
    ClientSecret,
    Credential,
    load_certificate,
    require_text,
)
from avepoint_async.auth.environment import Environment
from avepoint_async.auth.secret import Secret
from avepoint_async.errors import ConfigurationError

T = TypeVar("T")

_ID = "AVEPOINT_CLIENT_ID"
_SECRET = "AVEPOINT_CLIENT_SECRET"  # noqa: S105 (a variable's name)
_SECRET_FILE = "AVEPOINT_CLIENT_SECRET_FILE"  # noqa: S105 (a variable's name)
_PATH = "AVEPOINT_CLIENT_CERTIFICATE_PATH"
_PASSWORD = "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105 (a variable's name)
_CLOUD = "AVEPOINT_ENVIRONMENT"
_GRAPH = "AVEPOINT_GRAPH_URL"
_TOKEN = "AVEPOINT_TOKEN_URL"  # noqa: S105 (a variable's name)
_NAMES = (_ID, _SECRET, _SECRET_FILE, _PATH, _PASSWORD, _CLOUD, _GRAPH, _TOKEN)
_AUTHENTICATIONS = (_SECRET, _SECRET_FILE, _PATH)

_LARGEST = 1 << 16  # bytes of a file that holds a secret; it should have some forty

_DEFAULT = Environment.COMMERCIAL


@attrs.frozen(kw_only=True)
class Settings:
    """What a client needs to start.

    Attributes:
        credential: a secret or a certificate.
        environment: the cloud.
    """

    credential: Credential
    environment: Environment


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the variables ``AVEPOINT_…``, and build credential and environment from them.

    ``CLIENT_ID``, with one of three: ``CLIENT_SECRET``; ``CLIENT_SECRET_FILE``, a file that holds
    it, as Kubernetes and systemd provide it; ``CLIENT_CERTIFICATE_PATH`` (PFX or PEM, told apart
    by content) and its ``CLIENT_CERTIFICATE_PASSWORD``. ``ENVIRONMENT`` names a cloud in upper or
    lower case, ``commercial`` if unset; ``GRAPH_URL`` and ``TOKEN_URL`` together take its place.

    Raises:
        ConfigurationError: names every variable that is missing, wrong or contradictory.
    """
    variables = _Variables.of(environ)
    # It holds the secrets in clear, and a traceback may be recorded with its local variables.
    del environ
    credential, environment = _credential(variables), _environment(variables)
    if credential is None or environment is None or variables.problems:
        problems = "; ".join(variables.problems)
        message = f"the settings in the environment are incomplete or wrong: {problems}"
        raise ConfigurationError(message)
    return Settings(credential=credential, environment=environment)


@attrs.frozen
class _Variables:
    """The variables that are set, closed, and what was found wrong with them so far."""

    values: dict[str, Secret[str]]
    unusable: frozenset[str]
    problems: list[str]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "_Variables":
        """Those of ours; one that is blank or no string is a problem, neither set nor missing."""
        given: dict[str, Secret[object]] = {
            name: Secret(environ[name]) for name in _NAMES if name in environ
        }
        usable: dict[str, Secret[str]] = {}
        problems: list[str] = []
        for name, value in given.items():
            if not isinstance(value.reveal(), str):
                kind = type(value.reveal()).__name__
                problems.append(f"{name} must be a string, not {kind}: give one, or unset it")
            elif not str(value.reveal()).strip():
                problems.append(f"{name} is blank: give it a value, or unset it")
            else:
                usable[name] = Secret(str(value.reveal()))
        return cls(usable, frozenset(given.keys() - usable), problems)

    def has(self, name: str) -> bool:
        return name in self.values

    def lacks(self, name: str) -> bool:
        return name not in self.values and name not in self.unusable

    def attempt(self, name: str, make: Callable[[str], T]) -> T | None:
        """What ``make`` makes of the value; None where it is not set, or is noted as a problem."""
        if name not in self.values:
            return None
        try:
            return make(self.values[name].reveal())
        except ConfigurationError as error:
            text = str(error)
            self.problems.append(text if text.startswith(name) else f"{name}: {text}")
            return None


def _credential(variables: _Variables) -> Credential | None:
    _note_contradictions(variables)
    client_id = variables.attempt(_ID, lambda value: _text(_ID, value))
    secret = variables.attempt(_SECRET, lambda value: _text(_SECRET, value))
    from_file = variables.attempt(_SECRET_FILE, _read_secret)
    password = variables.values.get(_PASSWORD, Secret(None))
    certificate = variables.attempt(
        _PATH, lambda path: load_certificate(path=Secret(path), password=password, now=time.time())
    )
    secret = secret or from_file
    if client_id is not None and secret is not None:
        return ClientSecret(client_id=client_id.reveal(), client_secret=secret.reveal())
    if client_id is not None and certificate is not None:
        return ClientCertificate(
            client_id=client_id.reveal(), certificate=certificate, clock=time.time
        )
    return None


def _note_contradictions(variables: _Variables) -> None:
    note = variables.problems.append
    if variables.lacks(_ID):
        note(f"{_ID} is not set: set it to the id of the app registration")
    given = [name for name in _AUTHENTICATIONS if variables.has(name)]
    if len(given) == 2:
        note(f"{' and '.join(given)} are both set: unset one of them")
    elif len(given) > 2:
        note(f"{', '.join(given)} are all set: leave one of them")
    if all(variables.lacks(name) for name in _AUTHENTICATIONS):
        note(f"none of {', '.join(_AUTHENTICATIONS)} is set: set one of them")
    if variables.has(_PASSWORD) and variables.lacks(_PATH):
        note(f"{_PASSWORD} is set without {_PATH}: set the path too, or unset the password")


def _text(name: str, value: str) -> Secret[str]:
    require_text(name, Secret(value))
    return Secret(value)


def _read_secret(path: str) -> Secret[str]:
    """The content of the file without the end of its line.

    The path is not repeated in an error: it may be the secret itself, put into the wrong variable.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name holds a null character"
        message = f"the file that it names cannot be read: {reason}"
        raise ConfigurationError(message) from None
    if len(content) > _LARGEST:
        message = f"the file that it names is larger than {_LARGEST} bytes: it holds no secret"
        raise ConfigurationError(message)
    try:
        return _text("the content of the file that it names", content.decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        message = "the file that it names is no text in UTF-8"
        raise ConfigurationError(message) from None


def _environment(variables: _Variables) -> Environment | None:
    """The cloud by its name or by its two addresses, each of which is checked for itself."""
    if variables.has(_GRAPH) or variables.has(_TOKEN):
        _note_half_an_environment(variables)
    graph = variables.attempt(_GRAPH, lambda url: attrs.evolve(_DEFAULT, graph_url=url))
    token = variables.attempt(_TOKEN, lambda url: attrs.evolve(_DEFAULT, token_url=url))
    named = variables.attempt(_CLOUD, Environment.named)
    if graph is not None and token is not None:
        return Environment(graph_url=graph.graph_url, token_url=token.token_url)
    return named if variables.has(_CLOUD) else _DEFAULT


def _note_half_an_environment(variables: _Variables) -> None:
    note = variables.problems.append
    for missing, given in ((_GRAPH, _TOKEN), (_TOKEN, _GRAPH)):
        if variables.lacks(missing):
            note(f"{given} is set without {missing}: set both, or neither")
    if variables.has(_CLOUD):
        note(f"{_CLOUD} is set beside {_GRAPH} or {_TOKEN}: unset the one or the others")
