"""The routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from gatewise.explain.explain import METHODS
from gatewise.serve import schemas
from gatewise.serve.access import Access
from gatewise.serve.answers import dump
from gatewise.serve.bodies import Asked, read_explain, read_text, read_texts
from gatewise.serve.door import PAGE, Door, Rules
from gatewise.serve.exchange import KEY, Exchange
from gatewise.serve.explaining import explained
from gatewise.serve.limits import Limits
from gatewise.serve.page import Page
from gatewise.serve.refusal import Refusal, internal
from gatewise.serve.service import Service
from gatewise.serve.streaming import events
from gatewise.version import __version__

JSON = "application/json"
GET = frozenset({"GET"})


def make_app(service: Service, access: Access) -> Door:
    """The whole service as an ASGI application.

    Args:
        service: What is served. Start it before the first request.
        access: Who may ask.
    """
    app = make_routes(service)
    methods = {"/": GET, PAGE: GET, "/openapi.json": GET}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            methods[route.path] = frozenset(route.methods or ())
    rules = Rules(methods, service.limits, access, lambda: service.is_closing, service.check_open)
    return Door(app, rules, service)


def make_routes(service: Service) -> FastAPI:
    """What is behind the door."""
    app = FastAPI(
        title="Gatewise",
        version=__version__,
        description="Classes and probabilities of texts by gated recurrent networks.",
        docs_url=None,  # Swagger's page loads scripts from elsewhere.
        redoc_url=None,
        redirect_slashes=False,
    )
    app.exception_handler(Refusal)(_refused)
    app.exception_handler(Exception)(_failed)
    _add_predict(app, service)
    _add_explain_and_stream(app, service)
    _add_models(app, service)
    _add_health(app, service)
    _add_page(app, service)
    return app


async def _refused(request: Request, problem: Exception) -> Response:
    exchange: Exchange = request.scope[KEY]
    refusal = problem if isinstance(problem, Refusal) else internal()
    exchange.code = refusal.code
    return Response(refusal.body(exchange.id), refusal.status, headers=refusal.headers, media_type=JSON)


async def _failed(request: Request, problem: Exception) -> Response:
    # The same exception comes to the door afterwards, which writes it into the log.
    return await _refused(request, problem)


def _asked(request: Request, body: bytes, read: Callable[[bytes, Limits], Asked], limits: Limits) -> Asked:
    asked = read(body, limits)
    exchange: Exchange = request.scope[KEY]
    exchange.texts, exchange.characters = len(asked.texts), asked.characters
    return asked


def _add_predict(app: FastAPI, service: Service) -> None:
    async def predict(request: Request) -> Response:
        """Classes and probabilities of up to as many texts as `maxItems` says."""
        asked = _asked(request, await request.body(), read_texts, service.limits)
        model = service.model(asked.model)
        exchange: Exchange = request.scope[KEY]
        job = model.batcher.submit(asked.texts)
        exchange.give_up = job.future.cancel
        probabilities = await job.future
        exchange.batch = job.largest_batch
        return Response(service.writers[model.name].predictions(probabilities), media_type=JSON)

    extra = schemas.request_schema("texts", service.limits, list(service.models))
    _add_post(app, "/v1/predict", predict, extra, schemas.Predictions)


def _add_explain_and_stream(app: FastAPI, service: Service) -> None:
    limits, names = service.limits, list(service.models)

    async def explain(request: Request) -> Response:
        """What each word of a text contributes to the log odds of a class."""
        asked = _asked(request, await request.body(), read_explain, limits)
        model = service.model(asked.model)
        with service.explaining.place():
            content = await service.explaining.run(lambda: dump(explained(model.predictor, asked)))
        return Response(content, media_type=JSON)

    async def stream(request: Request) -> Response:
        """The probabilities after each word of a text, as server-sent events `word`, at last one `end`."""
        asked = _asked(request, await request.body(), read_text, limits)
        model = service.model(asked.model)
        found = await events(service, model, asked.texts[0])
        return StreamingResponse(found, media_type="text/event-stream")

    extra = schemas.request_schema("explain", limits, names, METHODS)
    _add_post(app, "/v1/explain", explain, extra, None)
    extra = schemas.request_schema("text", limits, names)
    _add_post(app, "/v1/stream", stream, extra, None, kind="text/event-stream")


def _add_post(
    app: FastAPI, path: str, handler: Callable[..., Any], extra: dict[str, Any], model: Any, *, kind: str = JSON
) -> None:
    answer: dict[str, Any] = {"description": "The answer."}
    if model is not None:
        answer["model"] = model
    else:
        answer["content"] = {kind: {"schema": {"type": "object"} if kind == JSON else schemas.EVENT}}
    app.add_api_route(
        path,
        handler,
        methods=["POST"],
        openapi_extra=extra,
        response_class=Response,
        responses={**schemas.ERRORS, 200: answer},
    )


def _add_models(app: FastAPI, service: Service) -> None:
    async def model() -> Response:
        """The model that is used where a request names none."""
        return Response(dump(service.first.description()), media_type=JSON)

    async def models() -> Response:
        """All models."""
        content = {"models": [model.description() for model in service.models.values()]}
        return Response(dump(content), media_type=JSON)

    _add_get(app, "/v1/model", model, {200: {"model": schemas.Model}})
    _add_get(app, "/v1/models", models, {200: {"model": schemas.Models}})


def _add_health(app: FastAPI, service: Service) -> None:
    async def live() -> Response:
        """The process answers. Needs no token."""
        return Response(dump({"status": "live"}), media_type=JSON)

    async def ready() -> Response:
        """Every model reads and gave the answer that it must give; and the service is not about to end."""
        models = {name: model.is_ready for name, model in service.models.items()}
        content = {"status": "ready" if service.is_ready else "not ready", "models": models}
        return Response(dump(content), 200 if service.is_ready else 503, media_type=JSON)

    async def metrics() -> Response:
        """Counters in the format of Prometheus."""
        return Response(service.measures.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    _add_get(app, "/health/live", live, {200: {"model": schemas.Health}})
    both = {"description": "Send no requests here.", "content": {JSON: {"schema": {"type": "object"}}}}
    _add_get(app, "/health/ready", ready, {200: {"model": schemas.Health}, 503: both})
    _add_get(app, "/metrics", metrics, {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})


def _add_get(app: FastAPI, path: str, handler: Callable[..., Any], responses: dict[int | str, Any]) -> None:
    errors: dict[int | str, Any] = {status: schemas.ERRORS[status] for status in (400, 401, 404, 405, 421, 431, 503)}
    answer = {"description": "The answer.", **responses.pop(200)}
    responses = {**errors, **responses, 200: answer}
    app.add_api_route(path, handler, methods=["GET"], response_class=Response, responses=responses)


def _add_page(app: FastAPI, service: Service) -> None:
    page = Page(service.first)

    async def show(request: Request) -> Response:
        file = await service.explaining.run(lambda: page.file(request.url.path))
        return page.response(file, request.headers.get("if-none-match"))

    for path in ("/", PAGE + "{name:path}"):
        app.add_api_route(path, show, methods=["GET"], include_in_schema=False, response_class=Response)
