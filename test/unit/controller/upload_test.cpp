// Uploads: what is sent, and what becomes of it when either side fails.
#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include <jujubackup/metadata.hpp>

#include "base/json.hpp"
#include "controller/wire_metadata.hpp"
#include "crypto/digest.hpp"
#include "scripted_server.hpp"

using jujubackup::ArchiveCheck;
using jujubackup::ErrorCode;
using jujubackup::HttpRequest;
using jujubackup::HttpServer;
using jujubackup::Job;
using jujubackup::Metadata;
using jujubackup::Phase;
using jujubackup::upload_archive;

namespace {

Metadata record_of(const std::string& archive) {
  jujubackup::Digest digest(jujubackup::Digest::Kind::sha1);
  digest.update(test::bytes_of(archive));
  Metadata metadata;
  metadata.id = "20161013-091500.x";
  metadata.size_bytes = static_cast<std::int64_t>(archive.size());
  metadata.checksum = digest.finish_base64();
  metadata.checksum_format = jujubackup::checksum_format_sha1;
  metadata.started = jujubackup::Timestamp::parse_rfc3339("2016-10-13T09:15:00.5Z");
  metadata.stored = metadata.started;
  metadata.finished = metadata.started;
  metadata.model_uuid = test::transfer_model;
  metadata.machine = "0";
  metadata.hostname = "h";
  metadata.version = jujubackup::JujuVersion::parse("2.0.0");
  metadata.ca_cert = "certificate";
  metadata.ca_private_key = "PRIVATE";
  return metadata;
}

// What says that it is longer or shorter than it is, or fails.
class OddSource final : public jujubackup::Source {
 public:
  OddSource(std::string text, std::optional<std::uint64_t> says) : text_(std::move(text)), says_(says) {}
  std::size_t read(std::span<std::byte> into) override {
    if (fails_at && position_ >= *fails_at) throw jujubackup::Error(ErrorCode::io, "the disk is broken");
    const std::size_t got = std::min(into.size(), text_.size() - position_);
    std::ranges::copy(test::bytes_of(text_).subspan(position_, got), into.begin());
    position_ += got;
    return got;
  }
  void rewind() override {
    ++rewinds;
    throw jujubackup::Error(ErrorCode::unsupported, "cannot be read a second time");
  }
  std::optional<std::uint64_t> size() const override { return says_; }
  std::string name() const override { return "odd.tar.gz"; }
  std::optional<std::size_t> fails_at;
  int rewinds = 0;

 private:
  std::string text_;
  std::optional<std::uint64_t> says_;
  std::size_t position_ = 0;
};

constexpr std::string_view id_answer = R"({"id":"20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01"})";

}  // namespace

