from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    replaces = [("shop", "0001_a")]
    dependencies = [
        ("shop", "0001_initial"),  # ours
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = []
