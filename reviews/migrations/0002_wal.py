"""Turn a SQLite file to write-ahead logging, once: a readers' snapshot never blocks a writer."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def use_wal(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")


class Migration(migrations.Migration):
    atomic = False  # SQLite refuses to change the journal inside a transaction

    dependencies = [("reviews", "0001_initial")]

    operations = [migrations.RunPython(use_wal, migrations.RunPython.noop)]
