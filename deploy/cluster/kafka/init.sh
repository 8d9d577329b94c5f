#!/bin/bash
# Runs once in the Kafka image when the brokers are up, and again without harm: stores the desk's
# password and lets it make, write and read topics whose names begin with blog-events, and nothing else.
set -euo pipefail
cat >/tmp/admin.properties <<END
security.protocol=SSL
ssl.keystore.type=PEM
ssl.keystore.location=/etc/kafka/secrets/keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location=/etc/kafka/secrets/ca.pem
END
admin=(--bootstrap-server kafka-1:9094,kafka-2:9094,kafka-3:9094 --command-config /tmp/admin.properties)
cd /opt/kafka/bin
./kafka-configs.sh "${admin[@]}" --alter --entity-type users --entity-name wiredesk \
  --add-config "SCRAM-SHA-512=[password=$KAFKA_PASSWORD]"
./kafka-acls.sh "${admin[@]}" --add --allow-principal User:wiredesk --resource-pattern-type prefixed --topic blog-events \
  --operation Create --operation Read --operation Write --operation DescribeConfigs
