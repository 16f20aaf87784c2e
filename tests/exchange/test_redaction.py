"""What a server repeats of a secret is not told, and common words are left alone."""

import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from avepoint_async.exchange.redaction import redact

SECRET = 'S3cr/t+&<é"0123'
TOKEN = "eyJhbGciOi.eyJhdWQi.c2lnbmF0dXJl"

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a form": quote_plus,
    "in an address": lambda text: quote(text, safe=""),
    "in lower case": lambda text: quote_plus(text).replace("%2F", "%2f"),
    "in HTML": html.escape,
    "in HTML twice": lambda text: html.escape(html.escape(text)),
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON with slashes": lambda text: json.dumps(text)[1:-1].replace("/", r"\/"),
    "in JSON inside JSON": lambda text: json.dumps(json.dumps(text))[1:-1],
    "in JSON, every character": lambda text: "".join(
        f"\\u{unit:04X}" for unit in memoryview(text.encode("utf-16-le")).cast("H")
    ),
    "in a form inside JSON": lambda text: json.dumps(f"secret={quote_plus(text)}")[1:-1],
    "in JSON inside a form": lambda text: quote_plus(json.dumps(text)),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", [SECRET, TOKEN, SECRET + "\U0001f511"])
def test_a_secret_is_found_in_every_spelling(spelling: str, secret: str) -> None:
    """In whatever a server wraps it: no piece of it is left."""
    text = redact(f"you sent {SPELLINGS[spelling](secret)}, did you?", [secret])
    assert "***" in text
    assert text.replace("+", " ").startswith("you sent ")
    assert text.replace("+", " ").endswith(", did you?")
    assert secret[:6].casefold() not in text.casefold()


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("wrong", "The client id or secret is wrong"),
        ("secret", "The client id or secret is wrong"),
        ("7654321", "error 7654321"),
        ("password", "the passwordless flow"),
        ("response", "a response_type"),
        ("", "nothing"),
    ],
)
def test_a_common_word_is_left_alone(secret: str, text: str) -> None:
    """What is too short to be a secret, and what is part of a longer word."""
    assert redact(text, [secret]) == text


def test_a_short_secret_is_hidden_as_a_word() -> None:
    """From eight characters on, in any case."""
    assert redact("'hush-hus' and HUSH-HUS.", ["hush-hus"]) == "'***' and ***."


def test_a_long_secret_is_hidden_inside_a_word() -> None:
    """Sixteen characters of chance are no part of any word."""
    assert redact("x0123456789abcdefx", ["0123456789abcdef"]) == "x***x"
    assert redact("x0123456789abcdex", ["0123456789abcde"]) == "x0123456789abcdex"


def test_each_of_many_is_hidden_wherever_it_stands() -> None:
    """In several spellings in one text."""
    text = f"{SECRET} {quote_plus(SECRET)} {TOKEN} {json.dumps(TOKEN)}"
    assert redact(text, [SECRET, TOKEN]) == '*** *** *** "***"'


@given(text=st.text(max_size=60))
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    """It is decoded only to look."""
    assume(TOKEN not in text)
    assert redact(text, [TOKEN]) == text


@given(
    before=st.text(max_size=20),
    after=st.text(max_size=20),
    spelling=st.sampled_from(sorted(SPELLINGS)),
)
def test_whatever_stands_around_it(before: str, after: str, spelling: str) -> None:
    """No neighbour hides a long secret, and any text ends."""
    hidden = redact(f"{before} {SPELLINGS[spelling](TOKEN)} {after}", [TOKEN])
    assert TOKEN not in hidden
    assert "***" in hidden
