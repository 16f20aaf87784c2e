"""Microseconds per user to decode a page of 100, against ``orjson.loads`` alone.

orjson is here to be measured against; the package does not need it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from avepoint_async.resources.protected_users import PROTECTED_USERS
from benchmarks.report import Report
from benchmarks.rounds import cpu, interleave, ratios

USERS = 100
PAGES = 200
"""Decoded in a row, so that one round is long enough for the clock."""

NAMES = ("Adèle Vance", "N/A", None, "Grady Archie", "李小龙")
MODULES = (
    [(0, True), (2, True)],
    [(0, True), (2, False)],
    [(0, True)],
    [(0, False), (2, False)],
    [(0, True), (2, True), (7, False)],
)


def main() -> None:
    """Measure both ways of the decoder beside a parser that makes dicts."""
    report = Report.begin(__doc__)
    usual, rare = _body(_row), _body(_capitals)
    parsed = "orjson.loads"
    usually, rarely = "Decoder.page", "Decoder.page, the thorough way"
    costs = interleave(
        {
            parsed: lambda: _times(lambda: len(orjson.loads(usual)["data"])),
            usually: lambda: _times(lambda: _decode(usual)),
            rarely: lambda: _times(lambda: _decode(rare)),
        },
        rounds=report.rounds or 15,
        expected=USERS * PAGES,
    )
    for name, each in costs.items():
        per_user = [seconds / USERS / PAGES * 1e6 for seconds in cpu(each)]
        report.figure(name, per_user, unit="µs/user")
    for name in (usually, rarely):
        report.figure(f"{name} / {parsed}", ratios(cpu(costs[name]), cpu(costs[parsed])))
    report.end()


def _decode(body: bytes) -> int:
    return len(PROTECTED_USERS.decoder.page(body).items)


def _times(decode: Callable[[], int]) -> int:
    return sum(decode() for _ in range(PAGES))


def _body(row: Callable[[int], Mapping[str, Any]]) -> bytes:
    paging = {"pageIndex": 3, "pageSize": USERS, "totalCount": 12_345}
    return orjson.dumps({"data": [row(number) for number in range(USERS)], "metadata": paging})


def _row(number: int) -> dict[str, Any]:
    modules = MODULES[number % len(MODULES)]
    return {
        "id": f"3f2504e0-4f89-41d3-9a0c-{number:012x}",
        "email": f"user.{number}@contoso.onmicrosoft.com",
        "displayName": NAMES[number * 7 % len(NAMES)],
        "moduleStatus": [{"module": key, "isProtected": value} for key, value in modules],
    }


def _capitals(number: int) -> dict[str, Any]:
    """The same row as the service's tables spell it, which only the thorough way reads."""
    row = _row(number)
    row["moduleStatus"] = [
        {"Module": each["module"], "IsProtected": each["isProtected"]}
        for each in row["moduleStatus"]
    ]
    return row


if __name__ == "__main__":
    main()
