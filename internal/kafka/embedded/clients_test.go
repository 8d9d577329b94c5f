package embedded_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/test/services"
)

// slowStep is longer than any step of a client on a busy machine, including its start, and shorter than
// the clients' timeouts for an answer.
const slowStep = 25 * time.Second

// unsupported are the requests of administrators that the embedded broker does not serve, in
// the words of test/kafka/clients. Each other step succeeds.
var unsupported = strings.Fields(`createTopics deleteTopics createPartitions deleteRecords incrementalAlterConfigs describeLogDirs
	describeReplicaLogDirs describeAcls createAcls deleteAcls describeClientQuotas describeUserScramCredentials describeDelegationToken
	listPartitionReassignments electLeaders describeMetadataQuorum describeProducers describeTransactions listTransactions
	listClientMetricsResources create_topics delete_topics`)

// Clients of other projects use the embedded broker: each step works or is refused by the
// client at once, and none makes the broker disconnect a client.
func TestExternal_otherClients(t *testing.T) {
	if !services.Running() {
		t.Log("left out, as the clients are installed by: make services")
		return
	}
	refused := map[string]bool{"produce in a transaction": true}
	for _, name := range unsupported {
		refused[name] = true
	}
	for name, steps := range map[string]int{"java": 42, "java-3.9": 42, "python": 17} {
		t.Run(name, func(t *testing.T) {
			log := new(kafkatest.LogBuffer)
			broker, outside := openTCP(t, log)
			p := kafkatest.NewProducer(t, kafkatest.Config(broker))
			defer p.Close()
			reader := kafkatest.Consume(t, outside)
			defer reader.Close(t)
			kafkatest.Publish(t, p, kafkatest.Events(1, 30))
			const produced = 6 // by the client itself
			lines := strings.Split(strings.TrimSpace(output(t, "../../../test/services/services", "client", name,
				outside.Brokers[0], kafkatest.TopicName, strconv.Itoa(30+produced))), "\n")
			for _, line := range lines {
				checkStep(t, line, refused)
			}
			if len(lines) != steps {
				t.Errorf("%d steps, not %d:\n%s", len(lines), steps, strings.Join(lines, "\n"))
			}
			kafkatest.Want(t, reader.Next(t, 30), kafkatest.Span(1, 30))
			if strings.Contains(log.String(), "disconnected") {
				t.Errorf("logged: %s", log)
			}
		})
	}
}

// checkStep checks a line of a client: name, result and milliseconds.
func checkStep(t *testing.T, line string, refused map[string]bool) {
	t.Helper()
	parts := strings.Split(line, "\t")
	if len(parts) != 3 {
		t.Errorf("a line of another form: %q", line)
		return
	}
	result, ok := parts[1], false
	switch {
	case refused[parts[0]]:
		ok = result == "UnsupportedVersionException" || result == "_UNSUPPORTED_FEATURE"
	default:
		ok = result == "ok"
	}
	ms, err := strconv.Atoi(parts[2])
	if !ok || err != nil || time.Duration(ms)*time.Millisecond > slowStep {
		t.Errorf("%s: %s after %s ms", parts[0], result, parts[2])
	}
}
