# Kafka clients of other projects, which the tests point at the embedded broker and at the cluster.
# test/kafka/clients has the programs and the versions.

CLIENTS=$STATE/clients
CLIENT_SOURCES=$ROOT/test/kafka/clients

# install_clients does nothing when the versions that are installed are those of the repository.
install_clients() {
  if ! cmp -s "$CLIENT_SOURCES/pom.xml" "$CLIENTS/pom.xml"; then
    echo "services: copying an older Java client of Kafka"
    rm -rf "$CLIENTS/java"
    mkdir -p "$CLIENTS"
    maven "$CLIENT_SOURCES/pom.xml" "$CLIENTS/java"
    cp "$CLIENT_SOURCES/pom.xml" "$CLIENTS/pom.xml"
  fi
  if ! cmp -s "$CLIENT_SOURCES/requirements.txt" "$CLIENTS/requirements.txt"; then
    echo "services: installing the Python clients of Kafka"
    rm -rf "$CLIENTS/python"
    { python3 -m venv "$CLIENTS/python" &&
      "$CLIENTS/python/bin/pip" install -q --disable-pip-version-check -r "$CLIENT_SOURCES/requirements.txt"; } >"$STATE/pip.log" 2>&1 ||
      fail_with_log pip "installing the Python clients failed"
    cp "$CLIENT_SOURCES/requirements.txt" "$CLIENTS/requirements.txt"
  fi
  if ! cmp -s "$CLIENT_SOURCES/package-lock.json" "$CLIENTS/node/package-lock.json"; then
    echo "services: installing the Node client of Kafka"
    rm -rf "$CLIENTS/node"
    mkdir -p "$CLIENTS/node"
    cp "$CLIENT_SOURCES/package.json" "$CLIENT_SOURCES/package-lock.json" "$CLIENTS/node"
    if ! npm --prefix "$CLIENTS/node" ci --ignore-scripts --no-audit --no-fund >"$STATE/npm.log" 2>&1; then
      rm -rf "$CLIENTS/node"
      fail_with_log npm "installing the Node client failed"
    fi
  fi
}

# client CLIENT ARGUMENT... runs a client's program to its end.
client() {
  [[ -f $CLIENTS/node/package-lock.json ]] || fail "the Kafka clients are not installed: make services installs them"
  case ${1-} in
  java) run_client "$LIBS" "${@:2}" ;;
  java-3.9) run_client "$CLIENTS/java" "${@:2}" ;;
  python) run_python python_client.py "${@:2}" ;;
  read-java) run_java org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$2" --topic "$3" --max-messages "$4" \
    --from-beginning --formatter-property print.headers=true --formatter-property print.key=true ;;
  read-confluent) run_python confluent_reader.py "${@:2}" ;;
  read-kafka-python) run_python kafka_python_reader.py "${@:2}" ;;
  search-java) run_java "$ROOT/examples/java/Search.java" "${@:2}" ;;
  search-python) "$CLIENTS/python/bin/python" "$ROOT/examples/python/search.py" "${@:2}" ;;
  search-node) NODE_PATH=$CLIENTS/node/node_modules node "$ROOT/examples/node/search.cjs" "${@:2}" ;;
  read-kafkajs) NODE_PATH=$CLIENTS/node/node_modules node "$CLIENT_SOURCES/kafkajs_reader.cjs" "${@:2}" ;;
  *) fail "no client '${1-}'; there are java, java-3.9, python, read-java, read-confluent, read-kafka-python,
    read-kafkajs, search-java, search-python and search-node" ;;
  esac
}

# run_python PROGRAM ARGUMENT...
run_python() {
  "$CLIENTS/python/bin/python" "$CLIENT_SOURCES/$1" "${@:2}"
}

# run_client LIBS ARGUMENT... compiles and runs the Java program with the jars of LIBS.
run_client() {
  java -Xmx256m "${JVM[@]}" -Dlog4j2.configurationFile="$ROOT/test/kafka/tools.log4j2.properties" -cp "$1/*" \
    "$CLIENT_SOURCES/JavaClient.java" "${@:2}"
}
