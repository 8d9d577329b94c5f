package embedded_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

func TestEmbedded_keepsItsLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for round := range int64(4) {
			broker := kafkatest.Open(t, embedded.Config{Dir: dir})
			p := kafkatest.NewProducer(t, kafkatest.Config(broker))
			from, seqs := kafkatest.Tail(t, p, 1000)
			kafkatest.Want(t, from, 1)
			kafkatest.Want(t, len(seqs), int(round)*100)
			kafkatest.Publish(t, p, kafkatest.Events(round*100+1, round*100+100))
			p.Close()
			kafkatest.Want(t, broker.Health(), nil)
			kafkatest.Close(t, broker)
		}
		info, err := os.Stat(filepath.Join(dir, "embedded"))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Error(info.Mode(), err)
		}
	})
}

// Two brokers on one directory would write clashing offsets.
func TestEmbedded_secondOpenerIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := kafkatest.Open(t, embedded.Config{Dir: dir})
	_, err := embedded.Open(embedded.Config{Dir: dir})
	if err == nil || err.Error() != "another wiredesk is running on "+dir+" (process "+strconv.Itoa(os.Getpid())+")" {
		t.Error(err)
	}
	kafkatest.Close(t, first)
	kafkatest.Close(t, kafkatest.Open(t, embedded.Config{Dir: dir}))
}

func TestEmbedded_brokenLogIsMovedAside(t *testing.T) {
	breakages := map[string]func(dir string) error{
		"no meta.json":      func(dir string) error { return os.Remove(filepath.Join(dir, "meta.json")) },
		"no topics.json":    func(dir string) error { return os.Remove(filepath.Join(dir, "topics.json")) },
		"empty topics.json": func(dir string) error { return os.Truncate(filepath.Join(dir, "topics.json"), 0) },
		"garbage meta.json": func(dir string) error { return os.WriteFile(filepath.Join(dir, "meta.json"), []byte("{{{"), 0o600) },
		"a file is in its way": func(dir string) error {
			partition := filepath.Join(dir, "partitions", "blog-events-0")
			return errors.Join(os.RemoveAll(partition), os.WriteFile(partition, nil, 0o600))
		},
	}
	for name, damage := range breakages {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir, log := t.TempDir(), new(kafkatest.LogBuffer)
				broker := kafkatest.Open(t, embedded.Config{Dir: dir})
				p := kafkatest.NewProducer(t, kafkatest.Config(broker))
				kafkatest.Publish(t, p, kafkatest.Events(1, 10))
				p.Close()
				kafkatest.Close(t, broker)
				if err := damage(filepath.Join(dir, "embedded")); err != nil {
					t.Fatal(err)
				}

				broker = kafkatest.Open(t, embedded.Config{Dir: dir, Logger: log.Logger()})
				defer kafkatest.Close(t, broker)
				p = kafkatest.NewProducer(t, kafkatest.Config(broker))
				defer p.Close()
				from, seqs := kafkatest.Tail(t, p, 100)
				kafkatest.Want(t, from, 1)
				kafkatest.Want(t, len(seqs), 0)
				kafkatest.Publish(t, p, kafkatest.Events(1, 10))
				aside, err := filepath.Glob(filepath.Join(dir, "embedded.broken-*"))
				if err != nil || len(aside) != 1 || !strings.Contains(log.String(), aside[0]) {
					t.Errorf("moved aside: %v, logged: %s", aside, log)
				}
			})
		})
	}
}

