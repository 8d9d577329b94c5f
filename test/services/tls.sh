# Certificates: an authority of our own, and one certificate for the servers, good for localhost and
# 127.0.0.1, and one for clients that show theirs, which makes them the user wiredesk.

NEW_KEY=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

make_tls() {
  mkdir "$STATE/tls"
  cd "$STATE/tls"
  openssl req -x509 "${NEW_KEY[@]}" -days 3650 -keyout ca.key -out ca.pem -subj "/CN=Wiredesk test CA" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>>"$STATE/tls.log" ||
    fail_with_log tls "openssl failed"
  make_certificate server serverAuth localhost
  make_certificate client clientAuth wiredesk
  cat server.key server.crt ca.pem >server.pem # as Kafka wants it
  cd "$ROOT"
}

# make_certificate NAME USAGE COMMON_NAME
make_certificate() {
  {
    openssl req "${NEW_KEY[@]}" -keyout "$1.key" -out "$1.csr" -subj "/CN=$3" &&
      openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out "$1.crt" -extfile - <<EXT
subjectAltName=DNS:localhost,IP:127.0.0.1
extendedKeyUsage=$2
keyUsage=digitalSignature
basicConstraints=CA:FALSE
EXT
  } 2>>"$STATE/tls.log" || fail_with_log tls "openssl failed"
}
