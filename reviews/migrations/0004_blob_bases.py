"""Lists that grow are stored as what was appended to an older version."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_append_only")]

    operations = [
        migrations.AddField(
            model_name="checkpointblob",
            name="base",
            field=models.CharField(blank=True, max_length=40, null=True),
        ),
        migrations.AddField(
            model_name="checkpointblob",
            name="place",
            field=models.TextField(blank=True, null=True),
        ),
    ]
