"""Whose refusals are whose own."""

import pytest

from avepoint_async.transport.attribution import Attribution


def accept_others(attribution: Attribution, number: int = 8) -> None:
    """Have sends of other keys accepted."""
    for other in range(number):
        attribution.accepted(f"other {other}")


def apart(key: str = "sick") -> Attribution:
    """One that holds a key alone, since the time 0."""
    attribution = Attribution()
    attribution.refused(key, None, 0.0)
    accept_others(attribution)
    assert not attribution.refused(key, 5.0, 0.0)
    return attribution


def test_a_key_refused_twice_while_others_are_accepted_is_apart() -> None:
    """Its second refusal concerns nobody else, and its sends wait for what was asked."""
    attribution = apart()
    assert attribution.delay("sick", 1.0) == pytest.approx(4.0)
    assert attribution.delay("other 1", 1.0) == 0
    assert attribution.delay("sick", 6.0) == 0


def test_a_first_refusal_concerns_everybody() -> None:
    """It may be the service's limit: nobody knows yet."""
    attribution = Attribution()
    accept_others(attribution, 100)
    assert attribution.refused("sick", 5.0, 0.0)
    assert attribution.delay("sick", 0.0) == 0


def test_without_a_key_each_refusal_concerns_everybody() -> None:
    """Nobody else is there to whom it could be put down."""
    attribution = Attribution()
    accept_others(attribution, 100)
    assert all(attribution.refused(None, 5.0, 0.0) for _ in range(5))
    assert len(attribution) == 0


def test_when_others_are_refused_too_it_is_the_service() -> None:
    """A key refused twice is not apart while a tenth of the others' sends is refused."""
    attribution = Attribution()
    attribution.refused("sick", None, 0.0)
    accept_others(attribution, 16)
    for number in range(2):
        attribution.refused(f"another {number}", None, 0.0)
    assert attribution.refused("sick", None, 0.0)


def test_when_nobody_else_is_accepted_it_is_the_service() -> None:
    """A client with one tenant knows of no others."""
    attribution = Attribution()
    assert all(attribution.refused("only", None, 0.0) for _ in range(9))


def test_an_accepted_send_ends_it() -> None:
    """The key is like any other again, and nothing of it is remembered."""
    attribution = apart()
    assert attribution.accepted("sick")
    assert not attribution.accepted("sick")
    assert (attribution.delay("sick", 1.0), len(attribution)) == (0, 0)


def test_one_probes_for_a_key_that_is_apart() -> None:
    """Until its answer, or for as long as a hold would last, no other send goes out for it."""
    attribution = apart()
    attribution.sent("sick", 10.0)
    assert attribution.delay("sick", 10.0) == pytest.approx(1.0)
    attribution.sent("other 1", 10.0)
    assert attribution.delay("other 1", 10.0) == 0


def test_holds_without_a_retry_after_double() -> None:
    """Half a second and twice that each time, up to twenty seconds."""
    attribution, holds = apart(), list[float]()
    for _ in range(8):
        attribution.refused("sick", None, 100.0)
        holds.append(attribution.delay("sick", 100.0))
    assert holds == pytest.approx([1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0])


def test_memory_is_bounded() -> None:
    """However many keys are refused, a thousand or so are remembered, the latest."""
    attribution = Attribution()
    for key in range(5000):
        attribution.refused(key, None, 0.0)
    assert len(attribution) == 1024
