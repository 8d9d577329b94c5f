package check_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/deploy/check"
)

const here = check.Root("../..")

// passwords are the variables that secrets.sh writes.
var passwords = []string{"ADMIN_PASSWORD=x", "JWT_SECRET=x", "MYSQL_PASSWORD=x", "MYSQL_ROOT_PASSWORD=x", "KAFKA_PASSWORD=x", "GRAFANA_PASSWORD=x", "SITE=desk.example.org"}

func wantNone(t *testing.T, found []error) {
	t.Helper()
	for _, err := range found {
		t.Error(err)
	}
}

func TestCompose(t *testing.T) {
	one, found := check.Compose(here, passwords, "compose.yml")
	wantNone(t, found)
	three, found := check.Compose(here, passwords, "compose.cluster.yml")
	wantNone(t, found)
	for _, base := range []string{"compose.yml", "compose.cluster.yml"} {
		_, found = check.Compose(here, passwords, base, "compose.tls.yml")
		wantNone(t, found)
		if err := check.NeedsPasswords(here, base); err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		return
	}
	want := map[string]string{"3000": "wiredesk", "3001": "wiredesk", "9092": "kafka", "8080": "kafka-ui", "3306": "mysql", "9090": "prometheus", "3030": "grafana"}
	if diff := cmp.Diff(want, check.Published(one)); diff != "" {
		t.Errorf("ports of compose.yml (-want +got):\n%s", diff)
	}
	want = map[string]string{"3000": "lb", "3001": "lb", "3306": "mysql", "9090": "prometheus", "3030": "grafana"}
	if diff := cmp.Diff(want, check.Published(three)); diff != "" {
		t.Errorf("ports of compose.cluster.yml (-want +got):\n%s", diff)
	}
}

func TestImage(t *testing.T)      { wantNone(t, check.Image(here)) }
func TestRules(t *testing.T)      { wantNone(t, check.Rules(here)) }
func TestHAProxy(t *testing.T)    { wantNone(t, check.HAProxy(here)) }
func TestAlerting(t *testing.T)   { wantNone(t, check.Alerting(here, passwords)) }
func TestDashboard(t *testing.T)  { wantNone(t, check.Dashboard(here)) }
func TestKubernetes(t *testing.T) { wantNone(t, check.Kubernetes(here)) }
func TestChart(t *testing.T)      { wantNone(t, check.Chart(here)) }
func TestSystemd(t *testing.T)    { wantNone(t, check.Systemd(here)) }

var update = flag.Bool("update", false, "write the files of kubernetes/monitoring anew")

func TestMonitoring(t *testing.T) {
	if *update {
		if err := check.WriteMonitoring(here); err != nil {
			t.Fatal(err)
		}
	}
	wantNone(t, check.SameMonitoring(here))
}

// TestPrograms runs the programs that this machine has on their files.
func TestPrograms(t *testing.T) {
	for _, c := range []string{
		"haproxy -c -f deploy/cluster/haproxy.cfg",
		"promtool check config --syntax-only deploy/prometheus/prometheus.yml",
		"promtool test rules deploy/prometheus/rules_test.yml",
		"sh -n deploy/secrets.sh",
		"sh -n deploy/cluster/certs.sh",
		"bash -n deploy/cluster/kafka/init.sh",
	} {
		args := strings.Fields(c)
		if _, err := exec.LookPath(args[0]); err != nil {
			t.Logf("left out, as %s is not here: %s", args[0], c)
			continue
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = string(here)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", c, err, out)
		}
	}
}

// TestReadme follows the links of deploy/README.md.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
			t.Error(err)
		}
	}
}

