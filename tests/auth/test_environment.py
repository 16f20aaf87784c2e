"""Where a secret and a bearer may go."""

from ipaddress import ip_address
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from avepoint_async.auth.environment import Environment
from avepoint_async.errors import ConfigurationError

GOOD = "https://example.test"
FIELDS = ("graph_url", "token_url")

# what addresses, and attacks on their parsers, are made of
SCHEMES = ("https://", "http://", "HTTPS://", "http:", "//", "")
PIECES = (
    *("/", ":", "@", "?", "#", "\\", "%2f", "%40", ".", "..", " ", "\n", "\x00", "\xa0", "-"),
    *("localhost", "127.0.0.1", "127.9.9.9", "127.1", "0.0.0.0", "[::1]", "[::2]", "[", "]"),
    *("evil.test", "user:pass", ":443", ":99999", "\uff11", "\u2100", "\ud800", "xn--", "é"),
)
ADDRESSES = st.builds(
    str.__add__,
    st.sampled_from(SCHEMES),
    st.lists(st.sampled_from(PIECES), max_size=5).map("".join),
)


def with_url(field: str, url: str) -> Environment:
    """An environment with this address, and a good other one."""
    return attrs.evolve(Environment(graph_url=GOOD, token_url=GOOD), **{field: url})


@pytest.mark.parametrize(
    ("name", "graph_url", "token_url"),
    [
        (
            "commercial",
            "https://graph.avepointonlineservices.com",
            "https://identity.avepointonlineservices.com/connect/token",
        ),
        (
            "us-gov",
            "https://graph-gov.avepointonlineservices.com",
            "https://identity-gov.avepointonlineservices.com/connect/token",
        ),
        (
            "aos2",
            "https://graph-aos2.avepointonlineservices.com",
            "https://identity-aos2.avepointonlineservices.com/connect/token",
        ),
        (
            "fedramp",
            "https://graphusgovapi.online15.net",
            "https://identity.online15.net/connect/token",
        ),
    ],
)
def test_each_cloud_has_its_addresses(name: str, graph_url: str, token_url: str) -> None:
    """The four clouds are reached at the documented hosts, by name and as a constant."""
    cloud = Environment.named(name)
    assert cloud == Environment(graph_url=graph_url, token_url=token_url)
    assert getattr(Environment, name.replace("-", "_").upper()) is cloud


@pytest.mark.parametrize("name", ["", "commercial cloud", "eu"])
def test_an_unknown_cloud_lists_those_there_are(name: str) -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(ConfigurationError, match="commercial, us-gov, aos2, fedramp"):
        Environment.named(name)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "url",
    [
        "https://graph-uk.avepointonlineservices.com",
        "https://10.0.0.7:8443/base/path",
        "HTTPS://Example.Test",
        "https://exämple.test/connect/token",
        "http://localhost:8080",
        "http://LOCALHOST",
        "http://127.0.0.1:1/connect/token",
        "http://127.200.3.4",
        "http://[::1]:8080",
        "https://example.test/user@host",
    ],
)
def test_a_good_address_is_kept_as_it_is(field: str, url: str) -> None:
    """Any https host serves, http on loopback; the spelling stays, which an audience rests on."""
    assert getattr(with_url(field, url), field) == url


def test_only_the_graph_address_loses_its_slash() -> None:
    """Paths are appended to the one; the other is compared byte by byte."""
    both = Environment(graph_url="https://example.test/base//", token_url="https://example.test/t/")
    assert both.graph_url == "https://example.test/base"
    assert both.token_url == "https://example.test/t/"


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "is blank"),
        (" \t", "is blank"),
        (" https://example.test", "holds white space"),
        ("https://exam\nple.test", "holds white space"),
        ("https://example.test\\@evil.test", "a backslash"),
        ("https://example.test?", "holds a query or a fragment"),
        ("https://example.test/#", "holds a query or a fragment"),
        ("https://user:pass@example.test", "holds a user name or password"),
        ("https://@example.test", "holds a user name or password"),
        ("http://127.0.0.1@evil.test", "holds a user name or password"),
        ("example.test", "must be absolute"),
        ("//example.test", "must be absolute"),
        ("https:example.test", "must be absolute"),
        ("https://", "must be absolute"),
        ("https:///path", "must be absolute"),
        ("ftp://example.test", "must be absolute"),
        ("https://[::1", "cannot be parsed"),
        ("https://example.test:99999", "cannot be parsed"),
        ("https://xn--/", "cannot be parsed"),
        ("http://example.test", "must start with https://"),
        ("http://localhost.evil.test", "must start with https://"),
        ("http://127.1", "must start with https://"),
        ("http://0.0.0.0", "must start with https://"),
        ("http://[::2]", "must start with https://"),
        ("http://[::ffff:127.0.0.1]", "must start with https://"),
    ],
)
def test_a_bad_address_is_refused_with_field_and_reason(field: str, url: str, problem: str) -> None:
    """The error names the field and what is wrong, and repeats no user info."""
    with pytest.raises(ConfigurationError, match=f"^{field} .*{problem}") as caught:
        with_url(field, url)
    assert "pass@" not in str(caught.value)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "host",
    [
        "graph..example.com",
        ".example.com",
        f"{'a' * 64}.example.com",
        f"{'a' * 70}.com",
        ".".join(["a" * 63] * 4),
        "example.com..",
    ],
)
def test_a_host_that_no_resolver_takes_is_told(field: str, host: str) -> None:
    """Before anything is sent, and as a matter of the address."""
    with pytest.raises(
        ConfigurationError, match=f"^{field} (has a host that is no DNS name|cannot be parsed)"
    ):
        with_url(field, f"https://{host}/path")


@pytest.mark.parametrize(
    "host", [f"{'a' * 63}.example.com", "example.com.", "[2001:db8::1]", "münchen.example"]
)
def test_a_host_that_a_resolver_takes_is_kept(host: str) -> None:
    """The longest label, the root's dot, an address, and a name that is encoded."""
    assert with_url("graph_url", f"https://{host}").graph_url == f"https://{host}"


def test_an_environment_may_be_given_by_name() -> None:
    """Both are the same; anything else is refused without being shown."""
    own = Environment(graph_url=GOOD, token_url=GOOD)
    assert Environment.of(own) is own
    assert Environment.of("US-Gov") is Environment.US_GOV
    wrong: Any = ["sentinel"]
    with pytest.raises(ConfigurationError, match="an Environment or the name of a cloud; got list"):
        Environment.of(wrong)
    with pytest.raises(ConfigurationError, match="not known: use one of commercial") as caught:
        Environment.of("sentinel")
    assert "sentinel" not in str(caught.value)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("url", [None, b"https://example.test", URL("https://example.test"), 7])
def test_an_address_is_a_string(field: str, url: str) -> None:
    """Anything but a string is refused, with its type."""
    with pytest.raises(
        ConfigurationError, match=f"^{field} must be a string .*{type(url).__name__}"
    ):
        with_url(field, url)


@given(url=ADDRESSES)
@example(url="http://localhost/@evil.test")
@example(url="//[::1]@")
def test_nothing_leaves_this_machine_in_clear(url: str) -> None:
    """Of any address, either an error comes or a target to which a secret may be sent."""
    try:
        target = URL(with_url("token_url", url).token_url)
    except ConfigurationError:
        return
    assert target.is_absolute()
    assert (target.user, target.password, target.query_string, target.fragment) == (
        None,
        None,
        "",
        "",
    )
    host = target.host
    assert host
    assert target.scheme == "https" or host == "localhost" or ip_address(host).is_loopback


def test_it_cannot_be_changed() -> None:
    """An environment stays as it was checked."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Environment.COMMERCIAL.graph_url = "http://evil.test"  # type: ignore[misc] # the test