// A killed process leaves a torn end: the rest of the log is kept, and the broker is healthy.
func TestEmbedded_tornEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, log := t.TempDir(), new(kafkatest.LogBuffer)
		broker := kafkatest.Open(t, embedded.Config{Dir: dir})
		p := kafkatest.NewProducer(t, kafkatest.Config(broker))
		for seq := range int64(10) {
			kafkatest.Publish(t, p, kafkatest.Events(seq+1, seq+1))
		}
		p.Close()
		kafkatest.Close(t, broker)
		segments, err := filepath.Glob(filepath.Join(dir, "embedded", "partitions", "*", "*.dat"))
		if err != nil || len(segments) == 0 {
			t.Fatal(segments, err)
		}
		for _, segment := range segments {
			info, err := os.Stat(segment)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(segment, max(0, info.Size()-5)); err != nil {
				t.Fatal(err)
			}
		}
		broker = kafkatest.Open(t, embedded.Config{Dir: dir, Logger: log.Logger()})
		defer kafkatest.Close(t, broker)
		p = kafkatest.NewProducer(t, kafkatest.Config(broker))
		defer p.Close()
		from, seqs := kafkatest.Tail(t, p, 100)
		kafkatest.Want(t, from, 1)
		kafkatest.Want(t, len(seqs), 10-len(segments))
		kafkatest.Want(t, broker.Health(), nil)
		if !strings.Contains(log.String(), "truncating") {
			t.Errorf("logged: %s", log)
		}
	})
}

// The cap is enforced after a restart too, and never empties a partition: its offsets would begin at 0
// again at the next start.
func TestEmbedded_logIsCapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		broker := kafkatest.Open(t, embedded.Config{Dir: dir})
		cfg := kafkatest.Config(broker)
		cfg.Partitions = 1
		p := kafkatest.NewProducer(t, cfg)
		p.Close()
		other := kafkatest.NewClient(t, cfg, kgo.ProducerBatchCompression(kgo.NoCompression()))
		value := make([]byte, 900_000)
		random := rand.NewChaCha8([32]byte{})
		for range 90 {
			if _, err := io.ReadFull(random, value); err != nil {
				t.Fatal(err)
			}
			if err := other.ProduceSync(t.Context(), &kgo.Record{Topic: kafkatest.TopicName, Value: bytes.Clone(value)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		other.Close()
		kafkatest.Close(t, broker)

		broker = kafkatest.Open(t, embedded.Config{Dir: dir})
		cfg = kafkatest.Config(broker)
		p = kafkatest.NewProducer(t, cfg)
		time.Sleep(61 * time.Second)
		p.Close()
		other = kafkatest.NewClient(t, cfg)
		start, end := kafkatest.Offsets(t, other, kafkatest.TopicName)
		other.Close()
		if start[0] < 10 || start[0] > 30 || end[0] != 90 {
			t.Errorf("start %d, end %d", start[0], end[0])
		}
		time.Sleep(1000 * time.Hour)
		kafkatest.Close(t, broker)
		if size := diskUse(t, dir); size > 64<<20+9<<20 {
			t.Errorf("%d MiB on disk", size>>20)
		}

		broker = kafkatest.Open(t, embedded.Config{Dir: dir})
		defer kafkatest.Close(t, broker)
		other = kafkatest.NewClient(t, kafkatest.Config(broker))
		defer other.Close()
		_, end = kafkatest.Offsets(t, other, kafkatest.TopicName)
		kafkatest.Want(t, end[0], 90)
	})
}

func diskUse(t *testing.T, dir string) (size int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "embedded", "partitions", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	return size
}

// Failed writes are only logged by the broker; Health reports them.
func TestEmbedded_healthOfItsDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, log := t.TempDir(), new(kafkatest.LogBuffer)
		broker := kafkatest.Open(t, embedded.Config{Dir: dir, Logger: log.Logger()})
		defer kafkatest.Close(t, broker)
		partitions := filepath.Join(dir, "embedded", "partitions")
		if err := os.RemoveAll(partitions); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(partitions, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		p := kafkatest.NewProducer(t, kafkatest.Config(broker))
		defer p.Close()
		if err := p.Publish(t.Context(), kafkatest.Events(1, 1)); err == nil {
			t.Fatal("acknowledged what could not be stored")
		}
		if err := broker.Health(); err == nil || !strings.Contains(err.Error(), "not a directory") {
			t.Errorf("health %v", err)
		}
		if err := os.Remove(partitions); err != nil {
			t.Fatal(err)
		}
		kafkatest.Publish(t, p, kafkatest.Events(1, 1))
		time.Sleep(2 * time.Minute)
		kafkatest.Want(t, broker.Health(), nil)
	})
}
