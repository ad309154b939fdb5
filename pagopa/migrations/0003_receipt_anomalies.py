import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pagopa', '0002_labels'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReceiptAnomaly',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('oddity', models.TextField(choices=[('AVVISO_SCONOSCIUTO', 'Pagato un avviso che questo Ente non conosce'), ('AVVISO_ANNULLATO', 'Pagato un avviso già annullato'), ('AVVISO_SOSTITUITO', 'Pagato un avviso già sostituito da un altro'), ('SECONDO_PAGAMENTO', "Lo stesso avviso è stato pagato un'altra volta"), ('ALTRA_RATA_PAGATA', 'La posizione era già pagata con un altro avviso'), ('IMPORTO_INFERIORE', "Pagato meno dell'importo dovuto"), ('IMPORTO_SUPERIORE', "Pagato più dell'importo dovuto"), ('CONTO_TERZI', 'Incassata una quota di un avviso emesso da altro Ente'), ('COPIA_DIFFORME', 'La stessa ricevuta è arrivata di nuovo con altri dati'), ('NON_ACCOLTA', 'Arrivata una ricevuta che non si è potuta accogliere'), ('STAND_IN', "Pagato mentre il Nodo rispondeva al posto dell'Ente"), ('TARDIVA', 'Ricevuta arrivata dopo la scadenza del tentativo di pagamento')])),
                ('receipt', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='anomalies', to='pagopa.receipt')),
                ('raw_message_id', models.BigIntegerField()),
                ('details', models.JSONField(default=dict)),
                ('opened_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.TextField(blank=True)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['opened_at', 'id'], name='anomaly_open')],
                'constraints': [models.UniqueConstraint(fields=('raw_message_id', 'oddity'), name='anomaly_once')],
            },
        ),
    ]

