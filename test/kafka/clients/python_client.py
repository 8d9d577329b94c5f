"""Uses the embedded broker with confluent-kafka, which is librdkafka, and prints for each step a line
with its name, "ok" or the error, and the milliseconds it took, separated by tabs. What the client
logs goes to the standard error, every exchange about telemetry included.

Arguments: the broker's address, the topic, the number of records on it.
"""

import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

broker, topic, records = sys.argv[1], sys.argv[2], int(sys.argv[3])
errors = []


def step(name, run):
    start, result = time.monotonic(), "ok"
    try:
        run()
    except KafkaException as e:
        result = e.args[0].name()
    except Exception as e:
        result = repr(e)
    print(name, result, int((time.monotonic() - start) * 1000), sep="\t", flush=True)


def settings(**others):
    common = {"bootstrap.servers": broker, "error_cb": errors.append, "debug": "telemetry"}
    return common | {name.replace("_", "."): value for name, value in others.items()}


def produce(codec, acks):
    failed = []
    producer = Producer(settings(compression_type=codec, acks=acks))
    producer.produce(topic, b"a record of another program " * 100, on_delivery=lambda e, _: e and failed.append(e))
    if producer.flush(20) or failed:
        raise RuntimeError(f"not delivered: {failed}")


def consume(protocol):
    consumer = Consumer(settings(group_id="python-" + protocol, group_protocol=protocol, auto_offset_reset="earliest",
                                 enable_metrics_push=True))
    consumer.subscribe([topic])
    read, end = 0, time.monotonic() + 20
    while read < records:
        if time.monotonic() > end:
            raise RuntimeError(f"{read} of {records} records")
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            read += 1
    consumer.commit(asynchronous=False)
    consumer.close()


def no_errors():
    if errors:
        raise RuntimeError([str(e) for e in errors])


for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
    step("produce " + codec, lambda: produce(codec, "all"))
step("produce acks=0", lambda: produce("none", "0"))
for protocol in ("classic", "consumer"):
    step("consume " + protocol, lambda: consume(protocol))

admin = AdminClient(settings())
resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
step("list_topics", lambda: admin.list_topics(timeout=30))
step("describe_topics", lambda: admin.describe_topics(TopicCollection([topic]))[topic].result())
step("describe_cluster", lambda: admin.describe_cluster().result())
step("describe_configs", lambda: admin.describe_configs([resource])[resource].result())
step("list_consumer_groups", lambda: admin.list_consumer_groups().result())
step("describe_consumer_groups", lambda: admin.describe_consumer_groups(["python-classic"])["python-classic"].result())
step("create_topics", lambda: admin.create_topics([NewTopic("mine", 1, 1)], operation_timeout=5, request_timeout=30)["mine"].result())
step("delete_topics", lambda: admin.delete_topics([topic], operation_timeout=5, request_timeout=30)[topic].result())
step("errors", no_errors)
