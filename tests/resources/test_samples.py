"""Each endpoint reads what the service documents of it, both sides of each contradiction."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.errors import ResponseError
from avepoint_async.paging.single import Single
from avepoint_async.wire.envelope import Reply
from avepoint_async.wire.values import OpenEnum
from tests.resources.samples import SAMPLES, Sample

FORMS_OF_NUMBERS: st.SearchStrategy[Callable[[int], object]] = st.sampled_from(
    [int, str, "{:,}".format]
)
FORMS_OF_CODES: st.SearchStrategy[Callable[[int], object]] = st.sampled_from([int, str])
EACH = pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))


def decode(sample: Sample, *rows: dict[str, Any]) -> Reply[Any]:
    """The reply with these rows, in the endpoint's own form."""
    if isinstance(sample.endpoint.paging, Single):
        return sample.endpoint.decoder.single(json.dumps(rows).encode())
    document = {"data": rows, "metadata": {"totalCount": len(rows)}}
    return sample.endpoint.decoder.page(json.dumps(document).encode())


def cased(value: Any, way: Any) -> Any:
    """The same with each key in another case."""
    if isinstance(value, dict):
        return {way(key): cased(each, way) for key, each in value.items()}
    return [cased(each, way) for each in value] if isinstance(value, list) else value


@EACH
@pytest.mark.parametrize("way", [str, lambda key: key[0].upper() + key[1:], str.lower, str.upper])
def test_the_documented_row_is_read(sample: Sample, way: Any) -> None:
    """As the sample spells it, as the table does, and in any other case."""
    assert decode(sample, cased(sample.row, way)).items == (sample.record,)


@EACH
def test_an_endpoint_is_asked_as_documented(sample: Sample) -> None:
    """Method, path and the one permission; a scope that was not granted refuses the token."""
    ids = {"customer_id": "C", "tenant_id": "T", "job_id": "J"}
    path = sample.endpoint.path_for({key: ids[key] for key in sample.endpoint.placeholders})
    assert (sample.endpoint.method, path) == (sample.method, sample.path)
    assert sample.endpoint.scopes == {sample.scope}


@EACH
@given(data=st.data())
def test_keys_may_be_missing(sample: Sample, data: st.DataObject) -> None:
    """All but those without which there is no row; null and "N/A" mean the same."""
    optional = [key for key in sample.row if key not in sample.required]
    gone = data.draw(st.sets(st.sampled_from(optional))) if optional else set()
    nothing = data.draw(st.sampled_from(["absent", None, "N/A"]))
    kept = {key: value for key, value in sample.row.items() if key not in gone}
    nulls = {} if nothing == "absent" else dict.fromkeys(gone, nothing)
    reply = decode(sample, kept | nulls)
    (record,) = reply.items
    for field in attrs.fields(type(record)):
        was, now = getattr(sample.record, field.name), getattr(record, field.name)
        assert now == was or now in (None, ())
    assert len(kept) + len(gone) == len(sample.row)


@EACH
def test_a_row_without_what_makes_it_one_is_told(sample: Sample) -> None:
    """In a list it is left out and the others are read; of a reply that is none it is an error."""
    for key in sample.required:
        row = {name: value for name, value in sample.row.items() if name != key}
        if isinstance(sample.endpoint.paging, Single):
            with pytest.raises(ResponseError) as caught:
                decode(sample, sample.row, row)
            assert str(caught.value) == f"$[1].{key}: missing"
        else:
            assert decode(sample, sample.row, row).unreadable == (f"$.data[1].{key}: missing",)


def _fields(sample: Sample, kind: type) -> dict[str, str]:
    """The wire names of the fields of the sample that hold such a value."""
    record, names = sample.record, sample.endpoint.names
    fields = {field.name: getattr(record, field.name) for field in attrs.fields(type(record))}
    keys = {key.lower(): key for key in sample.row}
    return {
        name: keys[str(names.get(name, name)).replace("_", "").lower()]
        for name, value in fields.items()
        if type(value) is kind or (kind is OpenEnum and isinstance(value, OpenEnum))
    }


@EACH
@given(data=st.data())
def test_numbers_may_be_strings(sample: Sample, data: st.DataObject) -> None:
    """With or without thousands separators."""
    for name, key in _fields(sample, int).items():
        number = data.draw(st.integers(0, 10**15))
        form = data.draw(FORMS_OF_NUMBERS)
        (record,) = decode(sample, {**sample.row, key: form(number)}).items
        assert record == attrs.evolve(sample.record, **{name: number})


@EACH
@given(data=st.data())
def test_codes_may_be_unknown_and_strings(sample: Sample, data: st.DataObject) -> None:
    """An unknown code stays an unnamed member of its enum."""
    for name, key in _fields(sample, OpenEnum).items():
        number = data.draw(st.integers(0, 10**6))
        form = data.draw(FORMS_OF_CODES)
        (record,) = decode(sample, {**sample.row, key: form(number)}).items
        member = getattr(record, name)
        assert (type(member), member) == (type(getattr(sample.record, name)), number)


FORMS = (
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S.0000000Z",
    "%m-%d-%YT%H:%M:%SZ",
    "%m/%d/%YT%H:%M:%SZ",
    "%m/%d/%Y %H:%M:%S",
)


@EACH
@given(data=st.data())
def test_dates_come_in_each_form(sample: Sample, data: st.DataObject) -> None:
    """Five forms of text, and numbers; each is an aware datetime."""
    for name, key in _fields(sample, datetime).items():
        when = getattr(sample.record, name).replace(microsecond=0)
        texts = [when.strftime(form) for form in FORMS]
        raw = data.draw(st.sampled_from([*texts, int(when.timestamp()), when.timestamp() * 1000]))
        (record,) = decode(sample, {**sample.row, key: raw}).items
        assert record == attrs.evolve(sample.record, **{name: when})
        assert getattr(record, name).tzinfo is not None
