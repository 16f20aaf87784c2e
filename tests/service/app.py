"""A small service as a user of the library would write it, with the README beside the editor.

``GET /customers/{customer}/tenants/{tenant}/unprotected``: the users without a protected mailbox.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from avepoint_async import (
    AvePointClient,
    AvePointError,
    ConfigurationError,
    Module,
    NotFoundError,
    RetryPolicy,
)

CLIENT = web.AppKey("client", AvePointClient)
PATIENCE = web.AppKey("patience", RetryPolicy)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(patience: RetryPolicy | None = None) -> web.Application:
    """The service; ``patience`` is how long a failing backup service is asked again."""
    app = web.Application(middlewares=[told])
    app[PATIENCE] = patience or RetryPolicy()
    app.cleanup_ctx.append(avepoint)
    app.router.add_get("/customers/{customer}/tenants/{tenant}/unprotected", unprotected)
    return app


async def avepoint(app: web.Application) -> AsyncIterator[None]:
    """One client for the life of the app."""
    async with AvePointClient.from_env(retry=app[PATIENCE]) as client:
        app[CLIENT] = client
        yield


async def unprotected(request: web.Request) -> web.Response:
    """The addresses of the users whose mailbox is not protected, or is not known to be."""
    ids = request.match_info["customer"], request.match_info["tenant"]
    pager = request.app[CLIENT].protected_users(*ids)
    users = [user.email async for user in pager if not user.is_protected(Module.MAILBOX)]
    return web.json_response({"users": users})


@web.middleware
async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell a mistake of the caller from one of the backup service."""
    try:
        return await handler(request)
    except ConfigurationError as error:
        return refusal(400, "the request makes no sense", error)
    except NotFoundError as error:
        return refusal(404, "there is no such tenant", error)
    except AvePointError as error:
        return refusal(502, "the backup service failed", error)


def refusal(status: int, what: str, error: AvePointError) -> web.Response:
    """An answer that says what went wrong, and where."""
    return web.json_response({"error": what, "detail": str(error)}, status=status)
