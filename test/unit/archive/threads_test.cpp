// What comes out must not depend on how many threads work on it, nor on which of them is the first to meet a fault.
#include <algorithm>
#include <random>
#include <string>
#include <thread>

#include <jujubackup/archive_writer.hpp>

#include "archive/fault.hpp"
#include "archive/gzip_member.hpp"
#include "archive/gzip_reader.hpp"
#include "archive/plan.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "deflate/deflate.hpp"
#include "tar_builder.hpp"
#include "test_support.hpp"

namespace {

using Bytes = jujubackup::Buffer;
using jujubackup::ArchiveFault;

// Half of it compresses.
std::string content_of(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) {
    if (random() % 2 == 0) {
      for (int i = 0; i < 3000; ++i) text += static_cast<char>(random());
    } else {
      for (int i = 0; i < 60; ++i) text += "status history of unit " + std::to_string(random() % 97) + "; ";
    }
  }
  text.resize(size);
  return text;
}

Bytes own_file(int members) {
  jujubackup::deflate::Compressor compressor(jujubackup::Level::fast);
  Bytes file;
  std::uint64_t total = 0;
  for (int i = 0; i < members; ++i) {
    const std::string content = content_of(static_cast<std::size_t>(1000 + i * 7919 % 90000), static_cast<unsigned>(i));
    jujubackup::gzip::append_member(file, test::bytes_of(content), compressor);
    total += content.size();
  }
  jujubackup::gzip::append_seal(file, {file.size(), total, jujubackup::sha256(file)});
  return file;
}

Bytes foreign_file(std::string_view content) {
  const std::string gzip = test::gzip_of(content);
  const auto bytes = test::bytes_of(gzip);
  return {bytes.begin(), bytes.end()};
}

