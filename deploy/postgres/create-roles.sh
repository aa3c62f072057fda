#!/usr/bin/env bash
# Runs at the first start of the PostgreSQL container, which hands over the passwords in its environment.
set -euo pipefail
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --set owner_password="$OWNER_PASSWORD" --set writer_password="$WRITER_PASSWORD" \
  --file /deploy/roles.sql
