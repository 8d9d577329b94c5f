# Kafka clients of other projects, which the tests point at the embedded broker. test/kafka/clients has
# the programs and the versions.

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
    echo "services: installing the Python client of Kafka"
    rm -rf "$CLIENTS/python"
    { python3 -m venv "$CLIENTS/python" &&
      "$CLIENTS/python/bin/pip" install -q --disable-pip-version-check -r "$CLIENT_SOURCES/requirements.txt"; } >"$STATE/pip.log" 2>&1 ||
      fail_with_log pip "installing the Python client failed"
    cp "$CLIENT_SOURCES/requirements.txt" "$CLIENTS/requirements.txt"
  fi
}

# client CLIENT ARGUMENT... runs a client's program to its end.
client() {
  [[ -f $CLIENTS/requirements.txt ]] || fail "the Kafka clients are not installed: make services installs them"
  case ${1-} in
  java) run_client "$LIBS" "${@:2}" ;;
  java-3.9) run_client "$CLIENTS/java" "${@:2}" ;;
  python) "$CLIENTS/python/bin/python" "$CLIENT_SOURCES/python_client.py" "${@:2}" ;;
  *) fail "no client '${1-}'; there are java, java-3.9 and python" ;;
  esac
}

# run_client LIBS ARGUMENT... compiles and runs the Java program with the jars of LIBS.
run_client() {
  java -Xmx256m "${JVM[@]}" -Dlog4j2.configurationFile="$ROOT/test/kafka/tools.log4j2.properties" -cp "$1/*" \
    "$CLIENT_SOURCES/JavaClient.java" "${@:2}"
}
