import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0012_opened_credits'),
        ('dunning', '0016_plans'),
        ('registry', '0003_paper_cost'),
    ]

    operations = [
        migrations.CreateModel(
            name='MorosityCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4)),
                ('years', models.JSONField()),
                ('owed_cents', models.BigIntegerField()),
                ('opened_at', models.DateTimeField()),
                ('author_id', models.BigIntegerField()),
                ('author_name', models.TextField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='morosity_cases', to='billing.service')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='morosity_cases', to='registry.subject')),
            ],
        ),
        migrations.CreateModel(
            name='MorosityFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('CONVOCAZIONE', 'Convocazione notificata'), ('AUDIZIONE', 'Audizione, o assenza accertata'), ('SOSPENSIONE', 'Delibera di sospensione'), ('CANCELLAZIONE', 'Delibera di cancellazione'), ('ARCHIVIAZIONE', 'Archiviazione'), ('NOTIFICA', "Delibera notificata all'iscritto"), ('REVOCA', 'Revoca per avvenuto pagamento')])),
                ('on', models.DateField()),
                ('hearing_on', models.DateField(null=True)),
                ('reference', models.TextField()),
                ('note', models.TextField(blank=True)),
                ('prepared_at', models.DateTimeField()),
                ('preparer_id', models.BigIntegerField()),
                ('preparer_name', models.TextField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('confirmer_id', models.BigIntegerField(null=True)),
                ('confirmer_name', models.TextField(blank=True)),
                ('refused_at', models.DateTimeField(null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='dunning.morositycase')),
            ],
        ),
        migrations.AddConstraint(
            model_name='morositycase',
            constraint=models.UniqueConstraint(fields=('uuid',), name='morositycase_uuid'),
        ),
        migrations.AddConstraint(
            model_name='morositycase',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('service', 'subject'), name='morositycase_open_once'),
        ),
        migrations.AddConstraint(
            model_name='morosityfact',
            constraint=models.UniqueConstraint(condition=models.Q(('confirmed_at__isnull', True), ('refused_at__isnull', True)), fields=('case',), name='morosityfact_waiting_once'),
        ),
        migrations.AddConstraint(
            model_name='morosityfact',
            constraint=models.CheckConstraint(condition=models.Q(('confirmer_id__isnull', True), models.Q(('confirmer_id', models.F('preparer_id')), _negated=True), _connector='OR'), name='morosityfact_two_persons'),
        ),
    ]
