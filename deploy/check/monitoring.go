package check

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/prometheus/alertmanager/config"
	"sigs.k8s.io/yaml"
)

const (
	rulesFile         = "deploy/prometheus/rules.yml"
	dashboardFile     = "deploy/grafana/dashboards/wiredesk.json"
	kubernetesRules   = "deploy/kubernetes/monitoring/rules.yaml"
	kubernetesDash    = "deploy/kubernetes/monitoring/wiredesk.json"
	alertmanagerName  = "alertmanager"
	alertmanagerPorts = ":9093"
)

// Monitoring returns the files of kubernetes/monitoring that are made from those of the compose files, by path: the alerts
// as a PrometheusRule, and the dashboard.
func Monitoring(r Root) (map[string][]byte, error) {
	rules, err := r.read(rulesFile)
	if err != nil {
		return nil, err
	}
	dashboard, err := r.read(dashboardFile)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(`# Made from deploy/prometheus/rules.yml: cd deploy/check && go test -run TestMonitoring -update
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: wiredesk
  labels: { app.kubernetes.io/name: wiredesk }
spec:
`)
	for line := range strings.Lines(string(rules)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if strings.TrimSpace(line) != "" {
			out.WriteString("  ")
		}
		out.WriteString(line)
	}
	return map[string][]byte{kubernetesRules: out.Bytes(), kubernetesDash: dashboard}, nil
}

// WriteMonitoring writes the files of Monitoring.
func WriteMonitoring(r Root) error {
	files, err := Monitoring(r)
	for name, text := range files {
		if err == nil {
			err = os.WriteFile(r.path(name), text, 0o644)
		}
	}
	return err
}

// SameMonitoring checks that Kubernetes has the alerts and the dashboard of the compose files.
func SameMonitoring(r Root) []error {
	files, err := Monitoring(r)
	if err != nil {
		return []error{err}
	}
	var p problems
	for name, want := range files {
		got, err := r.read(name)
		p.file(name, err)
		if err == nil && !bytes.Equal(got, want) {
			p.add("%s differs from the file of the compose files: go test -run TestMonitoring -update", name)
		}
	}
	return p
}

// Alerting checks the delivery of alerts: Prometheus sends them to the Alertmanager of each compose file, whose
// configuration is valid and has a receiver with a destination.
func Alerting(r Root, env []string) []error {
	var p problems
	const name = "deploy/prometheus/prometheus.yml"
	text, err := r.read(name)
	if err != nil {
		return []error{err}
	}
	var scrape struct {
		Alerting struct {
			Alertmanagers []struct {
				StaticConfigs []struct {
					Targets []string `json:"targets"`
				} `json:"static_configs"`
			} `json:"alertmanagers"`
		} `json:"alerting"`
	}
	if err := yaml.Unmarshal(text, &scrape); err != nil {
		return []error{fmt.Errorf("%s: %w", name, err)}
	}
	var targets []string
	for _, a := range scrape.Alerting.Alertmanagers {
		for _, s := range a.StaticConfigs {
			targets = append(targets, s.Targets...)
		}
	}
	if !slices.Contains(targets, alertmanagerName+alertmanagerPorts) {
		p.add("%s: Prometheus sends alerts to %v, not to %s", name, targets, alertmanagerName+alertmanagerPorts)
	}
	var contents []string
	for _, file := range []string{"compose.yml", "compose.cluster.yml"} {
		project, found := Compose(r, env, file)
		p = append(p, found...)
		if project == nil {
			continue
		}
		if _, ok := project.Services[alertmanagerName]; !ok {
			p.add("%s: there is no service %s: alerts reach nobody", file, alertmanagerName)
			continue
		}
		content := project.Configs[alertmanagerName].Content
		contents = append(contents, content)
		cfg, err := config.Load(content)
		if err != nil {
			p.add("%s: the configuration of Alertmanager: %w", file, err)
			continue
		}
		for _, receiver := range cfg.Receivers {
			if receiver.Name == cfg.Route.Receiver && len(receiver.EmailConfigs)+len(receiver.WebhookConfigs) == 0 {
				p.add("%s: the receiver %s of Alertmanager reaches nobody", file, receiver.Name)
			}
		}
	}
	if len(slices.Compact(contents)) > 1 {
		p.add("the configurations of Alertmanager in the compose files differ")
	}
	return p
}
