// Downloads from a controller that behaves, and from those that do not.
#include <algorithm>
#include <optional>
#include <string>

#include <jujubackup/metadata.hpp>

#include "base/encoding.hpp"
#include "controller/http_error.hpp"
#include "crypto/digest.hpp"
#include "scripted_server.hpp"

using jujubackup::Digest;
using jujubackup::ErrorCode;
using jujubackup::HttpFields;
using jujubackup::HttpRequest;
using jujubackup::HttpResponse;
using jujubackup::HttpServer;
using jujubackup::Job;
using jujubackup::Metadata;
using jujubackup::open_download;

namespace {

const std::string backup_id = "20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01";

// Not compressible, and larger than all buffers together.
std::string noise(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint32_t state = 7;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

std::string sha1_of(const std::string& text) {
  Digest digest(Digest::Kind::sha1);
  digest.update(test::bytes_of(text));
  return digest.finish_base64();
}

Metadata record_of(const std::string& archive) {
  Metadata metadata;
  metadata.id = backup_id;
  metadata.size_bytes = static_cast<std::int64_t>(archive.size());
  metadata.checksum = sha1_of(archive);
  metadata.checksum_format = jujubackup::checksum_format_sha1;
  metadata.machine = "2";
  return metadata;
}

// As all releases label it.
HttpFields archive_fields(const std::string& checksum) {
  return {{"Content-Type", "application/octet-stream"}, {"Digest", "SHA-256=" + jujubackup::to_base64(test::bytes_of(checksum))}};
}

struct Read {
  std::string text;
  std::optional<jujubackup::Error> error;
};
Read read_to_end(jujubackup::Source& source, std::size_t piece_bytes = 70000) {
  Read read;
  std::vector<std::byte> buffer(piece_bytes);
  read.error = test::error_of([&] {
    while (const std::size_t got = source.read(buffer)) read.text += test::text_of(std::span(buffer).first(got));
  });
  return read;
}

}  // namespace

TEST_CASE("a download") {
  const std::string archive = noise(3'000'017);
  const Metadata expected = record_of(archive);
  HttpRequest seen;
  std::string seen_body;
  test::ScriptedServer server([&](HttpServer& http, const HttpRequest& request) {
    seen = request;
    seen_body = test::read_body(http);
    http.start_response(200, archive_fields(expected.checksum));
    // In pieces that fit no buffer.
    for (std::size_t at = 0; at < archive.size(); at += 99'991)
      http.write_body(test::bytes_of(archive).subspan(at, std::min<std::size_t>(99'991, archive.size() - at)));
    http.finish_response();
  });
  for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{5000}, std::size_t{1} << 20}) {
    for (const Metadata* record : {&expected, static_cast<const Metadata*>(nullptr)}) {
      if (piece_bytes == 1 && record == nullptr) continue;
      const auto source = open_download(server.target(), backup_id, record, nullptr);
      CHECK(source->size() == (record != nullptr ? std::optional<std::uint64_t>(archive.size()) : std::nullopt));
      source->rewind();  // nothing was read
      const Read read = read_to_end(*source, piece_bytes);
      CHECK_FALSE(read.error);
      CHECK(read.text == archive);
      std::byte more{};
      CHECK(source->read({&more, 1}) == 0);
      CHECK(test::error_of([&] { source->rewind(); })->code() == ErrorCode::unsupported);
    }
  }
  server.stop();
  CHECK(server.connections() == 5);
  CHECK(seen.method == "GET");
  CHECK(seen.target == "/model/" + std::string(test::transfer_model) + "/backups");
  REQUIRE(seen.fields.find("content-type") != nullptr);
  CHECK(*seen.fields.find("content-type") == "application/json");
  REQUIRE(seen.fields.find("authorization") != nullptr);
  CHECK(*seen.fields.find("authorization") == "Basic dXNlci1hZG1pbjpzZWNyZXQ=");
  CHECK(seen_body == R"({"id":")" + backup_id + R"("})");
}

TEST_CASE("nothing is asked for before the first read") {
  test::ScriptedServer server([](HttpServer& http, const HttpRequest&) { http.respond(500, {}, "never"); });
  { const auto source = open_download(server.target(), "/a/path", nullptr, nullptr); }
  server.stop();
  CHECK(server.connections() == 0);
}

TEST_CASE("downloads that end badly") {
  const std::string archive = noise(600'000);
  const std::string other = noise(600'001).substr(1);
  const Metadata expected = record_of(archive);
  const std::string json_error = "{\"message\":\"reading \\u003cfile\\u003e: input/output error\",\"code\":\"\"}\n";
  enum class End { finished, cut };
  struct Case {
    std::string name;
    std::string body;
    End end;
    bool with_record;
    std::string announced;
    ErrorCode code;
    std::string message;
    std::size_t most_bytes;  // that may be handed out
  };
  const Case cases[] = {
      {"an error behind half of it", archive.substr(0, 300'000) + json_error, End::finished, true, expected.checksum, ErrorCode::corrupt,
       "the controller broke off in the archive: reading <file>: input/output error", 300'000},
      {"an error behind all but its last byte", archive.substr(0, 599'999) + json_error, End::finished, true, expected.checksum,
       ErrorCode::corrupt, "the controller broke off in the archive: reading <file>: input/output error", 599'999},
      {"an error where the size happens to be right", archive.substr(0, 600'000 - json_error.size()) + json_error, End::finished, true,
       expected.checksum, ErrorCode::corrupt, "the controller broke off in the archive: reading <file>: input/output error", 599'900},
      {"an error behind half of it, without a record", archive.substr(0, 300'000) + json_error, End::finished, false, expected.checksum,
       ErrorCode::corrupt, "the controller broke off in the archive: reading <file>: input/output error", 300'000},
      {"a wrapped error instead of it", "{\"error\":{\"message\":\"no\",\"code\":\"\"}}", End::finished, true, expected.checksum,
       ErrorCode::corrupt, "the controller broke off in the archive: no", 0},
      {"one byte too few", archive.substr(0, 599'999), End::finished, true, expected.checksum, ErrorCode::corrupt,
       "the answer ended after 599999 of 600000 bytes", 599'999},
      {"one byte too many", archive + "x", End::finished, true, expected.checksum, ErrorCode::corrupt,
       "more bytes came than the 600000 of the archive", 599'999},
      {"many bytes too many", archive + archive, End::finished, true, expected.checksum, ErrorCode::corrupt,
       "more bytes came than the 600000 of the archive", 600'000},
      {"other bytes", other, End::finished, true, expected.checksum, ErrorCode::corrupt,
       "the bytes that came are not those that were recorded (SHA-1)", 599'999},
      {"nothing", "", End::finished, true, expected.checksum, ErrorCode::corrupt, "the answer ended after 0 of 600000 bytes", 0},
      {"another archive is announced", other, End::finished, true, sha1_of(other), ErrorCode::corrupt,
       "the controller is about to send an archive with SHA-1 " + sha1_of(other) + ", where its record says \"" + expected.checksum + "\"",
       0},
      {"cut in the middle", archive.substr(0, 300'000), End::cut, true, expected.checksum, ErrorCode::io, "", 300'000},
      {"cut before the end mark", archive, End::cut, true, expected.checksum, ErrorCode::io, "", 599'999},
      {"cut in the middle, without a record", archive.substr(0, 300'000), End::cut, false, expected.checksum, ErrorCode::io, "", 300'000},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    test::ScriptedServer server([&](HttpServer& http, const HttpRequest&) {
      test::read_body(http);
      http.start_response(200, archive_fields(c.announced));
      if (!c.body.empty()) http.write_body(test::bytes_of(c.body));
      if (c.end == End::finished) http.finish_response();
    });
    const auto source = open_download(server.target(), backup_id, c.with_record ? &expected : nullptr, nullptr);
    const Read read = read_to_end(*source);
    REQUIRE(read.error);
    CHECK(read.error->code() == c.code);
    if (!c.message.empty()) CHECK(read.error->message() == c.message);
    CHECK(std::string(read.error->what()).starts_with("downloading \"" + backup_id + "\" from 127.0.0.1:"));
    CHECK(read.text.size() <= c.most_bytes);
    CHECK(c.body.starts_with(read.text));
    // And again, instead of an end.
    CHECK(read_to_end(*source).error->message() == read.error->message());
  }
}

TEST_CASE("what is no digest of an archive is not compared") {
  const std::string archive = "short";
  const Metadata expected = record_of(archive);
  for (const char* header : {"", "SHA-256", "SHA-256=!", "SHA-256=YWJj", "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}) {
    test::ScriptedServer server([&](HttpServer& http, const HttpRequest&) {
      test::read_body(http);
      http.respond(200, {{"Digest", header}, {"Content-Type", "application/octet-stream"}}, archive);
    });
    const auto source = open_download(server.target(), backup_id, &expected, nullptr);
    const Read read = read_to_end(*source);
    CHECK_FALSE(read.error);
    CHECK(read.text == archive);
  }
}

TEST_CASE("refused downloads") {
  const std::string path = "/var/backups/juju-backup-20240101-020304.tar.gz";
  struct Case {
    std::string name;
    std::string id;
    int status;
    std::string type, body;
    ErrorCode code;
    std::string message;
  };
  const Case cases[] = {
      {"bare", backup_id, 404, "application/json", R"({"message":"backup metadata \"x\" not found","code":"not found"})",
       ErrorCode::not_found, "backup metadata \"x\" not found"},
      {"4.x", backup_id, 404, "text/plain; charset=utf-8", "404 page not found\n", ErrorCode::unsupported,
       "downloading and uploading backup archives is not supported by this controller (HTTP 404); copy them with juju scp"},
      {"no superuser", backup_id, 403, "text/plain; charset=utf-8", "authorization failed: user bob is not a controller admin\n",
       ErrorCode::permission, "authorization failed: user bob is not a controller admin"},
      {"a path twice", path, 500, "application/json",
       R"({"message":"while opening archive file for download: open /x: no such file or directory","code":""})", ErrorCode::not_found,
       "while opening archive file for download: open /x: no such file or directory; it was downloaded already, which deletes it, or it "
       "lies "
       "on another controller machine: machine \"2\" made it, this connection reached 127.0.0.1:PORT"},
      {"a path that is none", path, 500, "application/json", R"({"message":"backup file \"x\" not valid","code":"not valid"})",
       ErrorCode::program, "backup file \"x\" not valid"},
  };
  const Metadata expected = record_of("x");
  for (const Case& c : cases) {
    CAPTURE(c.name);
    test::ScriptedServer server([&](HttpServer& http, const HttpRequest&) {
      test::read_body(http);
      http.respond(c.status, {{"Content-Type", c.type}}, c.body);
    });
    const auto target = server.target();
    const auto source = open_download(target, c.id, &expected, nullptr);
    const Read read = read_to_end(*source);
    REQUIRE(read.error);
    CHECK(read.error->code() == c.code);
    std::string message = c.message;
    if (const auto at = message.find("PORT"); at != std::string::npos)
      message.replace(at, 4, std::to_string(target.dial.endpoints.front().port));
    CHECK(read.error->message() == message);
    CHECK(read.text.empty());
  }
}

TEST_CASE("a download that is cancelled") {
  Job job;
  const std::string archive = noise(600'000);
  const Metadata expected = record_of(archive);
  test::ScriptedServer server([&](HttpServer& http, const HttpRequest&) {
    test::read_body(http);
    http.start_response(200, {});
    http.write_body(test::bytes_of(archive).first(300'000));
    // Says nothing from now on, until the client has gone.
    http.stream().wait_readable(std::chrono::seconds(20));
  });
  auto target = server.target();
  SUBCASE("while bytes come") {
    const auto source = open_download(target, backup_id, &expected, &job);
    std::byte one{};
    REQUIRE(source->read({&one, 1}) == 1);
    job.cancel();
    CHECK(read_to_end(*source).error->code() == ErrorCode::cancelled);
  }
  SUBCASE("while none come") {
    const auto source = open_download(target, backup_id, &expected, &job);
    std::vector<std::byte> all(250'000);
    for (std::size_t at = 0; at < all.size();) at += source->read(std::span(all).subspan(at));
    std::thread canceller([&job] { job.cancel(); });
    CHECK(read_to_end(*source).error->code() == ErrorCode::cancelled);
    canceller.join();
  }
  SUBCASE("by the idle timeout") {
    target.idle_timeout = std::chrono::milliseconds(50);
    const auto source = open_download(target, backup_id, &expected, &job);
    CHECK(read_to_end(*source).error->code() == ErrorCode::io);
  }
}

TEST_CASE("errors over HTTP") {
  struct Case {
    int status;
    std::string type, body;
    ErrorCode code;
    std::string message;
  };
  const std::string page = "<html><body>Bad Gateway</body></html>";
  const Case cases[] = {
      {500, "application/json", R"({"message":"m","code":"not found"})", ErrorCode::not_found, "m"},
      {500, "application/json", R"({"error":{"message":"m","code":"already exists"}})", ErrorCode::exists, "m"},
      {500, "application/json", R"({"error":"m","error-code":"not supported"})", ErrorCode::unsupported, "m"},
      {500, "application/json", R"({"message":"m","code":""})", ErrorCode::program, "m"},
      {500, "application/json", R"({"message":"","code":"not found"})", ErrorCode::program, "not found"},
      {500, "application/json", R"({"message":"m","code":"upgrade in progress"})", ErrorCode::busy, "m"},
      {401, "application/json", R"({"message":"requested model","code":"unauthorized access"})", ErrorCode::permission, "requested model"},
      {405, "application/json", R"({"message":"unsupported method: \"PUT\"","code":"method not allowed"})", ErrorCode::unsupported,
       "unsupported method: \"PUT\""},
      {401, "text/plain", "authentication failed: no\nmore\n", ErrorCode::permission, "authentication failed: no"},
      {503, "text/plain", "apiserver shutdown in progress\n", ErrorCode::busy, "apiserver shutdown in progress"},
      {502, "text/html", page, ErrorCode::program, "the controller answered HTTP 502 Reason"},
      {500, "application/json", "{\"message\":", ErrorCode::program, "the controller answered HTTP 500 Reason"},
      {500, "application/json", "{}", ErrorCode::program, "the controller answered HTTP 500 Reason"},
      {302, "text/plain", "", ErrorCode::program, "the controller answered HTTP 302 Reason"},
      {500, "text/plain", "a\x1b[31mb", ErrorCode::program, "a\\x1b[31mb"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.body);
    const auto error = jujubackup::http_error({c.status, "Reason", {{"Content-Type", c.type}}}, c.body);
    CHECK(error.code() == c.code);
    CHECK(error.message() == c.message);
    CHECK(error.retry_may_help() == (c.code == ErrorCode::busy));
  }
  CHECK(jujubackup::http_error({500, "", {}}, std::string(70'000, 'x')).message().size() == 1000);
}

TEST_CASE("an error behind an archive") {
  using jujubackup::find_appended_error;
  const std::string error = R"({"error":{"message":"m {\"message\"","code":"c"}})";
  const auto found = find_appended_error("archive" + error + "\n");
  REQUIRE(found);
  CHECK(found->offset == 7);
  CHECK(found->error.message == "m {\"message\"");
  CHECK(found->error.code == "c");
  for (const std::string& tail : {std::string(), std::string("archive"), error + "x", std::string(R"({"message":"m")"),
                                  std::string(R"({"other":"m"})"), std::string(8192, '{'), std::string("{\"message\"")}) {
    CHECK_FALSE(find_appended_error(tail));
  }
}
