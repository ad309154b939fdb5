import django.core.validators
import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0011_stamp'),
        ('dunning', '0015_send'),
    ]

    operations = [
        migrations.AddField(
            model_name='creditrules',
            name='mora_spread',
            field=models.SmallIntegerField(db_default=0, default=0, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(200)]),
        ),
        migrations.AddField(
            model_name='creditrules',
            name='plan_bands',
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name='creditrules',
            name='plan_minimum_cents',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='creditrules',
            name='plan_spread',
            field=models.SmallIntegerField(db_default=0, default=0, validators=[django.core.validators.MinValueValidator(-300), django.core.validators.MaxValueValidator(300)]),
        ),
        migrations.AddField(
            model_name='creditrules',
            name='plan_tolerance_days',
            field=models.SmallIntegerField(db_default=0, default=0, validators=[django.core.validators.MinValueValidator(0)]),
        ),
        migrations.AddField(
            model_name='creditrules',
            name='suspensions',
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.CreateModel(
            name='InstalmentPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4)),
                ('requested_on', models.DateField()),
                ('granted_on', models.DateField()),
                ('act', models.TextField()),
                ('debt_cents', models.BigIntegerField()),
                ('interest_cents', models.BigIntegerField()),
                ('rows', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('author_id', models.BigIntegerField()),
                ('author_name', models.TextField()),
                ('lost_on', models.DateField(null=True)),
                ('lost_by', models.TextField(blank=True)),
                ('lost_act', models.TextField(blank=True)),
                ('hold', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='dunning.hold')),
                ('position', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='plan', to='billing.position')),
                ('replaced_by', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lost_plan', to='billing.position')),
            ],
        ),
        migrations.CreateModel(
            name='PlanReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sent_on', models.DateField()),
                ('term_on', models.DateField()),
                ('proof', models.TextField()),
                ('at', models.DateTimeField()),
                ('actor_name', models.TextField()),
                ('instalment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='plan_reminder', to='billing.instalment')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='dunning.instalmentplan')),
            ],
        ),
        migrations.AddIndex(
            model_name='instalmentplan',
            index=models.Index(fields=['-created_at'], name='plan_created'),
        ),
        migrations.AddConstraint(
            model_name='instalmentplan',
            constraint=models.UniqueConstraint(fields=('uuid',), name='plan_uuid'),
        ),
        migrations.AddConstraint(
            model_name='instalmentplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lost_on__isnull', True), ('replaced_by__isnull', True)), models.Q(('lost_on__isnull', False), ('replaced_by__isnull', False)), _connector='OR'), name='plan_lost_whole'),
        ),
        migrations.AddConstraint(
            model_name='planreminder',
            constraint=models.CheckConstraint(condition=models.Q(('term_on__gt', models.F('sent_on'))), name='planreminder_term'),
        ),
    ]