TEST_CASE("an upload") {
  const std::string archive = std::string(700'001, 'a') + "\r\n--";
  const Metadata metadata = record_of(archive);
  HttpRequest seen;
  std::string body;
  test::ScriptedServer server([&](HttpServer& http, const HttpRequest& request) {
    seen = request;
    body = test::read_body(http);
    http.respond(200, {{"Content-Type", "application/json"}}, id_answer);
  });
  Job job;
  SUBCASE("of known size") {
    const auto source = jujubackup::source_of_memory(test::bytes_of(archive), "a.tar.gz");
    std::byte one{};
    source->read({&one, 1});  // it is rewound
    CHECK(upload_archive(server.target(), *source, metadata, ArchiveCheck::by_digest, &job) ==
          "20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01");
    server.stop();
    REQUIRE(seen.fields.find("Content-Length") != nullptr);
    CHECK(*seen.fields.find("Content-Length") == std::to_string(body.size()));
  }
  SUBCASE("of unknown size") {
    OddSource source(archive, std::nullopt);
    CHECK(upload_archive(server.target(), source, metadata, ArchiveCheck::by_digest, &job) ==
          "20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01");
    server.stop();
    REQUIRE(seen.fields.find("Transfer-Encoding") != nullptr);
  }
  CHECK(job.snapshot().phase == Phase::copying);
  CHECK(job.snapshot().done_bytes == archive.size());
  CHECK(job.snapshot().total_bytes == archive.size());

  CHECK(seen.method == "PUT");
  CHECK(seen.target == "/model/" + std::string(test::transfer_model) + "/backups");
  const std::string* type = seen.fields.find("Content-Type");
  REQUIRE(type != nullptr);
  const std::string type_start = "multipart/form-data; boundary=";
  REQUIRE(type->starts_with(type_start));
  const std::string mark = "--" + type->substr(type_start.size());
  const std::string first = mark + "\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n";
  const std::string second = "\n\r\n" + mark +
                             "\r\nContent-Disposition: form-data; name=\"attached\"; filename=\"juju-backup.tar.gz\"\r\n"
                             "Content-Type: application/octet-stream\r\n\r\n";
  REQUIRE(body.starts_with(first));
  const std::size_t middle = body.find(second);
  REQUIRE(middle != std::string::npos);
  CHECK(body.substr(middle + second.size()) == archive + "\r\n" + mark + "--\r\n");

  const std::string json = body.substr(first.size(), middle - first.size());
  CHECK(json.find("PRIVATE") == std::string::npos);
  const auto wire = jujubackup::parse_wire_metadata(jujubackup::parse_json(json));
  CHECK(wire.metadata.id.empty());
  CHECK(wire.metadata.stored.is_zero());
  CHECK(wire.metadata.started == metadata.started);
  CHECK(wire.metadata.checksum == metadata.checksum);
  CHECK(wire.metadata.size_bytes == metadata.size_bytes);
}

TEST_CASE("a source that is not what its metadata says") {
  const std::string archive(500'000, 'b');
  const Metadata metadata = record_of(archive);
  struct Case {
    std::string name;
    std::string bytes;
    std::optional<std::uint64_t> says;
    std::optional<std::size_t> fails_at;
    ErrorCode code;
    std::string message;
  };
  const Case cases[] = {
      {"shorter", archive.substr(1), 500'000, {}, ErrorCode::io, "odd.tar.gz: has only 499999 of the 500000 bytes that its metadata says"},
      {"longer", archive + "b", 500'000, {}, ErrorCode::io, "odd.tar.gz: has more than the 500000 bytes that its metadata says"},
      {"shorter, of unknown size",
       archive.substr(1),
       {},
       {},
       ErrorCode::io,
       "odd.tar.gz: has only 499999 of the 500000 bytes that its metadata says"},
      {"changed",
       std::string(499'999, 'b') + "c",
       500'000,
       {},
       ErrorCode::corrupt,
       "odd.tar.gz: the bytes are not those of its metadata's checksum; it was not uploaded"},
      {"broken", archive, 500'000, 300'000, ErrorCode::io, "the disk is broken"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    bool whole = false;
    test::ScriptedServer server([&](HttpServer& http, const HttpRequest&) {
      const std::string body = test::read_body(http);
      whole = body.ends_with("--\r\n");
      http.respond(200, {}, id_answer);
    });
    OddSource source(c.bytes, c.says);
    source.fails_at = c.fails_at;
    const auto error = test::error_of([&] { upload_archive(server.target(), source, metadata, ArchiveCheck::by_digest, nullptr); });
    REQUIRE(error);
    CHECK(error->code() == c.code);
    CHECK(error->message() == c.message);
    CHECK(source.rewinds == 1);
    server.stop();
    CHECK_FALSE(whole);  // so it cannot have been stored
  }
}

TEST_CASE("what is refused before anything is sent") {
  const std::string archive = "archive";
  struct Case {
    std::function<void(Metadata&)> change;
    ErrorCode code;
    std::string message;
  };
  const Case cases[] = {
      {[](Metadata& m) { m = jujubackup::metadata_from_file(m.size_bytes, m.checksum, m.started); }, ErrorCode::unsupported,
       "a.tar.gz: controllers refuse backups whose metadata has no start time; the archive has no metadata of its own"},
      {[](Metadata& m) { m.started = {}; }, ErrorCode::unsupported,
       "a.tar.gz: controllers refuse backups whose metadata has no start time"},
      {[](Metadata& m) { m.model_uuid.clear(); }, ErrorCode::unsupported,
       "a.tar.gz: controllers refuse backups whose metadata has no model"},
      {[](Metadata& m) { m.machine.clear(); }, ErrorCode::unsupported,
       "a.tar.gz: controllers refuse backups whose metadata has no machine"},
      {[](Metadata& m) { m.hostname.clear(); }, ErrorCode::unsupported,
       "a.tar.gz: controllers refuse backups whose metadata has no host name"},
      {[](Metadata& m) { m.version = {}; }, ErrorCode::unsupported, "a.tar.gz: controllers refuse backups whose metadata has no version"},
      {[](Metadata& m) { m.checksum.clear(); }, ErrorCode::invalid_argument, "a.tar.gz: its size and checksum have to be in the metadata"},
      {[](Metadata& m) { m.size_bytes = 0; }, ErrorCode::invalid_argument, "a.tar.gz: its size and checksum have to be in the metadata"},
      {[](Metadata& m) { m.size_bytes = 9; }, ErrorCode::io, "a.tar.gz: has 7 bytes, where its metadata says 9"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    Metadata metadata = record_of(archive);
    c.change(metadata);
    const auto source = jujubackup::source_of_memory(test::bytes_of(archive), "a.tar.gz");
    // Nobody to send it to.
    const auto error = test::error_of([&] { upload_archive({}, *source, metadata, ArchiveCheck::by_digest, nullptr); });
    REQUIRE(error);
    CHECK(error->code() == c.code);
    CHECK(error->message() == c.message);
  }
}

TEST_CASE("uploads that the controller refuses") {
  const std::string archive(8'000'000, 'd');
  const Metadata metadata = record_of(archive);
  struct Case {
    std::string name;
    int status;
    std::string type, body;
    bool early;  // without reading the request's body
    ErrorCode code;
    std::string message;
  };
  const Case cases[] = {
      {"password", 401, "text/plain", "authentication failed: invalid entity name or password\n", true, ErrorCode::permission,
       "authentication failed: invalid entity name or password"},
      {"2.9.22", 405, "application/json", R"({"message":"unsupported method: \"PUT\"","code":""})", true, ErrorCode::unsupported,
       "unsupported method: \"PUT\""},
      {"exists", 500, "application/json",
       R"({"message":"while storing backup archive: backup metadata \"x\" already exists","code":"already exists"})", false,
       ErrorCode::exists, "while storing backup archive: backup metadata \"x\" already exists"},
      {"disk full", 500, "application/json", R"({"message":"while storing backup archive: no space left on device","code":""})", true,
       ErrorCode::program, "while storing backup archive: no space left on device"},
      {"no ID", 200, "application/json", "{}", false, ErrorCode::corrupt, "the controller's answer has no ID"},
      {"too early", 200, "application/json", std::string(id_answer), true, ErrorCode::corrupt,
       "the controller answered before it had the whole archive"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    test::ScriptedServer server([&](HttpServer& http, const HttpRequest&) {
      if (!c.early) test::read_body(http);
      http.respond(c.status, {{"Content-Type", c.type}}, c.body);
    });
    const auto source = jujubackup::source_of_memory(test::bytes_of(archive), "a.tar.gz");
    const auto error = test::error_of([&] { upload_archive(server.target(), *source, metadata, ArchiveCheck::by_digest, nullptr); });
    REQUIRE(error);
    CHECK(error->code() == c.code);
    CHECK(error->message() == c.message);
    CHECK(std::string(error->what()).starts_with("uploading a.tar.gz to 127.0.0.1:"));
  }
}

TEST_CASE("an upload that is cancelled") {
  const std::string archive(8'000'000, 'e');
  bool whole = false;
  test::ScriptedServer server([&](HttpServer& http, const HttpRequest&) { whole = test::read_body(http).ends_with("--\r\n"); });
  Job job;
  job.on_progress([&](const jujubackup::Progress&) { job.cancel(); });
  const auto source = jujubackup::source_of_memory(test::bytes_of(archive), "a.tar.gz");
  const auto error = test::error_of([&] { upload_archive(server.target(), *source, record_of(archive), ArchiveCheck::by_digest, &job); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
  server.stop();
  CHECK_FALSE(whole);
}
