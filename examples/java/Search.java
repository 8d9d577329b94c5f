import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Builds a search index of the published posts of a Wiredesk installation from its Kafka topic. It reads
 * the topic from the beginning, answers queries, and follows what is new. See ../README.md for the rules.
 */
public class Search {
  public static void main(String[] args) throws Exception {
    String brokers = System.getenv().getOrDefault("KAFKA_BROKER", "127.0.0.1:9092");
    String topic = System.getenv().getOrDefault("KAFKA_TOPIC", "blog-events");
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var index = new Index();
    // Without a group: each process reads all partitions, and stores no offsets.
    var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", brokers, "enable.auto.commit", false,
        "auto.offset.reset", "earliest"), new StringDeserializer(), new StringDeserializer());
    try (consumer) {
      readToEnd(consumer, topic, index);
      if (args.length > 0) {
        index.answer(String.join(" ", args)).forEach(out::println);
        return;
      }
      var failure = new AtomicReference<Throwable>();
      var follower = new Thread(() -> follow(consumer, index, failure));
      follower.start();
      System.err.println("ready");
      var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String query; failure.get() == null && (query = in.readLine()) != null; out.println()) {
        index.answer(query).forEach(out::println);
      }
      consumer.wakeup();
      follower.join();
      if (failure.get() != null) {
        throw new IllegalStateException(failure.get());
      }
    }
  }

  /** Applies the records that the topic has now. */
  static void readToEnd(KafkaConsumer<String, String> consumer, String topic, Index index) throws Exception {
    List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
      for (var record : consumer.poll(Duration.ofMillis(100))) {
        index.apply(record);
      }
    }
  }

  static void follow(KafkaConsumer<String, String> consumer, Index index, AtomicReference<Throwable> failure) {
    try {
      while (true) {
        for (var record : consumer.poll(Duration.ofSeconds(10))) {
          index.apply(record);
        }
      }
    } catch (WakeupException e) {
      // the end of the queries
    } catch (Exception e) {
      failure.set(e);
    }
  }

  /** What readers see of a post since the event sequence; without words it is not published. */
  record Post(String sequence, String slug, String title, Set<String> words) {}

  /** Maps words to the ids of posts. It may be used by several threads. */
  static class Index {
    private static final ObjectMapper JSON = new ObjectMapper();
    private String epoch = "";
    private long newest; // timestamp of the records of the epoch
    private final Map<Long, Post> posts = new HashMap<>();
    private final Map<String, SortedSet<Long>> ids = new HashMap<>();

    /** Updates the index from one record, which may be a repeat. */
    synchronized void apply(ConsumerRecord<String, String> record) throws Exception {
      JsonNode event = JSON.readTree(record.value());
      JsonNode data = event.get("data");
      if (!event.get("epoch").asText().equals(epoch)) {
        if (record.timestamp() < newest) {
          return; // of an earlier epoch: partitions are read independently
        }
        epoch = event.get("epoch").asText();
        posts.clear();
        ids.clear();
      }
      newest = Math.max(newest, record.timestamp());
      long id = data.get("id").asLong();
      String sequence = event.get("sequence").asText(); // with leading zeros: it orders as text
      if (posts.containsKey(id) && sequence.compareTo(posts.get(id).sequence()) <= 0) {
        return; // seen, or older than what readers see
      }
      if (event.get("type").asText().equals("blog-deleted") || !data.get("published").asBoolean()) {
        put(id, new Post(sequence, "", "", Set.of()));
      } else if (data.get("liveVersion").asLong() == data.get("version").asLong()) {
        var text = new StringJoiner(" ").add(data.get("title").asText()).add(data.get("description").asText()).add(data.get("content").asText());
        data.get("tags").forEach(tag -> text.add(tag.asText()));
        put(id, new Post(sequence, data.get("slug").asText(), data.get("title").asText(), words(text.toString())));
      } // else an unpublished change: readers still see what the index has
    }

    private void put(long id, Post post) {
      Post old = posts.put(id, post);
      if (old != null) {
        old.words().forEach(word -> ids.computeIfPresent(word, (w, of) -> of.remove(id) && of.isEmpty() ? null : of));
      }
      post.words().forEach(word -> ids.computeIfAbsent(word, w -> new TreeSet<>()).add(id));
    }

    /** Returns the id, slug and title of each post that has all words of the query. */
    synchronized List<String> answer(String query) {
      Set<String> wanted = words(query);
      if (wanted.isEmpty()) {
        return List.of();
      }
      SortedSet<Long> found = new TreeSet<>(posts.keySet());
      wanted.forEach(word -> found.retainAll(ids.getOrDefault(word, Collections.emptySortedSet())));
      return found.stream().map(id -> id + "\t" + posts.get(id).slug() + "\t" + posts.get(id).title()).toList();
    }

    private static Set<String> words(String text) {
      var words = new HashSet<>(List.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")));
      words.remove("");
      return words;
    }
  }
}
