"""The graph and token addresses of each AvePoint cloud, checked before a secret goes there."""

from ipaddress import ip_address
from typing import ClassVar, cast

import attrs
from yarl import URL

from avepoint_async.errors import ConfigurationError
from avepoint_async.exchange.loopback import is_loopback

_LONGEST_LABEL, _LONGEST_HOST = 63, 253  # characters: RFC 1035, section 2.3.4


def _without_slash(value: str) -> str:
    # Whether it is a string is for the validator to say.
    return value.rstrip("/") if isinstance(cast("object", value), str) else value


def _is_safe(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
    """Refuse an address to which no secret and no bearer may be sent."""
    problem = _problem_of_text(value) or _problem_of_target(str(value))
    if problem is not None:
        # The address is not repeated: its user info may hold a password.
        message = f"{attribute.name} {problem}"
        raise ConfigurationError(message)


@attrs.frozen(kw_only=True)
class Environment:
    """Where one cloud is reached; a custom one serves a data-centre host or an emulator.

    Attributes:
        graph_url: base address of the API; a slash at its end is taken off.
        token_url: the token address, kept as it is spelled: an assertion names it as audience.

    Both are absolute ``https`` addresses without user info, query and fragment. Plain ``http``
    is for loopback alone (``localhost``, ``127.0.0.0/8``, ``::1``), since a secret and a bearer
    travel there.

    Raises:
        ConfigurationError: an address is anything else.

    Source: AvePoint Graph API, *Use AvePoint Graph API*, for the hosts of each cloud.
    """

    COMMERCIAL: ClassVar["Environment"]
    US_GOV: ClassVar["Environment"]
    AOS2: ClassVar["Environment"]
    FEDRAMP: ClassVar["Environment"]

    graph_url: str = attrs.field(converter=_without_slash, validator=_is_safe)
    token_url: str = attrs.field(validator=_is_safe)

    @classmethod
    def of(cls, value: "Environment | str") -> "Environment":
        """The environment itself, or the cloud of this name.

        Raises:
            ConfigurationError: it is neither an environment nor the name of a cloud.
        """
        if isinstance(value, Environment):
            return value
        if isinstance(cast("object", value), str):
            return cls.named(value)
        kind = type(value).__name__
        message = f"environment must be an Environment or the name of a cloud; got {kind}"
        raise ConfigurationError(message)

    @classmethod
    def named(cls, name: str) -> "Environment":
        """The cloud of this name: ``commercial``, ``us-gov``, ``aos2`` or ``fedramp``.

        Upper and lower case are the same.

        Raises:
            ConfigurationError: no cloud has this name.
        """
        clouds = {
            "commercial": cls.COMMERCIAL,
            "us-gov": cls.US_GOV,
            "aos2": cls.AOS2,
            "fedramp": cls.FEDRAMP,
        }
        cloud = clouds.get(name.strip().casefold())
        if cloud is None:
            # It is not repeated: a secret may have got into the wrong variable.
            message = f"this name of an environment is not known: use one of {', '.join(clouds)}"
            raise ConfigurationError(message)
        return cloud


def _problem_of_text(value: object) -> str | None:
    """What is wrong with the text of an address; of some of this a parser would say nothing."""
    if not isinstance(value, str):
        return f"must be a string such as https://host/path; got {type(value).__name__}"
    if not value.strip():
        return "is blank: give an address such as https://host/path"
    if not value.isprintable() or " " in value or "\\" in value:
        return "holds white space, a control character or a backslash: remove it"
    if "?" in value or "#" in value:
        return "holds a query or a fragment: remove everything from the '?' or '#' on"
    if "@" in value.partition("//")[2].partition("/")[0]:
        return "holds a user name or password: remove everything before the host"
    return None


def _problem_of_target(value: str) -> str | None:
    """What is wrong with where an address leads; it is parsed as the transport will parse it."""
    try:
        url = URL(value)
        host, encoded_host = url.host, url.raw_host
    except ValueError:
        return "cannot be parsed: give an address such as https://host/path"
    if url.scheme not in {"https", "http"} or not host or not encoded_host:
        return "must be absolute, with scheme and host: give an address such as https://host/path"
    if not _is_address(host) and not _is_name(encoded_host):
        return (
            "has a host that is no DNS name: each part between its dots has "
            f"1 to {_LONGEST_LABEL} characters, and the whole at most {_LONGEST_HOST}"
        )
    if url.scheme == "http" and not is_loopback(host):
        return (
            "must start with https://: plain http is for loopback alone "
            "(localhost, 127.0.0.0/8, ::1)"
        )
    return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_name(encoded_host: str) -> bool:
    """Whether the resolver will take it; the dot that may stand at its end is the root's."""
    name = encoded_host.removesuffix(".")
    labels = name.split(".")
    return len(name) <= _LONGEST_HOST and all(1 <= len(each) <= _LONGEST_LABEL for each in labels)


def _cloud(graph_host: str, identity_host: str) -> Environment:
    return Environment(
        graph_url=f"https://{graph_host}", token_url=f"https://{identity_host}/connect/token"
    )


Environment.COMMERCIAL = _cloud(
    "graph.avepointonlineservices.com", "identity.avepointonlineservices.com"
)
Environment.US_GOV = _cloud(
    "graph-gov.avepointonlineservices.com", "identity-gov.avepointonlineservices.com"
)
Environment.AOS2 = _cloud(
    "graph-aos2.avepointonlineservices.com", "identity-aos2.avepointonlineservices.com"
)
Environment.FEDRAMP = _cloud("graphusgovapi.online15.net", "identity.online15.net")
