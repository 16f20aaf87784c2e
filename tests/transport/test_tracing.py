"""The caller's own tracing: aiohttp's trace configs, and spans of OpenTelemetry through them."""

from types import SimpleNamespace

import aiohttp
from opentelemetry import trace
from opentelemetry.instrumentation.aiohttp_client import create_trace_config
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from avepoint_async.client import AvePointClient
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import Emulator, Fault, Fleet


async def number_the_attempt(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _start: aiohttp.TraceRequestStartParams,
) -> None:
    """What a program adds to its spans: which attempt of which page it is."""
    about = context.trace_request_ctx or {}  # the token's own request has none
    trace.get_current_span().set_attributes({f"avepoint.{name}": about[name] for name in about})


async def test_spans_of_opentelemetry() -> None:
    """Each request is a client span with its attempt, its page and the service's request id."""
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    numbered = aiohttp.TraceConfig()
    numbered.on_request_start.append(number_the_attempt)
    configs = [
        create_trace_config(tracer_provider=provider, captured_response_headers=["request-id"]),
        numbered,
    ]
    async with (
        Emulator(fleet=Fleet.of({("c", "t"): 150})) as emulator,
        aiohttp.ClientSession(trace_configs=configs) as http,
        AvePointClient(
            emulator.credential,
            environment=emulator.environment,
            session=http,
            retry=RetryPolicy(backoff=0.001),
        ) as client,
    ):
        emulator.script(Fault.status(502), page=2)
        assert len(await client.protected_users("c", "t").collect()) == 150
        sent = [request.request_id for request in emulator.api_requests]
    token, *pages = [dict(span.attributes or {}) for span in spans.get_finished_spans()]
    assert "avepoint.attempt" not in token
    assert [(each["avepoint.page_index"], each["avepoint.attempt"]) for each in pages] == [
        (1, 1),
        (2, 1),
        (2, 2),
    ]
    assert [each["http.status_code"] for each in pages] == [200, 502, 200]
    # OpenTelemetry gives a header as a list.
    assert [each["http.response.header.request_id"] for each in pages] == [(one,) for one in sent]
    assert {span.kind for span in spans.get_finished_spans()} == {trace.SpanKind.CLIENT}
    assert "Bearer" not in repr([token, *pages])
