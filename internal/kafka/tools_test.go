package kafka_test

import (
	"bytes"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/test/services"
)

// Other people's tools read what we write, as the contract tells it.
func TestTools_readOurTopic(t *testing.T) {
	if !services.Running() {
		return
	}
	s, cluster := kafkatest.OnCluster(t), services.Cluster()
	p := producer(t, s.Config())
	defer p.Close()
	published := events(1, 30)
	publish(t, p, published)

	described := output(t, "../../test/services/services", "tool", "kafka-topics", "--describe", "--topic", s.Topic)
	for _, part := range []string{"PartitionCount: 3", "ReplicationFactor: 3", "min.insync.replicas=2", "max.message.bytes=4194304"} {
		if !strings.Contains(described, part) {
			t.Errorf("kafka-topics does not tell %s:\n%s", part, described)
		}
	}
	for tool, lines := range map[string]string{
		"kcat": output(t, "kcat", "-q", "-C", "-e", "-o", "beginning", "-t", s.Topic, "-f", `%h\t%k\t%s\n`,
			"-b", strings.Join(cluster.Brokers, ","), "-X", "security.protocol=sasl_ssl", "-X", "ssl.ca.location="+cluster.CAFile,
			"-X", "sasl.mechanism=PLAIN", // Debian's librdkafka 2.0 does SCRAM in a way that Kafka 4 refuses
			"-X", "sasl.username="+cluster.Username, "-X", "sasl.password="+cluster.Password),
		"kafka-console-consumer": output(t, "../../test/services/services", "tool", "kafka-console-consumer", "--topic", s.Topic,
			"--from-beginning", "--max-messages", "30", "--group", s.Topic,
			"--formatter-property", "print.headers=true", "--formatter-property", "print.key=true"),
	} {
		t.Run(tool, func(t *testing.T) { wantRecords(t, lines, published) })
	}
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &stderr)
	}
	return string(out)
}

// wantRecords reads a line for each event, with the header, the key and the value, in any order of the posts.
func wantRecords(t *testing.T, lines string, published []event.Event) {
	t.Helper()
	var got []event.Event
	for line := range strings.Lines(lines) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) < 3 {
			t.Fatalf("got the line %q", line)
		}
		_, e, err := event.DecodeCloud([]byte(fields[2]))
		if err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		for _, header := range []string{"content-type", "ce_sequence", "wiredesk-mac"} {
			if !strings.Contains(","+strings.ReplaceAll(fields[0], "=", ":"), ","+header+":") {
				t.Errorf("the header %s is missing in %q", header, fields[0])
			}
		}
		want(t, fields[1], strconv.FormatInt(e.PostID, 10))
		got = append(got, e)
	}
	slices.SortFunc(got, func(a, b event.Event) int { return int(a.Seq - b.Seq) })
	want(t, got, published)
}
