#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>

#include <jujubackup/archive_writer.hpp>

#include "archive/fault.hpp"
#include "archive/gzip_member.hpp"
#include "archive/gzip_reader.hpp"
#include "archive/manifest.hpp"
#include "archive/plan.hpp"
#include "archive/tar_header.hpp"
#include "archive/tar_reader.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "test_support.hpp"

namespace {

using jujubackup::ArchiveInput;
using jujubackup::EntryType;
using jujubackup::InputFile;

struct Read {
  std::vector<std::string> order;
  std::map<std::string, jujubackup::Entry> entries;
  std::map<std::string, std::string> content;
};

void read_tar(jujubackup::Stream& stream, const std::string& base, Read& into) {
  jujubackup::tar::TarReader reader(stream, base);
  while (auto entry = reader.next()) {
    entry->path = base + entry->path;
    into.order.push_back(entry->path);
    into.entries[entry->path] = *entry;
    if (entry->path == "juju-backup/root.tar") {
      jujubackup::tar::EntryStream inner(reader);
      read_tar(inner, entry->path + "/", into);
      continue;
    }
    for (auto piece = reader.data(); !piece.empty(); piece = reader.data()) into.content[entry->path] += test::text_of(piece);
  }
}

Read read_archive(std::span<const std::byte> bytes) {
  const auto source = jujubackup::source_of_memory(bytes, "memory");
  jujubackup::gzip::GzipReader stream(*source, {});
  Read read;
  read_tar(stream, "", read);
  CHECK(stream.sealed());
  return read;
}

ArchiveInput small_input(const test::Scratch& scratch) {
  ArchiveInput input;
  input.metadata.format_version = 1;
  input.metadata.started = jujubackup::Timestamp::parse_rfc3339("2024-05-06T07:08:09Z");
  input.metadata.model_uuid = "3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10";
  input.metadata.version = jujubackup::JujuVersion::parse("2.9.40");
  const auto add = [&](std::vector<InputFile>& to, const std::string& name, std::string_view text) {
    test::write_file(scratch / name, text);
    to.push_back({scratch / name, name.substr(name.find('/') + 1), false});
  };
  add(input.root_files, "root/var/lib/juju/server.pem", "PEM");
  add(input.root_files, "root/var/lib/juju/empty", "");
  ::symlink("server.pem", (scratch / "root/var/lib/juju/link").c_str());
  input.root_files.push_back({scratch / "root/var/lib/juju/link", "var/lib/juju/link", false});
  input.dump_files.push_back({scratch / "dump/juju", "juju", false});
  add(input.dump_files, "dump/juju/models.bson", std::string("\x05\0\0\0\0", 5));
  add(input.dump_files, "dump/juju/big.bson", std::string(3 * jujubackup::Plan::block_bytes + 17, 'z'));
  add(input.dump_files, "dump/juju/exact.bson", std::string(jujubackup::Plan::block_bytes, 'e'));
  return input;
}

std::vector<std::byte> write(const ArchiveInput& input, jujubackup::WriteResult* result = nullptr, bool strict = false) {
  jujubackup::MemorySink sink(std::size_t{64} << 20);
  jujubackup::WriteOptions options;
  options.strict = strict;
  const auto got = jujubackup::write_archive(input, sink, options);
  if (result != nullptr) *result = got;
  return sink.bytes();
}

}  // namespace

