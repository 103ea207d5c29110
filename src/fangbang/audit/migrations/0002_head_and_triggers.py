"""The empty chain's head, and the triggers that make the log append-only."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from fangbang.audit import triggers
from fangbang.audit.rules import EMPTY


def _begin(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("audit", "Head").objects.create(id=1, seq=EMPTY.seq, hash=EMPTY.hash)


def _install(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    triggers.install(editor.connection)


def _remove(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    triggers.remove(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunPython(_begin, migrations.RunPython.noop),
        migrations.RunPython(_install, _remove),
    ]
