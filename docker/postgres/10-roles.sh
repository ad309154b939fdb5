#!/bin/sh
# First start of the database's image: the two roles and the database, with the same grants as the local one.
set -eu

psql --set=ON_ERROR_STOP=1 --username postgres --dbname template1 \
  --set=owner_password="$PAYBOX_OWNER_PASSWORD" --set=app_password="$PAYBOX_APP_PASSWORD" <<'SQL'
CREATE ROLE paybox_owner LOGIN NOSUPERUSER NOCREATEROLE CREATEDB PASSWORD :'owner_password';
CREATE ROLE paybox_app LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
\i /srv/grants.sql
SQL
psql --set=ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --command 'CREATE DATABASE paybox OWNER paybox_owner'
