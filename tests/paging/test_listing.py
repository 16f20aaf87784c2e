"""A listing: what its walks are told by its endpoint."""

from collections.abc import Hashable

import attrs
from avepoint_async.decode import Reply
from avepoint_async.models import TenantRef

from tests.fanout.lists import listing


def test_rows_whose_hints_differ_are_not_compared_further() -> None:
    """The walk of an endpoint with a hint reads the whole identity only where hints meet."""
    compared: list[int] = []

    def identity(row: int) -> Hashable:
        compared.append(row)
        return row

    plain = listing(TenantRef("c", "t"), 2)
    endpoint = attrs.evolve(plain.endpoint, identity=identity, hint=lambda row: row // 10)
    walk = attrs.evolve(plain, endpoint=endpoint).walk()
    walk.ask()
    walk.accept(Reply((10, 20)))
    walk.accept(Reply((30, 40)))
    assert compared == []
    assert walk.accept(Reply((41, 50))).items == (41, 50)
    assert set(compared) == {30, 40, 41, 50}
