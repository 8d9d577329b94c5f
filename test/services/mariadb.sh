# MariaDB: one server, as durable as an ordinary one, only smaller.

MARIADB_PORT=23306

make_mariadb() {
  mkdir "$STATE/mariadb"
  cat >"$STATE/mariadb.sql" <<'SQL'
CREATE USER IF NOT EXISTS 'wiredesk'@'%' IDENTIFIED BY 'wiredesk-secret';
GRANT ALL ON `wiredesk\_%`.* TO 'wiredesk'@'%';
SQL
  mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$STATE/mariadb" --skip-test-db \
    --auth-root-authentication-method=socket >"$STATE/mariadb.log" 2>&1 || fail_with_log mariadb "mariadb-install-db failed"
}

launch_mariadb() {
  need_ports mariadb "$MARIADB_PORT"
  background mariadb mariadbd --no-defaults --user="$(id -un)" --datadir="$STATE/mariadb" \
    --socket="$STATE/mariadb.sock" --pid-file="$STATE/mariadb/mariadb.pid" --init-file="$STATE/mariadb.sql" \
    --bind-address=127.0.0.1 --port="$MARIADB_PORT" --skip-name-resolve \
    --ssl-ca="$STATE/tls/ca.pem" --ssl-cert="$STATE/tls/server.crt" --ssl-key="$STATE/tls/server.key" \
    --character-set-server=utf8mb4 --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=128M --max-connections=400
}

await_mariadb() {
  MYSQL_PWD=wiredesk-secret answers mariadb 60 \
    mariadb --no-defaults --connect-timeout=5 --host=127.0.0.1 --port="$MARIADB_PORT" --user=wiredesk --execute='SELECT 1'
}
