"""From the bytes of an answer to a parsed JSON document."""

import re

import msgspec

from avepoint_async.errors import ResponseError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# Each escape in turn, so that an escaped backslash is never taken for the start of one.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_LONE = re.compile("[\ud800-\udfff]")


def strip_mark(body: bytes) -> bytes:
    """The body without the byte order mark that some gateways put in front."""
    return body.removeprefix(_BYTE_ORDER_MARK)


def parse(body: bytes) -> object:
    """The document as dicts, lists and plain values.

    A byte order mark is skipped, and half a surrogate pair becomes U+FFFD.

    Raises:
        ResponseError: the body is not JSON. The message repeats nothing of it.
    """
    body = strip_mark(body)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # The message must not quote the answer: a gateway may repeat what it was sent.
        kind = "HTML" if body.lstrip().startswith(b"<") else f"{len(body)} bytes"
        reason = str(error) if isinstance(error, msgspec.DecodeError) else type(error).__name__
    try:
        return msgspec.json.decode(_mend_surrogates(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = f"the answer is not JSON ({kind}, {reason})"
        raise ResponseError(message) from None


def _mend_surrogates(body: bytes) -> str:
    text = _LONE.sub("\ufffd", body.decode("utf-8", "surrogatepass"))
    return _ESCAPE.sub(lambda found: "\\ufffd" if found["lone"] else found[0], text)
