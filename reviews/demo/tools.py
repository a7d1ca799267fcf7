"""The demo's tools: each writes real rows, and the same call twice is one row.

Nothing here runs before a person has ruled on the call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

from django.db.models import Q

from reviews.demo import report
from reviews.demo.calls import Ruling
from reviews.demo.licences import Finding, Policy
from reviews.models import (
    AllowedLicence,
    Decision,
    LicenceException,
    LicenceReport,
    Thread,
)


class Result(TypedDict):
    """What became of one call; `text` is what the agent gets back."""

    id: str
    name: str
    verdict: str
    ran: bool
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """Where a call runs: the thread (None outside the site) and what the review found so far."""

    thread_id: str
    thread: Thread | None
    label: str
    findings: Sequence[Finding]


def job(thread_id: str, *, label: str, findings: Sequence[Finding]) -> Job:
    """The job of a thread; a thread id that is none of the site's rows is fine too."""
    thread = Thread.objects.filter(uuid=uuid).first() if (uuid := _uuid(thread_id)) else None
    return Job(thread_id, thread, label, findings)


def policy(today: date) -> Policy:
    """What the rows allow today: the allow-list and the exceptions that have not expired."""
    current = LicenceException.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today)
    ).order_by("package", "expression")
    exceptions: dict[str, list[str]] = {}
    for package, expression in current.values_list("package", "expression"):
        exceptions.setdefault(package, []).append(expression)
    allowed = AllowedLicence.objects.order_by("spdx_id").values_list("spdx_id", flat=True)
    return {"allowed": list(allowed), "exceptions": exceptions}


def run(ruling: Ruling, job: Job, earlier: Sequence[Result]) -> Result:
    """Run an approved or edited call; hand the reason or the answer of any other one back."""
    runs = ruling["verdict"] in ("approve", "edit")
    if runs:
        key = hashlib.sha256(f"{job.thread_id}:{ruling['id']}".encode()).hexdigest()
        text = _TOOLS[ruling["name"]](ruling["args"], job, effect_key=key, earlier=earlier)
    elif ruling["verdict"] == "reject":
        text = f"Rejected. {ruling['text']}".strip()
    else:
        text = ruling["text"]
    return {
        "id": ruling["id"],
        "name": ruling["name"],
        "verdict": ruling["verdict"],
        "ran": runs,
        "text": text,
    }


def _record_exception(
    args: Mapping[str, Any], job: Job, *, effect_key: str, earlier: Sequence[Result]
) -> str:
    row, _ = LicenceException.objects.get_or_create(
        effect_key=effect_key,
        defaults={
            "thread": job.thread,
            "package": args["package"],
            "version": args.get("version", ""),
            "expression": args["expression"],
            "reason": args["reason"],
            "expires_on": date.fromisoformat(args["expires_on"]),
        },
    )
    return f"Exception recorded for {row.package} ({row.expression}) until {row.expires_on}."


def _allow_licence(
    args: Mapping[str, Any], job: Job, *, effect_key: str, earlier: Sequence[Result]
) -> str:
    row, _ = AllowedLicence.objects.get_or_create(
        spdx_id=args["spdx_id"], defaults={"thread": job.thread, "reason": args["reason"]}
    )
    return f"{row.spdx_id} is on the allow-list."


def _write_report(
    args: Mapping[str, Any], job: Job, *, effect_key: str, earlier: Sequence[Result]
) -> str:
    body = report.render(
        args["title"], job.label, findings=job.findings, results=earlier, asked=_asked(job)
    )
    row, _ = LicenceReport.objects.get_or_create(
        effect_key=effect_key,
        defaults={"thread": job.thread, "title": args["title"], "body": body},
    )
    return f"Report written: {row.title} ({row.uuid})."


_TOOLS: dict[str, Callable[..., str]] = {
    "record_exception": _record_exception,
    "allow_licence": _allow_licence,
    "write_report": _write_report,
}


def _asked(job: Job) -> dict[str, list[str]]:
    """package -> who decided about it and how, oldest first; empty outside the site."""
    asked: dict[str, list[str]] = {}
    if job.thread is None:
        return asked
    rows = Decision.objects.filter(task__thread=job.thread).order_by("created_at", "pk")
    for row in rows.select_related("task", "reviewer"):
        question = row.task.question
        about = question.get("facts") or question.get("proposal") or {}
        if isinstance(about, dict) and (package := about.get("package")):
            asked.setdefault(package, []).append(f"{row.reviewer} ({row.action})")
    return asked


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
