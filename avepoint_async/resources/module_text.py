"""The text that lists modules in rows, like ``mailbox=true;7=false``: written and read; pure."""

from collections.abc import Iterable, Iterator


def write_modules(states: Iterable[tuple[int | str, bool]]) -> str | None:
    """The modules, by number or by the name of their column, as text; None if there is none."""
    words = [f"{module!s}={'true' if is_on else 'false'}" for module, is_on in states]
    return ";".join(words) or None


def read_modules(text: str | None) -> Iterator[tuple[str, bool]]:
    """Each module in the text, by what stands for it there, and whether it is protected."""
    for part in (text or "").split(";"):
        module, equals, state = part.partition("=")
        if equals:
            yield module, state == "true"
