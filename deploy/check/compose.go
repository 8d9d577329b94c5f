package check

import (
	"context"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// outside are the services that other machines may reach: they sign everybody in.
var outside = []string{"wiredesk", "lb", "caddy"}

// passwordArgument matches an option with a password of MySQL's tools.
var passwordArgument = regexp.MustCompile(`mysql\w*.* (-p\S|--password=)`)

// Compose loads files of deploy/ together, as 'docker compose -f … -f …' does, with env alone as the
// environment, and looks at each service.
func Compose(r Root, env []string, files ...string) (*types.Project, []error) {
	var p problems
	name := strings.Join(files, "+")
	var paths []string
	for _, f := range files {
		paths = append(paths, r.path("deploy/"+f))
	}
	options, err := cli.NewProjectOptions(paths, cli.WithWorkingDirectory(r.path("deploy")), cli.WithEnv(env))
	if err != nil {
		return nil, []error{err}
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		p.file(name, err)
		return nil, p
	}
	for _, s := range project.Services {
		p.service(r, project, s)
	}
	return project, p
}

func (p *problems) service(r Root, project *types.Project, s types.ServiceConfig) {
	if _, tag, ok := strings.Cut(s.Image[strings.LastIndex(s.Image, "/")+1:], ":"); !ok || tag == "latest" {
		p.add("%s: image %q names no version", s.Name, s.Image)
	}
	if s.Restart == "" {
		p.add("%s: it has no restart policy", s.Name)
	}
	if s.Deploy == nil || s.Deploy.Resources.Limits == nil || s.Deploy.Resources.Limits.MemoryBytes == 0 {
		p.add("%s: its memory is not limited", s.Name)
	}
	if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		p.add("%s: it may take new privileges", s.Name)
	}
	if s.HealthCheck != nil && passwordArgument.MatchString(strings.Join(s.HealthCheck.Test, " ")) {
		p.add("%s: its health check has a password on its command line, which every process list shows", s.Name)
	}
	for _, port := range s.Ports {
		if port.HostIP != "127.0.0.1" && !slices.Contains(outside, s.Name) {
			p.add("%s: port %s is open to other machines", s.Name, port.Published)
		}
	}
	for _, v := range s.Volumes {
		if v.Type != types.VolumeTypeBind || strings.Contains(v.Source, "/cluster/tls/") { // made by certs.sh
			continue
		}
		if _, err := os.Stat(v.Source); err != nil {
			p.file(s.Name, err)
		}
	}
	for other, d := range s.DependsOn {
		if d.Condition == types.ServiceConditionHealthy && !tellsHealth(project.Services[other]) {
			p.add("%s: it waits for the health of %s, which has no health check", s.Name, other)
		}
	}
	if s.Build == nil {
		return
	}
	if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") {
		p.add("%s: it may change its own files, or has capabilities", s.Name)
	}
	p.unknown(r, s.Name, slices.Sorted(maps.Keys(s.Environment)))
}

// tellsHealth reports whether s has a health check; that of our own image is in the Dockerfile.
func tellsHealth(s types.ServiceConfig) bool { return s.HealthCheck != nil || s.Build != nil }

// Published returns which service of the project has which ports of the machine.
func Published(project *types.Project) map[string]string {
	ports := map[string]string{}
	for _, s := range project.Services {
		for _, port := range s.Ports {
			ports[port.Published] = s.Name
		}
	}
	return ports
}

var errNoVariable = errors.New("it starts without its passwords")

// NeedsPasswords fails when the file can be loaded without what secrets.sh writes.
func NeedsPasswords(r Root, file string) error {
	if _, found := Compose(r, nil, file); len(found) == 0 || !strings.Contains(errors.Join(found...).Error(), "run ./secrets.sh first") {
		return errors.Join(append(found, errNoVariable)...)
	}
	return nil
}