TEST_CASE("writer: what goes in comes out, in the documented order") {
  const test::Scratch scratch;
  const ArchiveInput input = small_input(scratch);
  jujubackup::WriteResult result;
  const auto bytes = write(input, &result);
  const Read read = read_archive(bytes);
  const std::vector<std::string> order = {
      "juju-backup",
      "juju-backup/metadata.json",
      "juju-backup/root.tar",
      "juju-backup/root.tar/var/lib/juju/server.pem",
      "juju-backup/root.tar/var/lib/juju/empty",
      "juju-backup/root.tar/var/lib/juju/link",
      "juju-backup/dump",
      "juju-backup/dump/juju",
      "juju-backup/dump/juju/models.bson",
      "juju-backup/dump/juju/big.bson",
      "juju-backup/dump/juju/exact.bson",
      "juju-backup/manifest.json",
  };
  CHECK(read.order == order);
  CHECK(read.content.at("juju-backup/metadata.json") == jujubackup::write_metadata(input.metadata));
  CHECK(read.content.at("juju-backup/root.tar/var/lib/juju/server.pem") == "PEM");
  CHECK(read.content.at("juju-backup/dump/juju/big.bson") == test::read_file(scratch / "dump/juju/big.bson"));
  CHECK(read.content.at("juju-backup/dump/juju/exact.bson") == test::read_file(scratch / "dump/juju/exact.bson"));
  CHECK(read.entries.at("juju-backup/root.tar/var/lib/juju/link").link_target == "server.pem");
  CHECK(read.entries.at("juju-backup/metadata.json").mode == 0600);
  CHECK(read.entries.at("juju-backup").mode == 0700);
  CHECK(read.entries.at("juju-backup").mtime_s == input.metadata.started.unix_seconds());

  CHECK(result.size_bytes == bytes.size());
  CHECK(result.warnings.empty());
  CHECK(result.files == 5);
  jujubackup::Digest sha1(jujubackup::Digest::Kind::sha1);
  sha1.update(bytes);
  CHECK(result.sha1_base64 == sha1.finish_base64());
  CHECK(result.sha256_hex == jujubackup::to_hex(jujubackup::sha256(bytes)));

  const auto manifest = jujubackup::parse_manifest(read.content.at("juju-backup/manifest.json"));
  REQUIRE(manifest.files.size() == 6);
  CHECK(manifest.files[0].path == "juju-backup/metadata.json");
  for (const auto& file : manifest.files) {
    CAPTURE(file.path);
    const std::string content = read.content.contains(file.path) ? read.content.at(file.path) : "";
    CHECK(file.size_bytes == content.size());
    jujubackup::HashList list(manifest.chunk_bytes);
    list.update(test::bytes_of(content));
    CHECK(file.digest == list.finish());
  }
  // A file that fits one chunk has the digest that xxh128sum prints.
  REQUIRE(manifest.files[1].digest.has_value());
  CHECK(jujubackup::to_hex(*manifest.files[1].digest) == "32878a717f9642afa5ea60b0718ffcd6");
}

TEST_CASE("writer: metadata ends its own gzip member") {
  const test::Scratch scratch;
  const auto bytes = write(small_input(scratch));
  const auto header = jujubackup::gzip::parse_member_header(bytes);
  REQUIRE(header.has_value());
  CHECK(header->content_bytes == 2 * 512 + jujubackup::tar::padded(jujubackup::write_metadata(small_input(scratch).metadata).size()));
  CHECK(header->member_bytes < 1024);
}

TEST_CASE("writer: blocks are cut so that each holds whole chunks") {
  const test::Scratch scratch;
  ArchiveInput input = small_input(scratch);
  for (int i = 0; i < 40; ++i) {
    const std::string name = "juju/file-" + std::to_string(i);
    test::write_file(scratch / ("dump/" + name), std::string(static_cast<std::size_t>(i) * 20011, 'q'));
    input.dump_files.push_back({scratch / ("dump/" + name), name, false});
  }
  const auto plan = jujubackup::make_plan(input, false, nullptr);
  std::uint64_t total = 0;
  for (const auto& block : plan.blocks) {
    CHECK(block.segments > 0);
    CHECK(block.size_bytes <= jujubackup::Plan::block_bytes + 4096);
    total += block.size_bytes;
    for (std::size_t i = 0; i < block.segments; ++i) {
      const auto& segment = plan.segments[block.first_segment + i];
      if (segment.kind != jujubackup::Segment::Kind::file) continue;
      const auto size = plan.files[segment.index].size_bytes;
      CHECK(segment.file_offset % jujubackup::Plan::block_bytes == 0);
      CHECK(segment.size_bytes == std::min<std::uint64_t>(size - segment.file_offset, jujubackup::Plan::block_bytes));
    }
  }
  CHECK(total == plan.content_bytes);
}

