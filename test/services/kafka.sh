# Kafka: a cluster of three nodes, each broker and controller; test/kafka has its settings.

LIBS=$STATE/kafka/libs
PLAIN=127.0.0.1:19491,127.0.0.1:19492,127.0.0.1:19493
CLIENT=127.0.0.1:19391,127.0.0.1:19392,127.0.0.1:19393
CLUSTER_ID=gtGqqW7-TP667DpXjtAubg
PROBE=wiredesk-cluster # a topic that shows whether all three brokers are in step

copy_jars() {
  if cmp -s "$ROOT/test/kafka/pom.xml" "$STATE/kafka/pom.xml"; then return; fi
  echo "services: copying Kafka's jars"
  rm -rf "$STATE/kafka"
  maven "$ROOT/test/kafka/pom.xml" "$LIBS"
  cp "$ROOT/test/kafka/pom.xml" "$STATE/kafka/pom.xml"
}

# maven POM DIR copies the jars that a POM names.
maven() {
  has mvn || fail "Kafka's jars come by Maven: install it (Debian: maven)"
  mvn -B -q -f "$1" dependency:copy-dependencies -DoutputDirectory="$2" >"$STATE/maven.log" 2>&1 ||
    fail_with_log maven "Maven failed"
}

make_kafka() {
  at_once format_kafka -- 1 2 3
  cat >"$STATE/client.properties" <<PROPERTIES
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-256
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="wiredesk" password="wiredesk-secret";
ssl.truststore.type=PEM
ssl.truststore.location=$STATE/tls/ca.pem
PROPERTIES
}

# format_kafka N
format_kafka() {
  sed "s|@N@|$1|g; s|@STATE@|$STATE|g" "$ROOT/test/kafka/broker.properties" >"$STATE/kafka-$1.properties"
  run_java kafka.tools.StorageTool format --cluster-id "$CLUSTER_ID" --config "$STATE/kafka-$1.properties" \
    --add-scram 'SCRAM-SHA-256=[name=wiredesk,password=wiredesk-secret]' \
    --add-scram 'SCRAM-SHA-512=[name=wiredesk,password=wiredesk-secret]' \
    --add-scram 'SCRAM-SHA-256=[name=nobody,password=nobody-secret]' >"$STATE/kafka-$1.log" 2>&1 ||
    fail_with_log "kafka-$1" "formatting its directory failed"
}

# launch_kafka NAME
launch_kafka() {
  local n=${1#kafka-}
  need_ports "$1" "1919$n" "1929$n" "1939$n" "1949$n" "1951$n" "1952$n" "1953$n" "1959$n"
  background "$1" java -Xms128m -Xmx256m "${JVM[@]}" -XX:+ExitOnOutOfMemoryError \
    -Dlog4j2.configurationFile="$ROOT/test/kafka/log4j2.properties" -cp "$LIBS/*" kafka.Kafka "$STATE/kafka-$n.properties"
}

# await_kafka NAME: a broker opens its ports to clients once the controllers have let it in.
await_kafka() {
  answers "$1" 180 is_open "1939${1#kafka-}"
}

# open_cluster gives the user wiredesk its rights, and waits until all brokers keep the same.
open_cluster() {
  local allow="AclCommand --add --allow-principal User:wiredesk --resource-pattern-type"
  at_once administer -- \
    "$allow prefixed --operation All --topic blog-events --topic wiredesk-" \
    "$allow prefixed --operation Read --group wiredesk-" \
    "$allow literal --operation Describe --operation Create --cluster" \
    "TopicCommand --create --if-not-exists --topic $PROBE --partitions 1 --replication-factor 3"
  answers kafka-1 60 in_step
}

in_step() {
  kcat -b "$PLAIN" -L -t "$PROBE" | grep -q 'isrs: [123],[123],[123]'
}

# administer WORDS runs one of Kafka's tools with all rights.
administer() {
  local words
  read -ra words <<<"$1"
  run_java "org.apache.kafka.tools.${words[0]}" --bootstrap-server "$PLAIN" "${words[@]:1}" >>"$STATE/tools.log" 2>&1 ||
    fail_with_log tools "${words[0]} failed"
}

tool() {
  local class
  case ${1-} in
  kafka-acls) class=AclCommand ;;
  kafka-console-consumer) class=consumer.ConsoleConsumer ;;
  kafka-console-producer) class=ConsoleProducer ;;
  kafka-consumer-groups) class=consumer.group.ConsumerGroupCommand ;;
  kafka-get-offsets) class=GetOffsetShell ;;
  kafka-metadata-quorum) class=MetadataQuorumCommand ;;
  kafka-topics) class=TopicCommand ;;
  *) fail "no tool '${1-}' is known here; test/services/kafka.sh lists them" ;;
  esac
  run_java "org.apache.kafka.tools.$class" --bootstrap-server "$CLIENT" --command-config "$STATE/client.properties" "${@:2}"
}

JVM=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1)

# run_java CLASS ARGUMENT... runs one of Kafka's programs to its end.
run_java() {
  java -Xmx256m "${JVM[@]}" -Dlog4j2.configurationFile="$ROOT/test/kafka/tools.log4j2.properties" -cp "$LIBS/*" "$@"
}
