"""The words of a server without the secrets that it was sent; pure.

A server may repeat what it was sent as it is, or as it stands in a form, an address, HTML, JSON, or
JSON inside JSON. So the text is also read as each of these. If a secret shows in such a reading,
the reading takes the place of the text, without the secret.

It knows secrets by their value, no headers by their name. Who sends a request names its secrets:
`transport.session` and `auth.token_source`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote, unquote_plus

_SHORTEST = 8
"""Characters of a secret that is worth hiding. A shorter one is likelier to be a common word."""

_UNMISTAKABLE = 16
"""Characters of a secret that is hidden inside a longer word, too."""

_LAYERS = 3  # encodings inside each other, as JSON inside JSON inside JSON

_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|([\"'/\\]))")


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with ``***`` for each secret, however it is spelled.

    Args:
        text: what a server said.
        secrets: what it was sent. One of fewer than 8 characters is let through; one of fewer
            than 16 is hidden only where it is a whole word.
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            pattern = _pattern(secret)
            found = next((each for each in _readings(text) if pattern.search(each)), None)
            while found is not None:
                text = pattern.sub("***", found)
                found = next((each for each in _readings(text) if pattern.search(each)), None)
    return text


def _pattern(secret: str) -> re.Pattern[str]:
    spelled = re.escape(secret)
    if len(secret) < _UNMISTAKABLE:
        spelled = rf"(?<!\w){spelled}(?!\w)"
    return re.compile(spelled, re.IGNORECASE)


def _readings(text: str) -> Iterator[str]:
    """The text, and what it says if it is decoded once, twice, …; each once."""
    seen: set[str] = set()
    layer = {text}
    for _ in range(_LAYERS + 1):
        yield from layer
        seen |= layer
        layer = {decode(each) for each in layer for decode in _DECODERS} - seen


def _from_json(text: str) -> str:
    """What JSON escapes stand for, behind one backslash or several."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
    # Two escapes may be the halves of one character.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _from_html(text: str) -> str:
    # Imported here, since its two thousand names take a while and few programs meet an error.
    from html import unescape  # noqa: PLC0415

    return unescape(text)


_DECODERS: tuple[Callable[[str], str], ...] = (unquote, unquote_plus, _from_html, _from_json)
