"""The tree of faults that services raise; the doors translate them in one place each.

ReviewError
├── NotFound     404  not there, or not for you: the two look the same on purpose
├── Forbidden    403  you may see it, but not do this
├── Conflict     409  somebody or something was faster; `data` says who and when
│   ├── Stale    409  what you saw has changed since
│   └── Unreadable  409  what is stored cannot be read back
├── Invalid      422  the input does not fit; `errors` maps a field path to its reasons
├── LeaseLost    409  this worker no longer owns its run
└── StorageLost  503  the database could not be reached; nothing was stored
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ReviewError(Exception):
    """Something went wrong."""

    status = 400
    code = "error"

    def __init__(self, message: str | None = None, **data: Any) -> None:
        self.message = message or (self.__class__.__doc__ or "").splitlines()[0]
        self.data = data
        super().__init__(self.message)


class NotFound(ReviewError):
    """There is no such thing here."""

    status = 404
    code = "not_found"


class Forbidden(ReviewError):
    """You may see this, but you may not do that."""

    status = 403
    code = "forbidden"


class Conflict(ReviewError):
    """Somebody was faster."""

    status = 409
    code = "conflict"


class Stale(Conflict):
    """What you saw has changed since."""

    code = "stale"


class Unreadable(Conflict):
    """What is stored here cannot be read."""

    code = "unreadable"


class LeaseLost(Conflict):
    """This worker no longer owns its run."""

    code = "lease_lost"


class Invalid(ReviewError):
    """The input does not fit."""

    status = 422
    code = "invalid"

    def __init__(
        self, message: str | None = None, *, errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """`errors` maps a field path ("values.amount", "" for the whole) to its reasons."""
        super().__init__(message)
        self.errors = {path: list(reasons) for path, reasons in (errors or {}).items()}


class StorageLost(ReviewError):
    """The database could not be reached; nothing was stored."""

    status = 503
    code = "storage_lost"
