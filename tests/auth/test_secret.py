"""A secret shows where it is revealed, and nowhere else."""

import copy
import json
import pickle

import msgspec
import pytest

from avepoint_async.auth.secret import Secret

SENTINEL = "sentinel-5f1c"


def test_reveal_gives_the_value() -> None:
    """``reveal`` gives back the very object."""
    value = object()
    assert Secret(value).reveal() is value


def test_every_way_to_text_is_closed() -> None:
    """``repr``, ``str``, formats and containers show three asterisks."""
    secret = Secret(SENTINEL)
    shown = (repr(secret), str(secret), ascii(secret), f"{secret}", f"{secret!r}")
    assert set(shown) == {"***"}
    assert repr({"of": [secret]}) == "{'of': [***]}"


def test_serialisers_refuse_it() -> None:
    """No serialiser writes the value."""
    secret = Secret(SENTINEL)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(TypeError):
        msgspec.json.encode(secret)


def test_a_copy_is_the_secret_itself() -> None:
    """Copies multiply no secret in memory."""
    secret = Secret([SENTINEL])
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"of": secret})["of"] is secret


def test_neither_equality_nor_hash_depends_on_the_value() -> None:
    """``==`` and ``hash`` answer no guess."""
    one, other = Secret(SENTINEL), Secret(SENTINEL)
    guess: object = SENTINEL
    assert one != other
    assert one != guess
    assert len({one, other}) == 2


def test_it_has_no_dict_to_look_into() -> None:
    """Tools that print the attributes of any object find none."""
    assert not hasattr(Secret(SENTINEL), "__dict__")
