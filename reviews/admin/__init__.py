"""The admin: everything can be looked at and followed; only queues, members and rules are edited.

Threads, runs, tasks, claims, decisions and the audit log belong to services: statuses are never
changed by hand. Edits of who may see what leave a row in the audit log like any other change.
"""

from __future__ import annotations

from reviews.admin import access, checkpoints, graphs, licences, queues, reviews, threads

__all__ = ["access", "checkpoints", "graphs", "licences", "queues", "reviews", "threads"]
