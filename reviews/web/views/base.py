"""What every page shares: the signed-in person, and service errors as pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.errors import ReviewError

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: somebody is signed in."""

    user: User


View = Callable[Concatenate[PersonRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """Show a ReviewError that the view did not handle as a page with its status."""

    @wraps(view)
    def answered(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ReviewError as error:
            return problem(request, error)

    return answered


def problem(request: HttpRequest, error: ReviewError, **context: Any) -> HttpResponse:
    """The page that tells what went wrong; nothing of what is hidden is named."""
    return render(request, "problem.html", {"error": error, **context}, status=error.status)
