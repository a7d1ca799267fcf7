"""HTTP and websockets in one application; starts the embedded worker when asked to."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hitl_site.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings

from reviews.engine import registry
from reviews.routing import websocket_urlpatterns
from reviews.services import worker

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)

registry.graphs()  # now, so that one that does not load stops the start

if settings.HITL_WORKER == "inprocess":
    worker.start_threads(settings.HITL_CONCURRENCY)
