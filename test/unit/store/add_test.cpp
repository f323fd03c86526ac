// Adding in one pass: what is read goes to the store and through the verification at the same time.
#include <algorithm>
#include <functional>
#include <random>
#include <thread>
#include <utility>

#include <jujubackup/store_backend.hpp>

#include "crypto/digest.hpp"
#include "store/tee_source.hpp"
#include "store_support.hpp"

using jujubackup::BackupStore;
using jujubackup::BlobStore;
using jujubackup::BlobWriter;
using jujubackup::Digest;
using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::Phase;
using jujubackup::Source;

namespace {

// What comes out of a pipe: once, in pieces of any size, and only on the thread that asked for the work.
class PipeSource final : public Source {
 public:
  explicit PipeSource(std::string_view text, std::size_t piece_bytes = SIZE_MAX) : text_(text), piece_bytes_(piece_bytes) {}

  std::size_t read(std::span<std::byte> into) override {
    CHECK(std::this_thread::get_id() == thread_);
    on_read(position_);
    const std::size_t got = std::min({into.size(), piece_bytes_, text_.size() - position_});
    std::ranges::copy(test::bytes_of(text_).subspan(position_, got), into.begin());
    position_ += got;
    ends_seen += got == 0 ? 1 : 0;
    return got;
  }
  void rewind() override { FAIL("rewound"); }
  std::optional<std::uint64_t> size() const override { return promised; }
  std::string name() const override { return "the pipe"; }

  std::function<void(std::size_t position)> on_read = [](std::size_t) {};
  std::optional<std::uint64_t> promised;
  int ends_seen = 0;

 private:
  std::thread::id thread_ = std::this_thread::get_id();
  std::string_view text_;
  std::size_t piece_bytes_;
  std::size_t position_ = 0;
};

// A store in memory that can refuse to take more bytes, and that counts what begins and ends.
struct Seen {
  std::size_t room_bytes = SIZE_MAX;
  bool refuses_once = false;  // afterwards there is room again
  std::size_t written_bytes = 0;
  std::vector<std::string> committed;
};

class WatchedWriter final : public BlobWriter {
 public:
  WatchedWriter(std::unique_ptr<BlobWriter> writer, Seen& seen) : writer_(std::move(writer)), seen_(seen) {}
  void write(std::span<const std::byte> bytes) override {
    CHECK(std::this_thread::get_id() == thread_);
    if (seen_.written_bytes + bytes.size() > seen_.room_bytes) {
      if (seen_.refuses_once) seen_.room_bytes = SIZE_MAX;
      throw Error(ErrorCode::no_space, "the disk is full");
    }
    seen_.written_bytes += bytes.size();
    writer_->write(bytes);
  }
  void commit(const std::string& name, bool replace) override {
    writer_->commit(name, replace);
    seen_.committed.push_back(name);
  }

 private:
  std::thread::id thread_ = std::this_thread::get_id();
  std::unique_ptr<BlobWriter> writer_;
  Seen& seen_;
};

class WatchedStore final : public BlobStore {
 public:
  WatchedStore(BlobStore& store, Seen& seen) : store_(store), seen_(seen) {}
  std::string url() const override { return store_.url(); }
  jujubackup::StoreProperties properties() const override { return store_.properties(); }
  std::unique_ptr<BlobWriter> put(std::uint64_t expected_bytes) override {
    return std::make_unique<WatchedWriter>(store_.put(expected_bytes), seen_);
  }
  std::unique_ptr<Source> get(std::string_view name) override { return store_.get(name); }
  std::vector<jujubackup::BlobInfo> list() override { return store_.list(); }
  void remove(std::string_view name) override { store_.remove(name); }

