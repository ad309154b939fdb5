# The application's image, for web, workers and beat alike.
# Untried where this was written: no container engine was at hand. Linted by tests/embedded/test_production_files.py.
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /srv/paybox paybox

WORKDIR /srv/paybox/app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PAYBOX_VAR_DIR=/srv/paybox/var

COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .

# Everything unset means the demo's values here; production is asked for when the container starts.
RUN install -d -o paybox -g paybox /srv/paybox/var \
 && python manage.py collectstatic --no-input \
 && chown -R paybox:paybox /srv/paybox/var

USER paybox
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "paybox.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "paybox.web_worker.OverlappingWorker", "--workers", "5", "--timeout", "60", "--max-requests", "5000", "--max-requests-jitter", "500", "--access-logfile", "-"]
