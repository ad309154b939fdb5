import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0010_term_memo'),
        ('dunning', '0007_post'),
    ]

    operations = [
        migrations.CreateModel(
            name='LetterCampaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4)),
                ('name', models.CharField(max_length=80)),
                ('year_from', models.SmallIntegerField()),
                ('year_to', models.SmallIntegerField()),
                ('minimum_cents', models.BigIntegerField(default=0)),
                ('quiet_since', models.DateField(blank=True, null=True)),
                ('unserved_only', models.BooleanField(default=False)),
                ('channels', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('author_id', models.BigIntegerField()),
                ('author_name', models.TextField()),
            ],
        ),
        migrations.AlterField(
            model_name='printbatch',
            name='product',
            field=models.TextField(choices=[('ORDINARIA', 'Posta ordinaria'), ('RACCOMANDATA_AR', 'Raccomandata A/R'), ('FILE', 'File per fax o invio massivo')]),
        ),
        migrations.AlterField(
            model_name='textversion',
            name='act',
            field=models.TextField(choices=[('AVVISO', 'Avviso bonario'), ('MEMO', 'Promemoria'), ('SOLLECITO', 'Sollecito bonario'), ('ARRETRATI', 'Annualità arretrate'), ('DIFFIDA', 'Sollecito formale'), ('ACCERTAMENTO', 'Accertamento esecutivo')]),
        ),
        migrations.AddField(
            model_name='lettercampaign',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='campaigns', to='billing.service'),
        ),
        migrations.AddField(
            model_name='wave',
            name='campaign',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waves', to='dunning.lettercampaign'),
        ),
        migrations.AddIndex(
            model_name='lettercampaign',
            index=models.Index(fields=['-created_at'], name='lettercampaign_created'),
        ),
        migrations.AddConstraint(
            model_name='lettercampaign',
            constraint=models.UniqueConstraint(fields=('uuid',), name='lettercampaign_uuid'),
        ),
        migrations.AddConstraint(
            model_name='lettercampaign',
            constraint=models.CheckConstraint(condition=models.Q(('year_from__lte', models.F('year_to'))), name='lettercampaign_years'),
        ),
        migrations.AddConstraint(
            model_name='lettercampaign',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_cents__gte', 0)), name='lettercampaign_cents'),
        ),
    ]
