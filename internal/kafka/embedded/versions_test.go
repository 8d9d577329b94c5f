package embedded_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

// versions requests ApiVersions.
func versions(t *testing.T, address string, version uint16) *kmsg.ApiVersionsResponse {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := []byte{0, 0, 0, 42, 0xff, 0xff}
	if version >= 3 {
		body = append(body, 0, 2, 'a', 2, '1')
		if version >= 5 {
			body = append(body, 0, 0xff, 0xff, 0xff, 0xff)
		}
		body = append(body, 0)
	}
	if _, err := conn.Write(frame(uint32(4+len(body)), uint16(kmsg.ApiVersions), version, body...)); err != nil {
		t.Fatal(err)
	}
	size := make([]byte, 4)
	if _, err := io.ReadFull(conn, size); err != nil {
		t.Fatalf("version %d: %v", version, err)
	}
	answer := make([]byte, binary.BigEndian.Uint32(size))
	if _, err := io.ReadFull(conn, answer); err != nil {
		t.Fatal(err)
	}
	response := kmsg.NewPtrApiVersionsResponse()
	if version <= 5 {
		response.SetVersion(int16(version))
	}
	if err := response.ReadFrom(answer[4:]); err != nil || answer[3] != 42 {
		t.Fatalf("version %d: %x: %v", version, answer, err)
	}
	return response
}

// All advertised requests are served. Clients do not send others.
func TestExternal_advertisesWhatItServes(t *testing.T) {
	log := new(kafkatest.LogBuffer)
	_, outside := openTCP(t, log)
	for version := range uint16(6) {
		response := versions(t, outside.Brokers[0], version)
		if len(response.ApiKeys) != 22 || response.ErrorCode != 0 {
			t.Errorf("version %d: %d requests, error %d", version, len(response.ApiKeys), response.ErrorCode)
		}
		for _, k := range response.ApiKeys {
			switch kmsg.Key(k.ApiKey) {
			case kmsg.GetTelemetrySubscriptions, kmsg.PushTelemetry, kmsg.DescribeTopicPartitions, kmsg.CreateTopics, kmsg.DeleteRecords:
				t.Errorf("version %d advertises %s", version, kmsg.Key(k.ApiKey).Name())
			}
		}
		for _, f := range response.SupportedFeatures {
			if f.Name == "transaction.version" || f.Name == "share.version" {
				t.Errorf("version %d advertises %s", version, f.Name)
			}
		}
	}
	for _, version := range []uint16{6, 99, 0x7fff, 0xffff} {
		response := versions(t, outside.Brokers[0], version)
		if response.ErrorCode != 35 || len(response.ApiKeys) != 1 || response.ApiKeys[0].ApiKey != 18 || response.ApiKeys[0].MaxVersion != 5 {
			t.Errorf("version %d: %+v", version, response)
		}
	}
	if log.String() != "" {
		t.Errorf("logged: %s", log)
	}
}