TEST_CASE("writer: what cannot be stored is left out with a warning, or refused when strict") {
  struct Case {
    const char* name;
    const char* warning;
    void (*spoil)(const std::string& path);
  };
  const Case cases[] = {
      {"gone", "left out \"var/lib/juju/gone\": is missing", [](const std::string&) {}},
      {"fifo", "left out \"var/lib/juju/fifo\": is a socket, FIFO or device",
       [](const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }},
      {"sock", "left out \"var/lib/juju/sock\": is a socket, FIFO or device",
       [](const std::string& path) {
         sockaddr_un address{};
         address.sun_family = AF_UNIX;
         path.copy(address.sun_path, sizeof address.sun_path - 1);
         const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
         REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
         ::close(fd);
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const test::Scratch scratch;
    ArchiveInput input = small_input(scratch);
    const std::string path = scratch / (std::string("root/var/lib/juju/") + c.name);
    c.spoil(path);
    input.root_files.push_back({path, std::string("var/lib/juju/") + c.name, false});
    jujubackup::WriteResult result;
    const Read read = read_archive(write(input, &result));
    REQUIRE(result.warnings == std::vector<std::string>{c.warning});
    CHECK(jujubackup::parse_manifest(read.content.at("juju-backup/manifest.json")).warnings == result.warnings);
    CHECK(read.order.size() == 12);

    const auto error = test::error_of([&] { write(input, nullptr, true); });
    REQUIRE(error.has_value());
    CHECK(error->message() == c.warning);

    input.root_files.back().required = true;
    const auto missing = test::error_of([&] { write(input); });
    REQUIRE(missing.has_value());
    CHECK(missing->message().starts_with(std::string("required file \"var/lib/juju/") + c.name + "\""));
  }
}

TEST_CASE("writer: files that change between planning and reading") {
  // The progress callback runs when planning is over and before a byte is read.
  struct Case {
    const char* name;
    const char* warning;
    std::size_t size;
    void (*change)(const std::string& path);
  };
  const Case cases[] = {
      {"shrinks", "\"juju-backup/dump/juju/x.bson\" became shorter; zero bytes stand in its place", 100,
       [](const std::string& path) { REQUIRE(::truncate(path.c_str(), 40) == 0); }},
      {"shrinks a lot", "\"juju-backup/dump/juju/x.bson\" became shorter; zero bytes stand in its place", 2'000'000,
       [](const std::string& path) { REQUIRE(::truncate(path.c_str(), 40) == 0); }},
      {"vanishes", "\"juju-backup/dump/juju/x.bson\" could not be read: No such file or directory; zero bytes stand in its place",
       1'500'000, [](const std::string& path) { REQUIRE(::unlink(path.c_str()) == 0); }},
      {"grows", "\"juju-backup/dump/juju/x.bson\" became longer; what was added is not in the backup", 100,
       [](const std::string& path) { REQUIRE(::truncate(path.c_str(), 4000) == 0); }},
      {"becomes a FIFO", "\"juju-backup/dump/juju/x.bson\" is no longer a file; zero bytes stand in its place", 100,
       [](const std::string& path) {
         REQUIRE(::unlink(path.c_str()) == 0);
         REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
       }},
  };
  for (const Case& c : cases) {
    for (const bool strict : {false, true}) {
      CAPTURE(c.name);
      const test::Scratch scratch;
      ArchiveInput input = small_input(scratch);
      const std::string path = scratch / "dump/juju/x.bson";
      test::write_file(path, std::string(c.size, 'x'));
      input.dump_files.push_back({path, "juju/x.bson", false});
      bool changed = false;
      jujubackup::Job job;
      job.on_progress([&](const jujubackup::Progress& progress) {
        if (progress.phase == jujubackup::Phase::writing && !std::exchange(changed, true)) c.change(path);
      });
      jujubackup::MemorySink sink(std::size_t{64} << 20);
      jujubackup::WriteOptions options;
      options.strict = strict;
      jujubackup::WriteResult result;
      const auto error = test::error_of([&] { result = jujubackup::write_archive(input, sink, options, &job); });
      REQUIRE(changed);
      if (strict) {
        REQUIRE(error.has_value());
        CHECK(error->message() == c.warning);
        continue;
      }
      REQUIRE_FALSE(error.has_value());
      CHECK(result.warnings == std::vector<std::string>{c.warning});
      const Read read = read_archive(sink.bytes());
      CHECK(read.content.at("juju-backup/dump/juju/x.bson").size() == c.size);
      CHECK(read.content.at("juju-backup/dump/juju/big.bson") == test::read_file(scratch / "dump/juju/big.bson"));
    }
  }
}

TEST_CASE("writer: cancelling ends it") {
  const test::Scratch scratch;
  const ArchiveInput input = small_input(scratch);
  jujubackup::Job job;
  job.on_progress([&](const jujubackup::Progress& progress) {
    if (progress.phase == jujubackup::Phase::writing) job.cancel();
  });
  jujubackup::MemorySink sink(std::size_t{64} << 20);
  const auto error = test::error_of([&] { jujubackup::write_archive(input, sink, {}, &job); });
  REQUIRE(error.has_value());
  CHECK(error->code() == jujubackup::ErrorCode::cancelled);
}

TEST_CASE("writer: names that USTAR cannot hold, and names that must not be") {
  const test::Scratch scratch;
  ArchiveInput input = small_input(scratch);
  const std::string deep = "juju/" + std::string(180, 'd') + "/" + std::string(120, 'f') + ".bson";
  const std::string odd = "juju/caf\xc3\xa9 \xff.bson";
  for (const std::string& name : {deep, odd}) {
    test::write_file(scratch / "dump/juju/one", name);
    input.dump_files.push_back({scratch / "dump/juju/one", name, false});
  }
  const Read read = read_archive(write(input));
  CHECK(read.content.at("juju-backup/dump/" + deep) == odd);
  CHECK(read.content.at("juju-backup/dump/" + odd) == odd);
  const auto manifest = jujubackup::parse_manifest(read.content.at("juju-backup/manifest.json"));
  CHECK(manifest.files.back().path == "juju-backup/dump/" + odd);

  for (const char* name : {"/etc/passwd", "../x", "a/../../x"}) {
    ArchiveInput bad = small_input(scratch);
    bad.root_files.push_back({scratch / "dump/juju/one", name, false});
    CHECK(test::error_of([&] { write(bad); }).has_value());
  }
}

TEST_CASE("tar header: sizes beyond eight GiB and other large numbers survive") {
  jujubackup::Entry entry;
  entry.path = "juju-backup/dump/juju/huge.bson";
  entry.size_bytes = std::uint64_t{20} << 30;
  entry.mode = 0640;
  entry.uid = 5'000'000;
  entry.gid = 6'000'000;
  entry.mtime_s = 1'700'000'000;
  const auto header = jujubackup::tar::make_header(entry);
  struct Once final : jujubackup::Stream {
    std::span<const std::byte> bytes;
    std::span<const std::byte> next() override { return std::exchange(bytes, {}); }
  } stream;
  stream.bytes = header;
  jujubackup::tar::TarReader reader(stream, "");
  const auto got = reader.next();
  REQUIRE(got.has_value());
  CHECK(got->path == entry.path);
  CHECK(got->size_bytes == entry.size_bytes);
  CHECK(got->mode == 0640);
  CHECK(got->uid == 5'000'000);
  CHECK(got->gid == 6'000'000);
  CHECK(got->mtime_s == 1'700'000'000);
  CHECK_THROWS_AS(reader.next(), jujubackup::ArchiveFault);
}
