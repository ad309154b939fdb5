from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0015_accounting_entry'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='position',
            index=models.Index(condition=models.Q(('replaces__isnull', True), ('state__in', ('APERTA', 'PARZIALE'))), fields=['service', 'next_due_on', 'id'], include=['residual_cents'], name='position_aging'),
        ),
    ]
