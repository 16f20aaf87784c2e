"""What a credential accepts, gives to a token request, and shows."""

import copy
import pickle
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.auth.credentials import ClientCertificate, ClientSecret, Credential
from avepoint_async.errors import ConfigurationError
from tests.auth.keys import NOW, certificate, clock, pem, pem_key, rsa_key

TOKEN_URL = "https://identity.example.test/connect/token"
BODY = "grant_type=client_credentials&scope=a.read+b.read"

# RFC 6749, appendix A: any visible ASCII character; others may come from elsewhere
TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)


def with_certificate(client_id: str = "app", key: int = 0) -> ClientCertificate:
    """A credential with a certificate of its own."""
    data = pem_key(rsa_key(key)) + pem(certificate(rsa_key(key)))
    return ClientCertificate.from_pem(client_id=client_id, data=data, clock=clock)


@given(client_id=TEXT, client_secret=TEXT)
def test_a_secret_is_added_to_the_form(client_id: str, client_secret: str) -> None:
    """Id and secret arrive as they are, behind what the form had; nothing goes into the address."""
    credential: Credential = ClientSecret(client_id=client_id, client_secret=client_secret)
    form = parse_qsl(credential.sign(TOKEN_URL, BODY).reveal(), strict_parsing=True)
    assert form == [
        ("grant_type", "client_credentials"),
        ("scope", "a.read b.read"),
        ("client_id", client_id),
        ("client_secret", client_secret),
    ]


def test_a_certificate_adds_an_assertion_to_the_form() -> None:
    """The id, the type of the assertion and the assertion, behind what the form had; no secret."""
    credential: Credential = with_certificate("äpp&id")
    form = parse_qs(credential.sign(TOKEN_URL, BODY).reveal(), strict_parsing=True)
    assert form.pop("client_assertion")[0].count(".") == 2
    assert form == {
        "grant_type": ["client_credentials"],
        "scope": ["a.read b.read"],
        "client_id": ["äpp&id"],
        "client_assertion_type": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
    }


@pytest.mark.parametrize("field", ["client_id", "client_secret"])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "must be a string; got NoneType"),
        (b"bytes", "must be a string; got bytes"),
        ("", "is blank"),
        (" \n", "is blank"),
        ("copied\n", "holds white space at its ends"),
        (" copied", "holds white space at its ends"),
        ("cop\xa0ied", "unprintable"),
        ("cop\x00ied", "unprintable"),
        ("cop\ud800ied", "unprintable"),
    ],
)
def test_nonsense_is_no_id_and_no_secret(field: str, value: str, problem: str) -> None:
    """What no server has issued is refused at once, and not repeated."""
    good = {"client_id": "app", "client_secret": "hush"}
    with pytest.raises(ConfigurationError, match=f"^{field} .*{problem}") as caught:
        ClientSecret(**{**good, field: value})
    assert "copied" not in str(caught.value)


def test_a_certificate_needs_an_id_too() -> None:
    """The id is checked whatever stands beside it."""
    with pytest.raises(ConfigurationError, match="client_id is blank"):
        with_certificate(" ")


def test_secrets_are_equal_by_value_and_hashed_by_id() -> None:
    """Equal credentials are one in a set, and a hash says nothing of the secret."""
    one = ClientSecret(client_id="app", client_secret="hush")
    same = ClientSecret(client_id="app", client_secret="hush")
    other = ClientSecret(client_id="app", client_secret="hush-hush")
    assert one == same
    assert one != other
    assert hash(one) == hash(same) == hash(other)
    assert len({one, same, other}) == 2


def test_certificates_are_equal_by_id_and_thumbprint() -> None:
    """The same file loaded twice is the same credential."""
    data = pem_key(rsa_key()) + pem(certificate(rsa_key()))
    one, same = (ClientCertificate.from_pem(client_id="a", data=data, clock=clock) for _ in "12")
    assert one == same
    assert hash(one) == hash(same)
    assert len({one, with_certificate("a", 1), with_certificate("b", 1)}) == 3


@pytest.mark.parametrize(
    "credential", [ClientSecret(client_id="app", client_secret="hush"), with_certificate()]
)
def test_it_is_frozen_copied_as_itself_and_never_pickled(credential: object) -> None:
    """A credential stays as it was checked, and no pickle holds its secret."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        credential.client_id = "other"  # type: ignore[attr-defined] # the test itself
    assert copy.copy(credential) is credential
    assert copy.deepcopy([credential])[0] is credential
    with pytest.raises(TypeError, match=f"{type(credential).__name__} cannot be pickled"):
        pickle.dumps(credential)


def test_a_secret_shows_its_id_alone() -> None:
    """The representation tells which app it is."""
    shown = repr(ClientSecret(client_id="app", client_secret="hush"))
    assert shown == "ClientSecret(client_id='app', client_secret=***)"


def test_a_certificate_shows_id_thumbprint_and_expiry() -> None:
    """The representation tells which certificate it is, and when it ends."""
    key = rsa_key()
    own = certificate(key)
    shown = ClientCertificate.from_pem(client_id="app", data=pem_key(key) + pem(own), clock=clock)
    assert repr(shown) == (
        f"ClientCertificate(client_id='app', thumbprint='{shown.thumbprint}', "
        f"not_valid_after='{own.not_valid_after_utc.isoformat()}')"
    )
    assert shown.not_valid_after == own.not_valid_after_utc
    assert shown.not_valid_after.timestamp() == NOW + 365 * 86400


def test_a_secret_by_position_is_told_how_to_write_it() -> None:
    """Two strings by position are easily exchanged; the error shows the names, and no value."""
    make: Any = ClientSecret
    with pytest.raises(ConfigurationError, match="client_id=…, client_secret=…") as caught:
        make("an-id", "a-secret-of-some-length")
    assert "a-secret" not in str(caught.value)
