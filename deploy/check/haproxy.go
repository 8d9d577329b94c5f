package check

import (
	"net"
	"slices"
	"strings"
)

// haproxyServer is a server line of a backend, together with the backend's default-server lines.
type haproxyServer struct {
	name, host string
	options    []string
}

// after returns the word that follows name, empty when name is not there.
func after(words []string, name string) string {
	if i := slices.Index(words, name); i >= 0 && i+1 < len(words) {
		return words[i+1]
	}
	return ""
}

// HAProxy checks haproxy.cfg for mistakes that 'haproxy -c' accepts: servers of one address that HAProxy
// would stop, and names that nothing has.
func HAProxy(r Root) []error {
	const name = "deploy/cluster/haproxy.cfg"
	text, err := r.read(name)
	if err != nil {
		return []error{err}
	}
	backends, resolvers, used := parseHAProxy(string(text))
	nodes, found := Compose(r, []string{"MYSQL_PASSWORD=x", "MYSQL_ROOT_PASSWORD=x", "KAFKA_PASSWORD=x", "JWT_SECRET=x", "GRAFANA_PASSWORD=x"}, "compose.cluster.yml")
	p := problems(found)
	if len(p) > 0 {
		return p
	}
	for _, backend := range used {
		if _, ok := backends[backend]; !ok {
			p.add("%s: there is no backend %s", name, backend)
		}
	}
	for backend, servers := range backends {
		hosts := map[string]int{}
		for _, s := range servers {
			hosts[s.host]++
		}
		for _, s := range servers {
			if _, ok := nodes.Services[s.host]; !ok {
				p.add("%s: server %s: %s is no service of compose.cluster.yml", name, s.name, s.host)
			}
			section := after(s.options, "resolvers")
			if section != "" && !slices.Contains(resolvers, section) {
				p.add("%s: server %s: there are no resolvers %s", name, s.name, section)
			}
			allowed := strings.Split(after(s.options, "resolve-opts"), ",")
			if section != "" && hosts[s.host] > 1 && !slices.Contains(allowed, "allow-dup-ip") {
				p.add("%s: server %s: the backend %s has %s twice; without 'resolve-opts allow-dup-ip' HAProxy stops all servers of one address but the first",
					name, s.name, backend, s.host)
			}
		}
	}
	return p
}

// parseHAProxy returns the servers of each backend, the names of the resolvers sections, and the backends that frontends use.
func parseHAProxy(text string) (backends map[string][]haproxyServer, resolvers, used []string) {
	backends = map[string][]haproxyServer{}
	backend := ""
	var defaults []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			if len(words) == 1 { // global, defaults
				backend = ""
			}
			continue
		}
		switch {
		case !strings.HasPrefix(line, " "):
			backend, defaults = "", nil
			switch words[0] {
			case "backend":
				backend = words[1]
				backends[backend] = nil
			case "resolvers":
				resolvers = append(resolvers, words[1])
			}
		case words[0] == "default_backend" || words[0] == "use_backend":
			used = append(used, words[1])
		case words[0] == "default-server":
			defaults = append(defaults, words[1:]...)
		case words[0] == "server" && backend != "" && len(words) > 2:
			host, _, err := net.SplitHostPort(words[2])
			if err != nil {
				host = words[2]
			}
			backends[backend] = append(backends[backend], haproxyServer{words[1], host, append(words[3:], defaults...)})
		}
	}
	return backends, resolvers, used
}
