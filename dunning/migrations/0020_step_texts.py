from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dunning', '0019_sent_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='textversion',
            name='variant',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='policystep',
            name='text',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.RemoveConstraint(
            model_name='textversion',
            name='textversion_once',
        ),
        migrations.AddConstraint(
            model_name='textversion',
            constraint=models.UniqueConstraint(fields=('service', 'act', 'form', 'variant', 'version'), name='textversion_once'),
        ),
    ]