// Of unknown size, so that it is never too small for threads; complains of any thread but the one that made it.
class CallersSource final : public jujubackup::Source {
 public:
  explicit CallersSource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t read(std::span<std::byte> into) override {
    strangers += std::this_thread::get_id() == maker_ ? 0 : 1;
    const std::size_t count = std::min(into.size(), bytes_.size() - at_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }
  void rewind() override { at_ = 0; }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string name() const override { return "memory"; }
  int strangers = 0;

 private:
  std::thread::id maker_ = std::this_thread::get_id();
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

struct Outcome {
  std::string fault;
  std::uint64_t content_bytes = 0, file_bytes = 0, members = 0;
  std::string content_sha256, sha1, sha256;
  bool operator==(const Outcome&) const = default;
};

Outcome read_all(std::span<const std::byte> bytes, unsigned threads) {
  CallersSource source(bytes);
  std::uint64_t tapped = 0;
  jujubackup::gzip::GzipReader reader(source, {threads, true, [&](std::span<const std::byte> piece) { tapped += piece.size(); }});
  jujubackup::Digest content(jujubackup::Digest::Kind::sha256);
  Outcome outcome;
  try {
    for (auto piece = reader.next(); !piece.empty(); piece = reader.next()) content.update(piece);
  } catch (const ArchiveFault& fault) {
    outcome.fault = fault.what();
    reader.drain();
  }
  CHECK(reader.next().empty());
  CHECK(tapped == reader.file_bytes());
  CHECK(source.strangers == 0);
  outcome.content_sha256 = content.finish_hex();
  outcome.content_bytes = reader.content_bytes();
  outcome.file_bytes = reader.file_bytes();
  outcome.members = reader.members();
  outcome.sha1 = reader.sha1_base64();
  outcome.sha256 = reader.sha256_hex();
  return outcome;
}

void same_with_any_threads(std::span<const std::byte> bytes, bool good) {
  const Outcome alone = read_all(bytes, 1);
  CHECK(alone.fault.empty() == good);
  // Also of a file that is bad the digests are those of all its bytes.
  CHECK(alone.file_bytes == bytes.size());
  CHECK(alone.sha256 == jujubackup::to_hex(jujubackup::sha256(bytes)));
  for (const unsigned threads : {2U, 5U}) {
    const Outcome outcome = read_all(bytes, threads);
    CAPTURE(threads);
    CAPTURE(alone.fault);
    CAPTURE(outcome.fault);
    CHECK(outcome == alone);
  }
}

void same_when_spoiled(const Bytes& good) {
  same_with_any_threads(good, true);
  std::mt19937 random(7);
  for (int i = 0; i < 12; ++i) {
    const std::size_t at = random() % good.size();
    CAPTURE(at);
    same_with_any_threads(std::span(good).first(at), false);
    Bytes more = good;
    for (int j = 0; j <= i % 3; ++j) more.push_back(std::byte{'x'});
    if (i < 3) same_with_any_threads(more, false);
    Bytes bad = good;
    // A bit that can be unused, or be a hint, is not for this test.
    bad[20 + at % (good.size() - 30)] ^= std::byte{0x55};
    const Outcome alone = read_all(bad, 1);
    same_with_any_threads(bad, alone.fault.empty());
  }
}

jujubackup::ArchiveInput input_of(const test::Scratch& scratch) {
  jujubackup::ArchiveInput input;
  input.metadata.started = jujubackup::Timestamp::parse_rfc3339("2024-05-06T07:08:09Z");
  input.metadata.version = jujubackup::JujuVersion::parse("2.9.40");
  const auto add = [&](const std::string& name, std::size_t size) {
    test::write_file(scratch / name, content_of(size, static_cast<unsigned>(size)));
    input.dump_files.push_back({scratch / name, name, false});
  };
  add("large", 5 * jujubackup::Plan::block_bytes + 1234);
  for (int i = 0; i < 60; ++i) add("small" + std::to_string(i), static_cast<std::size_t>(i) * 3001);
  return input;
}

// Fails or cancels at one of its calls.
class SpoiledSink final : public jujubackup::Sink {
 public:
  SpoiledSink(int at, jujubackup::Job* cancel) : left_(at), cancel_(cancel) {}
  void write(std::span<const std::byte>) override {
    strangers += std::this_thread::get_id() == maker_ ? 0 : 1;
    ++calls;
    if (left_-- != 0) return;
    if (cancel_ == nullptr) throw jujubackup::Error(jujubackup::ErrorCode::no_space, "full");
    cancel_->cancel();
  }
  int calls = 0, strangers = 0;

 private:
  std::thread::id maker_ = std::this_thread::get_id();
  int left_;
  jujubackup::Job* cancel_;
};

}  // namespace

TEST_CASE("threads: a file of ours, good and spoiled") { same_when_spoiled(own_file(30)); }

TEST_CASE("threads: another writer's file, good and spoiled") { same_when_spoiled(foreign_file(content_of(1'500'000, 1))); }

TEST_CASE("threads: another writer's file that shrank a lot does not pile up in memory, and is read whole") {
  same_with_any_threads(foreign_file(std::string(std::size_t{30} << 20, 'z')), true);
}

TEST_CASE("threads: what is written is the same but for the time in the manifest") {
  const test::Scratch scratch;
  const auto input = input_of(scratch);
  Bytes first;
  for (const unsigned threads : {1U, 2U, 3U, 24U}) {
    jujubackup::MemorySink sink(std::size_t{64} << 20);
    jujubackup::Job job;
    job.set_threads(threads);
    const auto result = jujubackup::write_archive(input, sink, {}, &job);
    CHECK(result.size_bytes == sink.bytes().size());
    CHECK(result.sha256_hex == jujubackup::to_hex(jujubackup::sha256(sink.bytes())));
    CHECK(job.snapshot().done_bytes == result.content_bytes);
    if (first.empty()) first.assign(sink.bytes().begin(), sink.bytes().end());
    // The manifest and the seal are the last of it.
    const auto apart = std::ranges::mismatch(first, sink.bytes());
    CHECK(apart.in1 - first.begin() > static_cast<std::ptrdiff_t>(first.size()) - 3000);
  }
}

TEST_CASE("threads: a sink that fails, or a cancelled job, ends the writing at once") {
  const test::Scratch scratch;
  const auto input = input_of(scratch);
  for (const unsigned threads : {1U, 2U, 6U}) {
    jujubackup::Job whole;
    whole.set_threads(threads);
    SpoiledSink all(-1, nullptr);
    jujubackup::write_archive(input, all, {}, &whole);
    CHECK(all.strangers == 0);
    for (int at = 0; at < all.calls; ++at) {
      CAPTURE(threads);
      CAPTURE(at);
      jujubackup::Job job;
      job.set_threads(threads);
      SpoiledSink full(at, nullptr);
      const auto error = test::error_of([&] { jujubackup::write_archive(input, full, {}, &job); });
      REQUIRE(error.has_value());
      CHECK(error->code() == jujubackup::ErrorCode::no_space);
      CHECK(full.calls == at + 1);
      // The last call is the seal's; after it nothing asks.
      if (at + 1 == all.calls) continue;
      SpoiledSink cancelling(at, &job);
      const auto stopped = test::error_of([&] { jujubackup::write_archive(input, cancelling, {}, &job); });
      REQUIRE(stopped.has_value());
      CHECK(stopped->code() == jujubackup::ErrorCode::cancelled);
      CHECK(cancelling.calls == at + 1);
    }
  }
}
