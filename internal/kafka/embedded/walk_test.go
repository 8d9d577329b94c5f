package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// fillRandom sets v to random values: short texts, arrays of up to three elements.
func fillRandom(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Field(i).CanSet() && name != "Version" && name != "UnknownTags" {
				fillRandom(r, v.Field(i))
			}
		}
	case reflect.Pointer:
		if v.SetZero(); r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fillRandom(r, v.Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
		for i := range v.Len() {
			fillRandom(r, v.Index(i))
		}
	case reflect.Array:
		v.Index(r.IntN(v.Len())).SetUint(7)
	case reflect.String:
		v.SetString("some text"[:r.IntN(10)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Uint8:
		v.SetUint(uint64(r.IntN(256)))
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(r.Int64N(1<<7) - 1<<6)
	default:
		panic("a request has a field of the kind " + v.Kind().String())
	}
}

// randomRequest returns a request without the tags that only brokers send.
func randomRequest(r *rand.Rand, key kmsg.Key, version int16) kmsg.Request {
	request := key.Request()
	fillRandom(r, reflect.ValueOf(request).Elem())
	request.SetVersion(version)
	if fetch, ok := request.(*kmsg.FetchRequest); ok {
		plain := kmsg.NewFetchRequest()
		fetch.ClusterID, fetch.ReplicaState = plain.ClusterID, plain.ReplicaState
		for i := range fetch.Topics {
			for j := range fetch.Topics[i].Partitions {
				p, plain := &fetch.Topics[i].Partitions[j], kmsg.NewFetchRequestTopicPartition()
				p.ReplicaDirectoryID, p.HighWatermark = plain.ReplicaDirectoryID, plain.HighWatermark
			}
		}
	}
	return request
}

func encode(request kmsg.Request) []byte {
	return kmsg.NewRequestFormatter(kmsg.FormatterClientID("a client")).AppendRequest(nil, request, 77)
}

// The layouts are those of the library, in every version that is served.
func TestCheckRequest_agreesWithTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for key, l := range layouts {
		if request := key.Request(); request == nil || request.MaxVersion() < l.max {
			t.Errorf("%s has no version %d", key.Name(), l.max)
		}
		for version := l.min; version <= l.max; version++ {
			for range 200 {
				raw := encode(randomRequest(r, key, version))[4:]
				h, body, err := checkRequest(raw)
				if err != nil || h.key != key || h.version != version || h.correlation != 77 || h.clientID != "a client" {
					t.Fatalf("%s %d: %+v, %v: %x", key.Name(), version, h, err, raw)
				}
				if request := key.Request(); true {
					request.SetVersion(version)
					if err := request.ReadFrom(body); err != nil {
						t.Fatalf("%s %d: the body is another: %v", key.Name(), version, err)
					}
				}
				// The walk includes the last byte.
				if _, _, err := checkRequest(raw[:len(raw)-1]); err == nil && len(body) > 0 {
					t.Fatalf("%s %d passes without its last byte: %x", key.Name(), version, raw)
				}
			}
		}
	}
}

// Each number of tags or elements and each length in a request is set to the largest value in turn, by
// trying every offset.
func TestCheckRequest_largeNumbersAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	huge := [][]byte{{0xff, 0xff, 0xff, 0xff, 0x0f}, {0xff, 0xff, 0xff, 0xff, 0x07}, {0x7f, 0xff, 0xff, 0xff}, {0x80, 0x80, 0x80, 0x80, 0x08}}
	for key, l := range layouts {
		for version := l.min; version <= l.max; version++ {
			raw := encode(randomRequest(r, key, version))[4:]
			for at := 8; at < len(raw); at++ {
				for _, number := range huge {
					for _, attack := range [][]byte{append(bytes.Clone(raw[:at]), number...), append(append(bytes.Clone(raw[:at]), number...), raw[at+1:]...)} {
						decodeInTime(t, attack)
					}
				}
			}
		}
	}
}

// decodeInTime decodes raw as the broker does if it passes the check, and fails when that
// takes long. An unchecked number of tags takes about 40 s.
func decodeInTime(t *testing.T, raw []byte) {
	t.Helper()
	h, body, err := checkRequest(raw)
	if err != nil {
		return
	}
	request := h.key.Request()
	request.SetVersion(h.version)
	start := time.Now()
	_ = request.ReadFrom(body) // may fail, for example at a null that is not allowed
	if took := time.Since(start); took > 2*time.Second {
		t.Fatalf("decoding %s took %s: %x", h.key.Name(), took, raw)
	}
}

func TestCheckRequest_bounds(t *testing.T) {
	elements := func(n int) []byte {
		metadata := kmsg.NewPtrMetadataRequest()
		metadata.SetVersion(12)
		for range n {
			metadata.Topics = append(metadata.Topics, kmsg.NewMetadataRequestTopic())
		}
		return encode(metadata)[4:]
	}
	header := func(key kmsg.Key, version uint16, rest ...byte) []byte {
		raw := binary.BigEndian.AppendUint16(nil, uint16(key))
		raw = binary.BigEndian.AppendUint16(raw, version)
		return append(append(raw, 0, 0, 0, 1, 0xff, 0xff), rest...)
	}
	replica := kmsg.NewPtrFetchRequest()
	replica.SetVersion(18)
	replica.ClusterID = new("a cluster")
	for name, test := range map[string]struct {
		raw  []byte
		want error
	}{
		"largest array":      {elements(maxElements), nil},
		"too large an array": {elements(maxElements + 1), errTooMany},
		"header tags":        {header(kmsg.ApiVersions, 3, 0xff, 0xff, 0xff, 0xff, 0x0f), errTruncated},
		"body tags":          {header(kmsg.ApiVersions, 3, 0, 2, 'a', 2, '1', 0xff, 0xff, 0xff, 0xff, 0x0f), errTruncated},
		"some header tags":   {header(kmsg.ApiVersions, 3, 1, 5, 2, 0, 0, 2, 'a', 2, '1', 0), nil},
		"a tag too long":     {header(kmsg.ApiVersions, 3, 0, 2, 'a', 2, '1', 1, 9, 0x7f), errTruncated},
		"a broker's tag":     {encode(replica)[4:], errTags},
		"an array too long":  {header(kmsg.Metadata, 1, 0x7f, 0xff, 0xff, 0xff, 0, 1), errTruncated},
		"no header":          {[]byte{0, 3, 0}, errTruncated},
	} {
		if _, _, err := checkRequest(test.raw); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, not %v", name, err, test.want)
		}
	}
	for _, raw := range [][]byte{header(kmsg.PushTelemetry, 0, 0), header(kmsg.Fetch, 3), header(kmsg.Produce, 14), header(0x7fff, 0)} {
		if _, _, err := checkRequest(raw); err == nil {
			t.Errorf("%x is served", raw)
		}
	}
}
