"""What the environment variables say: who we are, and which cloud we ask."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs

from avepoint_async.auth.certificate import Identity, identify
from avepoint_async.auth.credentials import (
    ClientCertificate,
    ClientSecret,
    Credential,
    require_text,
)
from avepoint_async.auth.environment import Environment
from avepoint_async.auth.material import Material, is_pfx
from avepoint_async.auth.pem import read_pem
from avepoint_async.auth.pfx import read_pfx
from avepoint_async.auth.secret import Secret
from avepoint_async.errors import ConfigurationError

T = TypeVar("T")

_ID = "AVEPOINT_CLIENT_ID"
_SECRET = "AVEPOINT_CLIENT_SECRET"  # noqa: S105 (a variable's name)
_PATH = "AVEPOINT_CLIENT_CERTIFICATE_PATH"
_PASSWORD = "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105 (a variable's name)
_CLOUD = "AVEPOINT_ENVIRONMENT"
_GRAPH = "AVEPOINT_GRAPH_URL"
_TOKEN = "AVEPOINT_TOKEN_URL"  # noqa: S105 (a variable's name)
_NAMES = (_ID, _SECRET, _PATH, _PASSWORD, _CLOUD, _GRAPH, _TOKEN)

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

    ``CLIENT_ID``, with ``CLIENT_SECRET`` or with ``CLIENT_CERTIFICATE_PATH`` (PFX or PEM, told
    apart by content) and its ``CLIENT_CERTIFICATE_PASSWORD``. ``ENVIRONMENT`` names a cloud,
    ``commercial`` if unset; ``GRAPH_URL`` and ``TOKEN_URL`` together take its place.

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
    blank: frozenset[str]
    problems: list[str]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "_Variables":
        """Those of ours; a blank one is a problem, and then neither set nor missing."""
        values = {name: Secret(environ[name]) for name in _NAMES if name in environ}
        blank = [name for name, value in values.items() if not value.reveal().strip()]
        problems = [f"{name} is blank: give it a value, or unset it" for name in blank]
        usable = {name: value for name, value in values.items() if name not in blank}
        return cls(usable, frozenset(blank), problems)

    def has(self, name: str) -> bool:
        return name in self.values

    def lacks(self, name: str) -> bool:
        return name not in self.values and name not in self.blank

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
    password = variables.values.get(_PASSWORD, Secret(None))
    identity = variables.attempt(_PATH, lambda path: _identity(path, password))
    if client_id is not None and secret is not None:
        return ClientSecret(client_id=client_id.reveal(), client_secret=secret.reveal())
    if client_id is not None and identity is not None:
        return ClientCertificate(client_id=client_id.reveal(), identity=identity, clock=time.time)
    return None


def _note_contradictions(variables: _Variables) -> None:
    note = variables.problems.append
    if variables.lacks(_ID):
        note(f"{_ID} is not set: set it to the id of the app registration")
    if variables.has(_SECRET) and variables.has(_PATH):
        note(f"{_SECRET} and {_PATH} are both set: unset one of them")
    if variables.lacks(_SECRET) and variables.lacks(_PATH):
        note(f"neither {_SECRET} nor {_PATH} is set: set one of them")
    if variables.has(_PASSWORD) and variables.lacks(_PATH):
        note(f"{_PASSWORD} is set without {_PATH}: set the path too, or unset the password")


def _text(name: str, value: str) -> Secret[str]:
    require_text(name, Secret(value))
    return Secret(value)


def _identity(path: str, password: Secret[str] | Secret[None]) -> Identity:
    material = Material.take(path=Secret(path), data=Secret(None), password=password)
    read = read_pfx if is_pfx(material.content.reveal()) else read_pem
    return identify(material, read(material), time.time())


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
