# What must be on the machine: what is missing is installed where that is possible.

install_missing() {
  local missing=()
  [[ -d /proc/self ]] || fail "the servers for tests need Linux"
  has mariadbd || missing+=(mariadb-server-core) # without -core, Debian would start one of its own
  has mariadb || missing+=(mariadb-client-core)
  has kcat || missing+=(kcat)
  has openssl || missing+=(openssl)
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  if ((${#missing[@]})); then install "${missing[@]}"; fi
  need_java
  has npm || fail "the Node client for tests needs Node and npm: install them"
}

has() {
  command -v "$1" >/dev/null
}

install() {
  local command="apt-get install -y --no-install-recommends $*"
  if ! has apt-get || [[ $(id -u) != 0 ]]; then fail "install these first: $* (Debian: sudo $command)"; fi
  echo "services: installing $*"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && $command -qq; } >"$STATE/install.log" 2>&1 || fail_with_log install "$command failed"
}

need_java() {
  local version
  has java || fail "Kafka needs Java 17 or newer: install it (Debian: openjdk-17-jre-headless)"
  version=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/ *java.specification.version = //p')
  [[ ${version%%.*} -ge 17 ]] || fail "Kafka needs Java 17 or newer, and java is $version"
  java --list-modules | grep -q '^jdk.compiler@' || fail "the Java client for tests needs a JDK: install it (Debian: openjdk-17-jdk-headless)"
}