 private:
  BlobStore& store_;
  Seen& seen_;
};

struct Place {
  std::unique_ptr<BlobStore> blobs = jujubackup::make_memory_store();
  Seen seen;
  BackupStore store{std::make_unique<WatchedStore>(*blobs, seen)};
};

// An archive of some megabytes, most of them beyond compressing.
std::string large_archive(const test::Scratch& scratch) {
  jujubackup::ArchiveInput input = test::sample_input(scratch);
  std::mt19937_64 random(7);
  std::string noise(std::size_t{3} << 20, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  const std::string name = "var/lib/juju/tools/2.0.0-xenial-amd64/jujud";
  test::write_file(scratch / ("sample/root/" + name), noise);
  input.root_files.push_back({scratch / ("sample/root/" + name), name, false});
  jujubackup::MemorySink sink(std::size_t{8} << 20);
  jujubackup::write_archive(input, sink);
  return sink.text();
}

std::string sha1_of(std::string_view text) {
  Digest digest(Digest::Kind::sha1);
  digest.update(test::bytes_of(text));
  return digest.finish_base64();
}

std::string sha256_of(std::string_view text) {
  Digest digest(Digest::Kind::sha256);
  digest.update(test::bytes_of(text));
  return digest.finish_hex();
}

}  // namespace

TEST_CASE("a pipe is added in one pass, with any number of threads") {
  const test::Scratch scratch;
  const std::string archive = large_archive(scratch);
  for (const unsigned threads : {1U, 2U, 5U}) {
    for (const std::size_t piece_bytes : {std::size_t{4099}, SIZE_MAX}) {
      CAPTURE(threads);
      Place place;
      PipeSource source(archive, piece_bytes);
      jujubackup::Job job;
      job.set_threads(threads);
      std::vector<Phase> phases;
      const auto thread = std::this_thread::get_id();
      job.on_progress([&](const jujubackup::Progress& progress) {
        CHECK(std::this_thread::get_id() == thread);
        if (phases.empty() || phases.back() != progress.phase) phases.push_back(progress.phase);
        // Nothing is to be seen before.
        if (progress.phase == Phase::publishing) {
          CHECK(place.blobs->list().empty());
          CHECK(place.seen.written_bytes == archive.size());
        }
      });
      source.on_read = [&](std::size_t position) {
        CHECK(place.seen.written_bytes == position);
        if (position > 0) CHECK(job.snapshot().phase == Phase::copying);
        CHECK(job.snapshot().done_bytes == position);
      };
      const auto record = place.store.add(source, {}, &job);
      CHECK(phases == std::vector<Phase>{Phase::copying, Phase::publishing});
      CHECK(source.ends_seen == 1);
      CHECK(record.size_bytes == archive.size());
      CHECK(record.sha1_base64 == sha1_of(archive));
      CHECK(record.sha256_hex == sha256_of(archive));
      CHECK_FALSE(record.verified.is_zero());
      CHECK(test::read_all(*place.blobs->get(record.file_name)) == archive);
    }
  }
}

TEST_CASE("a bad archive is kept whole and unchanged when asked for, and refused otherwise") {
  const test::Scratch scratch;
  const std::string good = large_archive(scratch);
  const auto flipped = [&](std::size_t at) {
    std::string text = good;
    text[at] = static_cast<char>(text[at] ^ 0x20);
    return text;
  };
  const struct {
    const char* what;
    std::string bytes, finding;
  } cases[] = {
      {"empty", "", "gzip-not"},
      {"one byte", "\x1f", "gzip-not"},
      {"text", "hello", "gzip-not"},
      {"much that is no gzip", std::string(std::size_t{1} << 20, 'x'), "gzip-not"},
      {"first byte", flipped(0), "gzip-not"},
      {"third byte", flipped(2), "gzip-damaged"},
      {"early", flipped(700), "gzip-damaged"},
      {"in the middle", flipped(good.size() / 2), "gzip-damaged"},
      {"in the seal", flipped(good.size() - 9), ""},
      {"cut", good.substr(0, good.size() / 3), "gzip-truncated"},
      {"with something behind", good + std::string(700000, 'y'), "gzip-trailing"},
      {"with an error behind", good + "{\"error\":\"server gone\"}", "gzip-trailing-json"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.what);
    for (const unsigned threads : {1U, 3U}) {
      Place place;
      jujubackup::Job job;
      job.set_threads(threads);
      PipeSource refused(each.bytes);
      const auto error = test::error_of([&] { place.store.add(refused, {}, &job); });
      REQUIRE(error);
      CHECK(error->code() == ErrorCode::corrupt);
      CHECK(error->message().starts_with("the pipe does not verify: " + each.finding));
      CHECK(place.seen.committed.empty());
      CHECK(place.blobs->list().empty());
      CHECK(place.store.list().problems.empty());

      place.seen.written_bytes = 0;
      PipeSource source(each.bytes, 70001);
      source.promised = each.bytes.size();
      const auto record = place.store.add(source, {.accept_bad = true}, &job);
      CHECK(record.verified.is_zero());
      CHECK(record.size_bytes == each.bytes.size());
      CHECK(record.sha1_base64 == sha1_of(each.bytes));
      CHECK(record.sha256_hex == sha256_of(each.bytes));
      CHECK(source.ends_seen == 1);
      CHECK((test::read_all(*place.blobs->get(record.file_name)) == each.bytes));
    }
  }
}

TEST_CASE("a source that ends elsewhere than it said is an error, whatever it held") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  for (const std::string& bytes : {archive, archive.substr(0, 500), std::string("hello")}) {
    for (const std::uint64_t promised : {bytes.size() + 1, bytes.size() - 1, std::uint64_t{1} << 40}) {
      for (const bool accept_bad : {false, true}) {
        Place place;
        PipeSource source(bytes);
        source.promised = promised;
        const auto error = test::error_of([&] { place.store.add(source, {.accept_bad = accept_bad}); });
        REQUIRE(error);
        CHECK(error->code() == ErrorCode::io);
        CHECK(error->retry_may_help());
        CHECK(error->message() == "the pipe: ended after " + std::to_string(bytes.size()) + " of " + std::to_string(promised) + " bytes");
        CHECK(place.blobs->list().empty());
      }
    }
  }
}

