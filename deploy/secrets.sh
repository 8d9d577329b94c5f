#!/bin/sh
# Writes .env with passwords that nobody else has, for both compose files. It changes
# nothing that is there: a database keeps the password with which it was first started.
set -eu
cd "$(dirname "$0")"
if [ -e .env ]; then
  echo "$PWD/.env is there already and stays as it is." >&2
  exit 0
fi
umask 077
{
  echo "# The address that editors open; the socket accepts no other."
  echo "FRONTEND_URL=http://localhost:3000"
  for name in ADMIN_PASSWORD JWT_SECRET MYSQL_PASSWORD MYSQL_ROOT_PASSWORD KAFKA_PASSWORD GRAFANA_PASSWORD; do
    echo "$name=$(openssl rand -hex 32)"
  done
} >.env.new
mv .env.new .env
echo "Wrote $PWD/.env." >&2
