package embedded_test

import (
	"bytes"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/test/services"
)

// Kafka's own tools and kcat read the topic over TLS.
func TestTools_readOurTopic(t *testing.T) {
	if !services.Running() {
		return
	}
	s, cluster := kafkatest.OnCluster(t), services.Cluster()
	p := kafkatest.NewProducer(t, s.Config())
	defer p.Close()
	published := kafkatest.Events(1, 30)
	kafkatest.Publish(t, p, published)

	described := output(t, "../../../test/services/services", "tool", "kafka-topics", "--describe", "--topic", s.Name)
	for _, part := range []string{"PartitionCount: 3", "ReplicationFactor: 3", "min.insync.replicas=2", "max.message.bytes=4194304"} {
		if !strings.Contains(described, part) {
			t.Errorf("kafka-topics does not print %s:\n%s", part, described)
		}
	}
	for tool, lines := range map[string]string{
		"kcat": output(t, "kcat", "-q", "-C", "-e", "-o", "beginning", "-t", s.Name, "-f", `%h\t%k\t%s\n`,
			"-b", strings.Join(cluster.Brokers, ","), "-X", "security.protocol=sasl_ssl", "-X", "ssl.ca.location="+cluster.CAFile,
			"-X", "sasl.mechanism=PLAIN", // Debian's librdkafka 2.0 does SCRAM in a way that Kafka 4 refuses
			"-X", "sasl.username="+cluster.Username, "-X", "sasl.password="+cluster.Password),
		"kafka-console-consumer": output(t, "../../../test/services/services", "tool", "kafka-console-consumer", "--topic", s.Name,
			"--from-beginning", "--max-messages", "30", "--group", s.Name,
			"--formatter-property", "print.headers=true", "--formatter-property", "print.key=true"),
	} {
		t.Run(tool, func(t *testing.T) { wantRecords(t, lines, published, nil) })
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

// readers are the programs that print the records of a topic: the headers, the key and the value of each.
var readers = map[string]func(brokers []string, topic string, count int) (name string, args []string){
	"kcat": func(brokers []string, topic string, _ int) (string, []string) {
		return "kcat", []string{"-q", "-C", "-e", "-o", "beginning", "-b", strings.Join(brokers, ","), "-t", topic, "-f", `%h\t%k\t%s\n`}
	},
	"Java": service("read-java"), "confluent-kafka": service("read-confluent"),
	"kafka-python": service("read-kafka-python"), "kafkajs": service("read-kafkajs"),
}

func service(client string) func(brokers []string, topic string, count int) (string, []string) {
	return func(brokers []string, topic string, count int) (string, []string) {
		return "../../../test/services/services", []string{"client", client, strings.Join(brokers, ","), topic, strconv.Itoa(count)}
	}
}

// Clients of other projects read the topic as it is compressed unless KAFKA_COMPRESSION is set, without extra packages.
func TestClients_readOurTopic(t *testing.T) {
	if !services.Running() {
		t.Log("left out, as the clients are installed by: make services")
		return
	}
	broker, outside := openTCP(t, new(kafkatest.LogBuffer))
	onCluster := kafkatest.OnCluster(t).Config()
	embedded := kafkatest.Config(broker)
	embedded.Form = onCluster.Form
	for name, c := range map[string]struct {
		cfg     kafka.Config
		brokers []string
	}{
		"embedded": {embedded, outside.Brokers},
		"cluster":  {onCluster, services.Cluster().Plain},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.Secret = []byte("the secret of the readers")
			p := kafkatest.NewProducer(t, c.cfg)
			defer p.Close()
			published := kafkatest.Events(1, 60)
			kafkatest.Publish(t, p, published[:1])
			kafkatest.Publish(t, p, published[1:])
			for name, reader := range readers {
				t.Run(name, func(t *testing.T) {
					program, args := reader(c.brokers, c.cfg.Topic, len(published))
					wantRecords(t, output(t, program, args...), published, c.cfg.Secret)
				})
			}
		})
	}
}

// wantRecords reads a line for each event, with the headers, the key and the value, each post's in order.
func wantRecords(t *testing.T, lines string, published []event.Event, secret []byte) {
	t.Helper()
	var got []event.Event
	newest := map[int64]int64{} // of each post
	for line := range strings.Lines(lines) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) < 3 {
			t.Fatalf("got the line %q", line)
		}
		_, e, err := event.DecodeCloud([]byte(fields[2]))
		if err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		headers := map[string]string{}
		for pair := range strings.SplitSeq(fields[0], ",") {
			if at := strings.IndexAny(pair, ":="); at > 0 {
				headers[pair[:at]] = pair[at+1:]
			}
		}
		kafkatest.Want(t, headers, map[string]string{"content-type": event.ContentType, "ce_type": string(e.Type), "ce_id": e.ID, "ce_source": "/wiredesk/kafkatest",
			"ce_subject": e.Subject(), "ce_time": e.Time.Format(event.TimeFormat), "ce_sequence": event.Sequence(e.Seq), "ce_epoch": e.Epoch,
			"wiredesk-mac": string(kafkatest.MAC(t, secret, []byte(fields[2])))})
		kafkatest.Want(t, fields[1], strconv.FormatInt(e.PostID, 10))
		if e.Seq <= newest[e.PostID] {
			t.Errorf("the event %d of post %d is behind the event %d", e.Seq, e.PostID, newest[e.PostID])
		}
		newest[e.PostID] = e.Seq
		got = append(got, e)
	}
	slices.SortFunc(got, func(a, b event.Event) int { return int(a.Seq - b.Seq) })
	kafkatest.Want(t, got, published)
}
