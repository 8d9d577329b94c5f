package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Bounds in bytes.
const (
	// MaxBatchBytes bounds the batches of a Producer: the largest possible post with every character escaped.
	MaxBatchBytes = 2 << 20
	// MaxMessageBytes is the setting max.message.bytes of the topic, with room for MaxBatchBytes.
	MaxMessageBytes = 4 << 20
)

// Settings with which an acknowledged event survives the loss of a broker, and consumers can be offline
// for a day.
const (
	replicatedFrom = 3 // replicas from which on two of them must have an event
	minInSync      = 2
	shortRetention = 24 * time.Hour
)

// ensureTopic creates a missing topic. It does not change an existing one of a cluster, and returns its
// differences from the configuration as log attributes.
func ensureTopic(ctx context.Context, client *kgo.Client, cfg Config, dials *dialErrors) (differences []any, err error) {
	admin := kadm.NewClient(client)
	topics, err := admin.ListTopics(ctx, cfg.Topic)
	if err == nil {
		err = topics.Error()
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		err = createTopic(ctx, admin, cfg)
		return nil, cfg.describeError(dials, "creating the Kafka topic "+cfg.Topic, "CREATE", err)
	}
	if err != nil {
		return nil, cfg.describeError(dials, "reading about the Kafka topic "+cfg.Topic, "DESCRIBE", err)
	}
	if cfg.Local != nil {
		return cfg.differences(topics[cfg.Topic].Partitions, nil), alterTopic(ctx, admin, cfg)
	}
	settings, err := topicSettings(ctx, admin, cfg.Topic)
	if err != nil { // probably not allowed, and not required
		cfg.log().Debug("reading the settings of the Kafka topic failed", "topic", cfg.Topic, "error", err)
	}
	return cfg.differences(topics[cfg.Topic].Partitions, settings), nil
}

func createTopic(ctx context.Context, admin *kadm.Client, cfg Config) error {
	settings := map[string]*string{"max.message.bytes": new(strconv.Itoa(MaxMessageBytes))}
	if cfg.ReplicationFactor >= replicatedFrom {
		settings["min.insync.replicas"] = new(strconv.Itoa(minInSync))
	}
	if cfg.Local != nil {
		for name, value := range cfg.Local.TopicSettings {
			settings[name] = &value
		}
	}
	_, err := admin.CreateTopic(ctx, cfg.Partitions, cfg.ReplicationFactor, settings, cfg.Topic)
	if errors.Is(err, kerr.TopicAlreadyExists) { // created by another node meanwhile
		return nil
	}
	if err == nil {
		cfg.log().Info("Kafka topic created", "topic", cfg.Topic, "partitions", cfg.Partitions)
	}
	return err
}

// alterTopic sets the settings of the embedded broker's topic at each start: its retention does not run
// until they are set.
func alterTopic(ctx context.Context, admin *kadm.Client, cfg Config) error {
	var alter []kadm.AlterConfig
	for name, value := range cfg.Local.TopicSettings {
		alter = append(alter, kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value})
	}
	answers, err := admin.AlterTopicConfigs(ctx, alter, cfg.Topic)
	if err == nil {
		_, err = answers.On(cfg.Topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		return fmt.Errorf("setting up the Kafka topic %s: %w", cfg.Topic, err)
	}
	return nil
}

// topicSettings returns the settings of the topic, including defaults of the brokers.
func topicSettings(ctx context.Context, admin *kadm.Client, topic string) (map[string]string, error) {
	resources, err := admin.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return nil, err
	}
	resource, err := resources.On(topic, nil)
	if err == nil {
		err = resource.Err
	}
	settings := map[string]string{}
	for _, s := range resource.Configs {
		settings[s.Key] = s.MaybeValue()
	}
	return settings, err
}

// differences returns, as log attributes, how an existing topic differs from the configuration, and which
// of its known settings would lose or refuse events.
func (c Config) differences(partitions kadm.PartitionDetails, settings map[string]string) (list []any) {
	differs := func(what string, expected, actual any) {
		list = append(list, slog.Group(what, "expected", expected, "actual", actual))
	}
	number := func(name string) (n int, known bool) {
		n, err := strconv.Atoi(settings[name])
		return n, err == nil
	}
	replicas := partitions.NumReplicas()
	if n := len(partitions); n != int(c.Partitions) {
		differs("partitions", c.Partitions, n)
	}
	if c.ReplicationFactor > 0 && replicas != int(c.ReplicationFactor) {
		differs("replicationFactor", c.ReplicationFactor, replicas)
	}
	if n, known := number("max.message.bytes"); known && n < MaxMessageBytes {
		differs("max.message.bytes", MaxMessageBytes, n)
	}
	switch n, known := number("min.insync.replicas"); {
	case known && n > replicas:
		differs("min.insync.replicas", fmt.Sprintf("at most %d", replicas), n)
	case known && n < minInSync && replicas >= replicatedFrom:
		differs("min.insync.replicas", minInSync, n)
	}
	if policy, known := settings["cleanup.policy"]; known && policy != "delete" {
		differs("cleanup.policy", "delete", policy)
	}
	if ms, known := number("retention.ms"); known && ms >= 0 && ms < int(shortRetention.Milliseconds()) {
		differs("retention.ms", fmt.Sprintf("at least %d", shortRetention.Milliseconds()), ms)
	}
	return list
}

// unwritableReason returns why the topic's brokers cannot acknowledge events, or "".
func unwritableReason(ctx context.Context, admin *kadm.Client, topic string) (string, error) {
	topics, err := admin.ListTopics(ctx, topic)
	if err == nil {
		err = topics.Error()
	}
	if err != nil {
		return "", err
	}
	settings, _ := topicSettings(ctx, admin, topic) // without the right to read them, only missing leaders are found
	needed, _ := strconv.Atoi(settings["min.insync.replicas"])
	for _, p := range topics[topic].Partitions.Sorted() {
		switch {
		case p.Leader < 0:
			return fmt.Sprintf("partition %d of the topic %s has no leader: none of the brokers %v that hold it is up", p.Partition, topic, p.Replicas), nil
		case len(p.ISR) < min(needed, len(p.Replicas)):
			return fmt.Sprintf("partition %d of the topic %s is in step on broker %v only, of %v, and min.insync.replicas=%d: start the missing brokers",
				p.Partition, topic, p.ISR, p.Replicas, needed), nil
		}
	}
	return "", nil
}

// topicBounds returns the bounds of the topic's partitions. It retries for a second, as a new topic is
// not known to all brokers at once.
func topicBounds(ctx context.Context, client *kgo.Client, topic string) (b Bounds, err error) {
	admin := kadm.NewClient(client)
	for range 10 {
		if b.Start, err = offsets(ctx, topic, admin.ListStartOffsets); err == nil {
			b.End, err = offsets(ctx, topic, admin.ListEndOffsets)
		}
		if !errors.Is(err, kerr.UnknownTopicOrPartition) {
			break
		}
		sleep(ctx, 100*time.Millisecond)
	}
	if err != nil {
		return Bounds{}, fmt.Errorf("reading where the Kafka topic %s begins and ends: %w", topic, err)
	}
	return b, nil
}

// offsets returns one offset of each partition.
func offsets(ctx context.Context, topic string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) (map[int32]int64, error) {
	listed, err := list(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err == nil && len(listed[topic]) == 0 {
		err = kerr.UnknownTopicOrPartition
	}
	at := make(map[int32]int64, len(listed[topic]))
	for p, o := range listed[topic] {
		at[p] = o.Offset
	}
	return at, err
}
