#!/bin/sh
# Makes the certificates of the Kafka cluster in cluster/tls: an authority, one certificate for
# each broker, and one for the administrator. What is there stays; to renew one, remove its
# directory, run this again, and restart that broker. Only tls/NAME is mounted into a container:
# tls itself is closed to other users, so that the files in it can be read by any container's user.
set -eu
umask 022
cd "$(dirname "$0")"
mkdir -p tls
chmod 700 tls
cd tls

if [ ! -e ca/ca.pem ]; then
  mkdir -p ca
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Wiredesk Kafka authority" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca/ca.pem 2>/dev/null
  chmod 600 ca.key
fi

# issue DIRECTORY COMMON-NAME SUBJECT-ALTERNATIVE-NAMES: the key (PKCS#8, as Kafka wants it), the
# certificate and the authority in one file.
issue() {
  [ -e "$1/keystore.pem" ] && return
  mkdir -p "$1"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout new.key -out new.csr 2>/dev/null
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=digitalSignature\nbasicConstraints=CA:FALSE\n' "$3" >new.ext
  openssl x509 -req -in new.csr -CA ca/ca.pem -CAkey ca.key -CAserial ca.srl -CAcreateserial -days 730 -extfile new.ext -out new.crt 2>/dev/null
  cat new.key new.crt ca/ca.pem >"$1/keystore.pem"
  cp ca/ca.pem "$1/ca.pem"
  chmod 644 "$1/keystore.pem"
  rm new.key new.csr new.ext new.crt
}

# The brokers share a name: server.properties makes who bears it a super user.
for n in 1 2 3; do
  issue "kafka-$n" kafka-broker "DNS:kafka-$n,DNS:localhost,IP:127.0.0.1"
done
issue admin kafka-admin DNS:kafka-admin
echo "The certificates are in $PWD." >&2