// Each kind of mistake is found.
func TestMistakes(t *testing.T) {
	composed := func(r check.Root) []error {
		_, found := check.Compose(r, passwords, "compose.yml")
		_, cluster := check.Compose(r, passwords, "compose.cluster.yml")
		return append(found, cluster...)
	}
	alerted := func(r check.Root) []error { return check.Alerting(r, passwords) }
	for _, c := range []struct {
		file, from, to string
		find           func(check.Root) []error
		want           string
	}{
		{"compose.yml", "restart: unless-stopped", "restrat: unless-stopped", composed, "restrat"},
		{"compose.yml", "condition: service_healthy", "condition: service_happy", composed, "condition"},
		{"compose.yml", "      mysql:\n        condition", "      mysgl:\n        condition", composed, "mysgl"},
		{"compose.yml", `"127.0.0.1:3306:3306"`, `"3306:3306"`, composed, "port 3306 is open to other machines"},
		{"compose.yml", "mysql:8.4.7", "mysql", composed, "names no version"},
		{"compose.yml", "cap_drop: [ALL]", "cap_drop: []", composed, "has capabilities"},
		{"compose.yml", "KAFKA_BROKER:", "KAFKA_BROKERS:", composed, "KAFKA_BROKERS is no setting"},
		{"compose.yml", "prometheus/rules.yml:/", "prometheus/rulez.yml:/", composed, "rulez.yml"},
		{"compose.cluster.yml", "*after-the-first", "*after-the-last", composed, "after-the-last"},
		{"compose.cluster.yml", "WIREDESK_NODE: wiredesk-2", "WIREDESK_NAME: wiredesk-2", composed, "WIREDESK_NAME is no setting"},
		{"Dockerfile", "RUN npm run build", "RUNS npm run build", check.Image, "unknown instruction"},
		{"Dockerfile", "COPY internal/", "COPY test/", check.Image, "out of the context"},
		{"Dockerfile", "USER 65532:65532", "USER nonroot", check.Image, "is not a number"},
		{"Dockerfile", `CMD ["/wiredesk", "health"]`, `CMD wiredesk health`, check.Image, "needs no shell"},
		{"prometheus/rules.yml", "for: 1m", "fore: 1m", check.Rules, "fore"},
		{"prometheus/rules.yml", "> 0.01", "> ", check.Rules, "parse error"},
		{"prometheus/rules.yml", "$labels.instance", "$labelz.instance", check.Rules, "labelz"},
		{"cluster/haproxy.cfg", " resolve-opts allow-dup-ip", "", check.HAProxy, "resolve-opts allow-dup-ip"},
		{"cluster/haproxy.cfg", "resolve-opts allow-dup-ip", "resolve-opts prevent-dup-ip", check.HAProxy, "resolve-opts allow-dup-ip"},
		{"cluster/haproxy.cfg", "resolvers docker resolve", "resolvers dokcer resolve", check.HAProxy, "resolvers dokcer"},
		{"cluster/haproxy.cfg", "server wiredesk-3-any wiredesk-3:3000", "server wiredesk-3-any wiredesk-4:3000", check.HAProxy, "wiredesk-4"},
		{"cluster/haproxy.cfg", "default_backend nodes", "default_backend desks", check.HAProxy, "backend desks"},
		{"prometheus/rules.yml", "> 0.01", "> 0.02", check.SameMonitoring, "monitoring/rules.yaml differs"},
		{"grafana/dashboards/wiredesk.json", `"id": 3,`, `"id": 33,`, check.SameMonitoring, "monitoring/wiredesk.json differs"},
		{"kubernetes/monitoring/kustomization.yaml", "files: [wiredesk.json]", "files: [dashboard.json]", check.Kubernetes, "dashboard.json"},
		{"prometheus/prometheus.yml", "alertmanager:9093", "alerts:9093", alerted, "not to alertmanager:9093"},
		{"compose.yml", "receiver: operators", "receiver: nobody", alerted, "nobody"},
		{"compose.yml", "email_configs:", "emails:", alerted, "emails"},
		{"compose.yml", "repeat_interval: 4h", "repeat_interval: 5h", alerted, "differ"},
		{"compose.yml", "source: alertmanager", "source: alerting", alerted, "alerting"},
		{"compose.yml", `MYSQL_PWD="$$MYSQL_PASSWORD" mysqladmin ping`, `mysqladmin ping -p"$$MYSQL_PASSWORD"`, composed, "password on its command line"},
		{"grafana/dashboards/wiredesk.json", "sum(wiredesk_gateway_sockets", "sun(wiredesk_gateway_sockets", check.Dashboard, "unknown function"},
		{"grafana/dashboards/wiredesk.json", `"id": 3,`, `"id": 2,`, check.Dashboard, "one id or one place"},
		{"kubernetes/base/deployment.yaml", "readinessProbe:", "readyProbe:", check.Kubernetes, "readyProbe"},
		{"kubernetes/base/deployment.yaml", "replicas: 3", "replicas: three", check.Kubernetes, "replicas"},
		{"kubernetes/base/deployment.yaml", "containerPort: 3000", "protocol: TCP", check.Kubernetes, "containerPort is missing"},
		{"kubernetes/base/deployment.yaml", "path: /readyz, port: http", "path: /readyz, port: web", check.Kubernetes, "a port that it has not"},
		{"kubernetes/base/deployment.yaml", "secretName: wiredesk-kafka-ca", "secretName: kafka", check.Kubernetes, "a secret that is not there"},
		{"kubernetes/base/ingress.yaml", "pathType: Prefix", "", check.Kubernetes, "pathType is missing"},
		{"kubernetes/base/ingress.yaml", "port: { name: http }", "port: { name: web }", check.Kubernetes, "which is not there"},
		{"kubernetes/base/service.yaml", "selector: { app.kubernetes.io/name: wiredesk }", "selector: { app: wiredesk }", check.Kubernetes, "which nothing has"},
		{"kubernetes/base/settings.yaml", "ADMIN_EMAIL:", "ADMIN_PASSWORD:", check.Kubernetes, "which is a secret"},
		{"kubernetes/base/settings.yaml", "KAFKA_BROKER:", "KAFKA_BROKERS:", check.Kubernetes, "KAFKA_BROKERS is no setting"},
		{"kubernetes/base/disruption.yaml", "policy/v1", "policy/v1beta1", check.Kubernetes, "is no kind that is known here"},
		{"kubernetes/base/kustomization.yaml", "resources:", "resource:", check.Kubernetes, "resource"},
		{"kubernetes/autoscale/autoscaler.yaml", "maxReplicas: 12", "", check.Kubernetes, "maxReplicas is missing"},
		{"helm/wiredesk/Chart.yaml", "version: 0.1.0", "version: 0.1", check.Chart, "version"},
		{"helm/wiredesk/Chart.yaml", "appVersion: 0.1.0", "appVersion: 0.0.9", check.Chart, "the newest one of CHANGELOG.md"},
		{"helm/wiredesk/values.yaml", "replicas: 3", "replicaCount: 3", check.Chart, "replicaCount"},
		{"helm/wiredesk/values.yaml", "KAFKA_BROKER:", "KAFKA_BROKERS:", check.Chart, "KAFKA_BROKERS is no setting"},
		{"helm/wiredesk/values.schema.json", `"JWT_SECRET", `, "", check.Chart, "allows the setting JWT_SECRET"},
		{"helm/wiredesk/templates/deployment.yaml", ".Values.secretName", ".Values.secretname", check.Chart, "not there"},
		{"helm/wiredesk/templates/deployment.yaml", "{{- end }}", "", check.Chart, "unexpected EOF"},
		{"helm/wiredesk/templates/deployment.yaml", "readinessProbe:", "readyProbe:", check.Chart, "readyProbe"},
		{"helm/wiredesk/templates/deployment.yaml", `labels: {{- include "wiredesk.labels" . | nindent 8 }}`, "labels: { app: wiredesk }", check.Chart, "which nothing has"},
		{"helm/wiredesk/templates/autoscaler.yaml", "maxReplicas:", "maxReplica:", check.Chart, "maxReplica"},
		{"systemd/wiredesk.service", "Environment=DATA_DIR", "Environment=DATADIR", check.Systemd, "DATADIR is no setting"},
	} {
		t.Run(c.file+"/"+c.to, func(t *testing.T) {
			r := broken(t, c.file, c.from, c.to)
			if found := errors.Join(c.find(r)...); found == nil || !strings.Contains(found.Error(), c.want) {
				t.Errorf("found %v, want %q", found, c.want)
			}
		})
	}
}

// broken returns a copy of the checked files, with one change in a file of deploy/.
func broken(t *testing.T, file, from, to string) check.Root {
	t.Helper()
	dir := t.TempDir()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", ".dockerignore", ".env.example", "web/package.json", "web/package-lock.json", "web/packages/client/package.json", "web/packages/react/package.json", "web/embed.go", "CHANGELOG.md"} {
		text, err := os.ReadFile("../../" + name)
		ok(err)
		ok(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		ok(os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	for _, name := range []string{"api", "cmd", "internal", "test"} {
		ok(os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	ok(os.CopyFS(filepath.Join(dir, "deploy"), os.DirFS("..")))
	path := filepath.Join(dir, "deploy", file)
	text, err := os.ReadFile(path)
	ok(err)
	if !strings.Contains(string(text), from) {
		t.Fatalf("%s has no %q to break", file, from)
	}
	ok(os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o644))
	return check.Root(dir)
}
