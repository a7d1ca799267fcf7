"""Triggers that keep the audit log, the decisions and the asked payloads as they were written."""

from __future__ import annotations

from typing import Any

from django.db import migrations

SQLITE = """
CREATE TRIGGER {name} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION reviews_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql
"""
POSTGRES = """
CREATE TRIGGER {name} BEFORE {event} ON {table}
FOR EACH ROW EXECUTE FUNCTION reviews_append_only()
"""
TRIGGERS = [
    ("audit_no_update", "UPDATE", "reviews_auditevent"),
    ("audit_no_delete", "DELETE", "reviews_auditevent"),
    ("decision_no_update", "UPDATE", "reviews_decision"),
    ("payload_no_update", "UPDATE OF payload, payload_sha256, interrupt_id", "reviews_interrupttask"),
]


def add(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(POSTGRES_FUNCTION, params=None)
    template = POSTGRES if vendor == "postgresql" else SQLITE
    for name, event, table in TRIGGERS:
        schema_editor.execute(template.format(name=name, event=event, table=table))


def remove(apps: Any, schema_editor: Any) -> None:
    on = " ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
    for name, _, table in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER {name}" + on.format(table=table))


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_wal")]

    operations = [migrations.RunPython(add, remove)]
