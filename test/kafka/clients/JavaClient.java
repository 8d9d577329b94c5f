import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

/**
 * Uses the embedded broker with Kafka's own client, and prints for each step a line with its
 * name, "ok" or the class of its exception, and the milliseconds it took, separated by tabs.
 *
 * Arguments: the broker's address, the topic, the number of records on it.
 */
public class JavaClient {
  static String broker, topic;

  public static void main(String[] args) throws Exception {
    broker = args[0];
    topic = args[1];
    int records = Integer.parseInt(args[2]);
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      step("produce " + codec, () -> produce(codec, "all", null));
    }
    step("produce acks=0", () -> produce("none", "0", null));
    step("produce in a transaction", () -> produce("none", "all", "t"));
    for (String protocol : List.of("classic", "consumer")) {
      step("consume " + protocol, () -> consume(protocol, records));
    }
    try (Admin admin = Admin.create(settings(Map.of("default.api.timeout.ms", 60000, "request.timeout.ms", 30000)))) {
      admin(admin);
    }
  }

  static Map<String, Object> settings(Map<String, Object> others) {
    Map<String, Object> all = new HashMap<>(others);
    all.put("bootstrap.servers", broker);
    return all;
  }

  interface Step {
    void run() throws Exception;
  }

  static void step(String name, Step step) {
    long start = System.nanoTime();
    String result = "ok";
    try {
      step.run();
    } catch (Throwable e) {
      while (e instanceof ExecutionException || e instanceof KafkaException && e.getClass() == KafkaException.class && e.getCause() != null) {
        e = e.getCause();
      }
      result = e.getClass().getSimpleName();
    }
    System.out.println(name + "\t" + result + "\t" + (System.nanoTime() - start) / 1_000_000);
  }

  static void produce(String codec, String acks, String transaction) throws Exception {
    Map<String, Object> config = settings(Map.of("compression.type", codec, "acks", acks, "enable.idempotence", acks.equals("all"), "max.block.ms", 20000));
    if (transaction != null) {
      config.put("transactional.id", transaction);
    }
    try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      if (transaction != null) {
        producer.initTransactions();
        producer.beginTransaction();
      }
      producer.send(new ProducerRecord<>(topic, "key", "a record of another program ".repeat(100))).get();
      if (transaction != null) {
        producer.commitTransaction();
      }
    }
  }

  static void consume(String protocol, int records) {
    var config = settings(Map.of("group.id", "java-" + protocol, "group.protocol", protocol, "auto.offset.reset", "earliest", "enable.metrics.push", true));
    try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      for (int read = 0; read < records; ) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException(read + " of " + records + " records");
        }
        read += consumer.poll(Duration.ofMillis(200)).count();
      }
      consumer.commitSync();
      List<TopicPartition> partitions = List.copyOf(consumer.assignment());
      consumer.seekToBeginning(partitions);
      if (consumer.poll(Duration.ofSeconds(5)).isEmpty()) {
        throw new IllegalStateException("nothing after seeking to the beginning");
      }
      Map<TopicPartition, Long> times = new HashMap<>();
      partitions.forEach(p -> times.put(p, 1L));
      consumer.offsetsForTimes(times);
      consumer.endOffsets(partitions);
    }
  }

  static void admin(Admin a) {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var brokers = new ConfigResource(ConfigResource.Type.BROKER, "0");
    var partition = new TopicPartition(topic, 0);
    step("describeCluster", () -> a.describeCluster().nodes().get());
    step("listTopics", () -> a.listTopics().names().get());
    step("describeTopics", () -> a.describeTopics(List.of(topic)).allTopicNames().get());
    step("describeConfigs of the topic", () -> a.describeConfigs(List.of(resource)).all().get());
    step("describeConfigs of the broker", () -> a.describeConfigs(List.of(brokers)).all().get());
    step("listOffsets", () -> a.listOffsets(Map.of(partition, OffsetSpec.latest())).all().get());
    step("listConsumerGroups", () -> a.listConsumerGroups().all().get());
    step("describeConsumerGroups", () -> a.describeConsumerGroups(List.of("java-classic", "java-consumer")).all().get());
    step("listConsumerGroupOffsets", () -> a.listConsumerGroupOffsets("java-classic").partitionsToOffsetAndMetadata().get());
    step("alterConsumerGroupOffsets", () -> a.alterConsumerGroupOffsets("java-classic", Map.of(partition, new OffsetAndMetadata(0))).all().get());
    step("deleteConsumerGroupOffsets", () -> a.deleteConsumerGroupOffsets("java-classic", Set.of(partition)).all().get());
    step("deleteConsumerGroups", () -> a.deleteConsumerGroups(List.of("java-classic")).all().get());
    step("describeFeatures", () -> a.describeFeatures().featureMetadata().get());

    step("createTopics", () -> a.createTopics(List.of(new NewTopic("mine", 1, (short) 1))).all().get());
    step("deleteTopics", () -> a.deleteTopics(List.of(topic)).all().get());
    step("createPartitions", () -> a.createPartitions(Map.of(topic, NewPartitions.increaseTo(9))).all().get());
    step("deleteRecords", () -> a.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(1))).all().get());
    step("incrementalAlterConfigs", () -> a.incrementalAlterConfigs(Map.of(resource,
        List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "1"), AlterConfigOp.OpType.SET)))).all().get());
    step("describeLogDirs", () -> a.describeLogDirs(List.of(0)).allDescriptions().get());
    step("describeReplicaLogDirs", () -> a.describeReplicaLogDirs(List.of(new TopicPartitionReplica(topic, 0, 0))).all().get());
    step("describeAcls", () -> a.describeAcls(AclBindingFilter.ANY).values().get());
    step("createAcls", () -> a.createAcls(List.of(new AclBinding(new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
        new AccessControlEntry("User:a", "*", AclOperation.READ, AclPermissionType.ALLOW)))).all().get());
    step("deleteAcls", () -> a.deleteAcls(List.of(AclBindingFilter.ANY)).all().get());
    step("describeClientQuotas", () -> a.describeClientQuotas(ClientQuotaFilter.all()).entities().get());
    step("describeUserScramCredentials", () -> a.describeUserScramCredentials().all().get());
    step("describeDelegationToken", () -> a.describeDelegationToken().delegationTokens().get());
    step("listPartitionReassignments", () -> a.listPartitionReassignments().reassignments().get());
    step("electLeaders", () -> a.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get());
    step("describeMetadataQuorum", () -> a.describeMetadataQuorum().quorumInfo().get());
    step("describeProducers", () -> a.describeProducers(List.of(partition)).all().get());
    step("describeTransactions", () -> a.describeTransactions(List.of("t")).all().get());
    step("listTransactions", () -> a.listTransactions().all().get());
    step("listClientMetricsResources", () -> a.listClientMetricsResources().all().get());
  }
}