TEST_CASE("a store that is full says so, and keeps nothing") {
  const test::Scratch scratch;
  const std::string good = large_archive(scratch);
  std::string bad = good;
  bad[700] = static_cast<char>(bad[700] ^ 0x20);
  for (const std::string& archive : {good, bad}) {
    for (const std::size_t room_bytes : {std::size_t{0}, std::size_t{1000}, good.size() / 2, good.size() - 1}) {
      for (const bool once : {false, true}) {
        Place place;
        place.seen.room_bytes = room_bytes;
        place.seen.refuses_once = once;
        PipeSource source(archive);
        const auto error = test::error_of([&] { place.store.add(source, {.accept_bad = true}); });
        REQUIRE(error);
        CHECK(error->code() == ErrorCode::no_space);
        CHECK(error->message() == "the disk is full");
        CHECK(place.seen.committed.empty());
        CHECK(place.blobs->list().empty());
      }
    }
  }
}

TEST_CASE("what a source throws in the middle is what add throws") {
  const test::Scratch scratch;
  const std::string archive = large_archive(scratch);
  Place place;
  PipeSource source(archive, 100000);
  source.on_read = [](std::size_t position) {
    if (position >= 1'000'000) throw Error(ErrorCode::io, "connection lost", true);
  };
  const auto error = test::error_of([&] { place.store.add(source, {.accept_bad = true}); });
  REQUIRE(error);
  CHECK(error->message() == "connection lost");
  CHECK(place.blobs->list().empty());
}

TEST_CASE("cancelled while it is read, adding stops soon") {
  const test::Scratch scratch;
  const std::string archive = large_archive(scratch);
  Place place;
  jujubackup::Job job;
  PipeSource source(archive, 100000);
  std::size_t reads_after = 0;
  source.on_read = [&](std::size_t position) {
    if (job.cancelled()) ++reads_after;
    if (position >= 1'000'000) job.cancel();
  };
  const auto error = test::error_of([&] { place.store.add(source, {}, &job); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
  CHECK(reads_after == 0);
  CHECK(place.blobs->list().empty());
}

TEST_CASE("a tee offers no way around the sink") {
  const std::string text(1000, 't');
  const auto source = jujubackup::source_of_memory(test::bytes_of(text), "memory");
  jujubackup::MemorySink sink(5000);
  jujubackup::TeeSource tee(*source, sink, nullptr);
  CHECK_FALSE(tee.random_access());
  CHECK(tee.size() == 1000);
  CHECK(tee.name() == "memory");
  std::vector<std::byte> buffer(300);
  CHECK(tee.read({}) == 0);
  CHECK(tee.read(buffer) == 300);
  for (const auto& way : std::vector<std::function<void()>>{[&] { tee.rewind(); }, [&] { tee.read_at(0, buffer); }}) {
    const auto error = test::error_of(way);
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::unsupported);
  }
  const auto early = test::error_of([&] { tee.check_complete(300); });
  REQUIRE(early);
  CHECK(early->code() == ErrorCode::internal);
  while (tee.read(buffer) > 0) {
  }
  CHECK(tee.read(buffer) == 0);
  CHECK(sink.text() == text);
  tee.check_complete(1000);
  const auto other = test::error_of([&] { tee.check_complete(999); });
  REQUIRE(other);
  CHECK(other->message() == "memory: 999 bytes were verified, 1000 stored");
}

TEST_CASE("a tee that failed does not go on behind the gap") {
  const std::string text(1000, 't');
  const auto source = jujubackup::source_of_memory(test::bytes_of(text), "memory");
  jujubackup::MemorySink sink(500);
  jujubackup::TeeSource tee(*source, sink, nullptr);
  std::vector<std::byte> buffer(300);
  CHECK(tee.read(buffer) == 300);
  for (int i = 0; i < 3; ++i) {
    const auto error = test::error_of([&] { tee.read(buffer); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::limit);
    buffer.resize(100);
  }
  const auto error = test::error_of([&] { tee.check_complete(300); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(sink.bytes().size() == 300);
}
