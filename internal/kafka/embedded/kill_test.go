package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

// killedDir is set in the process that TestEmbedded_killed starts and kills.
const killedDir = "WIREDESK_TEST_KILLED_DIR"

// TestMain publishes until it is killed in the process that TestEmbedded_killed starts.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killedDir); dir != "" {
		fmt.Fprintln(os.Stderr, publishForEver(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// publishForEver publishes events and prints the number of each acknowledged one.
func publishForEver(dir string) error {
	broker, err := embedded.Open(embedded.Config{Dir: dir})
	if err != nil {
		return err
	}
	ctx := context.Background()
	p, err := kafka.NewProducer(kafkatest.Config(broker))
	if err != nil {
		return err
	}
	tail, err := p.Tail(ctx, kafkatest.Epoch, 1_000_000)
	ids := tail.IDs
	if err != nil {
		return err
	}
	for seq := int64(len(ids)) + 1; ; seq++ {
		if err := p.Publish(ctx, kafkatest.Events(seq, seq)); err != nil {
			return err
		}
		fmt.Println(seq)
	}
}

// A killed process loses no acknowledged event and repeats none.
func TestEmbedded_killed(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), killedDir+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var acked int64
		lines := bufio.NewScanner(out)
		for n := 0; n < 200+37*round && lines.Scan(); n++ {
			if acked, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // events acknowledged before the kill
			if n, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil && n == acked+1 { // not a line cut short
				acked = n
			}
		}
		if err := child.Wait(); err == nil {
			t.Fatal("the process ended by itself")
		}

		broker := kafkatest.Open(t, embedded.Config{Dir: dir})
		p := kafkatest.NewProducer(t, kafkatest.Config(broker))
		from, seqs := kafkatest.Tail(t, p, 1_000_000)
		p.Close()
		kafkatest.Want(t, from, 1)
		if n := int64(len(seqs)); n < acked || n > acked+1 {
			t.Errorf("%d were acknowledged, %d are there", acked, n)
		}
		kafkatest.Want(t, seqs, kafkatest.Span(1, int64(len(seqs))))
		kafkatest.Close(t, broker)
	}
}
