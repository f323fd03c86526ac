// State, users, routes, waiting archives, the log: what needs no connection.
#include <sys/stat.h>

#include <jujubackup/server.hpp>

#include "base/json.hpp"
#include "io/walk.hpp"
#include "server/controller_state.hpp"
#include "server/event_log.hpp"
#include "server/generation.hpp"
#include "server/random.hpp"
#include "server/route.hpp"
#include "server/users.hpp"
#include "server/waiting_archives.hpp"
#include "test_support.hpp"

using jujubackup::Era;
using jujubackup::ErrorCode;
using jujubackup::Generation;
using jujubackup::JujuVersion;
using jujubackup::Route;
using jujubackup::Timestamp;
using jujubackup::WaitingArchives;
using test::error_of;
using test::Scratch;

namespace {

Generation generation(const char* version) { return Generation(JujuVersion::parse(version)); }

std::string written(const std::string& text, jujubackup::TempFile& file) {
  file.write(test::bytes_of(text));
  return "digest";
}

std::string all_of(jujubackup::Source& source) {
  std::vector<std::byte> buffer(100);
  std::string out;
  while (const std::size_t got = source.read(buffer)) out += test::text_of(std::span(buffer).first(got));
  return out;
}

}  // namespace

TEST_CASE("eras") {
  struct Case {
    const char* version;
    Era era;
  };
  const Case cases[] = {{"2.0.0", Era::database},       {"2.0-beta18", Era::database}, {"2.3.9", Era::database},
                        {"2.4-beta1", Era::on_request}, {"2.9.21", Era::on_request},   {"2.9.22", Era::files},
                        {"3.6.4", Era::files},          {"4.0-beta2", Era::none},      {"4.0.15", Era::none}};
  for (const Case& c : cases) {
    INFO(c.version);
    CHECK(generation(c.version).era == c.era);
  }
  for (const char* version : {"1.25.6", "0.0.0", "9999.9999.9999"}) CHECK(error_of([&] { generation(version); }));
}

TEST_CASE("state is made once, for its owner alone, and kept") {
  const Scratch scratch;
  const std::string directory = scratch / "deep/state";
  const auto first = jujubackup::load_or_make_state(directory);
  const auto second = jujubackup::load_or_make_state(directory);
  CHECK(first.controller_uuid == second.controller_uuid);
  CHECK(first.model_uuid == second.model_uuid);
  CHECK(first.ca.certificate_pem == second.ca.certificate_pem);
  CHECK(first.ca.key_pem == second.ca.key_pem);
  CHECK(jujubackup::is_uuid(first.model_uuid));
  CHECK(first.model_uuid != first.controller_uuid);
  CHECK((jujubackup::look_at(directory).mode & 077) == 0);
  CHECK(jujubackup::look_at(directory + "/controller.json").mode == 0600);
}

TEST_CASE("a damaged state is not replaced, and not quoted") {
  const Scratch scratch;
  const std::string path = scratch / "controller.json";
  const auto state = jujubackup::load_or_make_state(scratch.path());
  const std::string good = test::read_file(path);
  const std::string cases[] = {"", "{}", "SECRET", "{\"ca-private-key\":\"SECRET\"}", good.substr(0, good.size() / 2)};
  for (const std::string& text : cases) {
    test::write_file(path, text);
    const auto error = error_of([&] { jujubackup::load_or_make_state(scratch.path()); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(std::string(error->what()).find("SECRET") == std::string::npos);
    CHECK(test::read_file(path) == text);
  }
}

TEST_CASE("users") {
  const jujubackup::Users users({{"admin", "secret", true}, {"bob", "other", false}});
  struct Case {
    const char *tag, *password, *name;
  };
  const Case cases[] = {{"user-admin", "secret", "admin"},
                        {"user-admin@local", "secret", "admin"},
                        {"user-bob", "other", "bob"},
                        {"user-bob", "secret", ""},
                        {"user-admin", "", ""},
                        {"admin", "secret", ""},
                        {"user-carol", "secret", ""},
                        {"machine-0", "secret", ""},
                        {"user-", "secret", ""},
                        {"", "", ""},
                        {"user-admin@external", "secret", ""}};
  for (const Case& c : cases) {
    INFO(c.tag << " " << c.password);
    const auto* user = users.check(c.tag, c.password);
    CHECK((user == nullptr ? "" : user->name) == c.name);
  }
  const std::vector<std::vector<jujubackup::ServerUser>> bad = {
      {}, {{"admin", "", true}}, {{"", "x", true}}, {{"a b", "x", true}}, {{"-a", "x", true}}, {{"a", "x", true}, {"a", "y", false}}};
  for (const auto& list : bad) {
    const auto error = error_of([&] { const jujubackup::Users refused(list); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::invalid_argument);
  }
}

TEST_CASE("routes") {
  const std::string uuid = "1be318f6-9460-4fe1-8eb4-b1df2db23b53";
  struct Case {
    std::string target;
    const char* version;
    Route::Kind kind;
  };
  const Case cases[] = {
      {"/", "2.9.21", Route::Kind::controller_api},
      {"/api", "2.9.21", Route::Kind::controller_api},
      {"/api?x=/", "2.9.21", Route::Kind::controller_api},
      {"/api/", "2.9.21", Route::Kind::unknown},
      {"/model/" + uuid + "/api", "2.0.0", Route::Kind::model_api},
      {"/model/" + uuid + "/backups", "2.0.0", Route::Kind::backups},
      {"/model/" + uuid + "/backups", "3.6.4", Route::Kind::backups},
      {"/model/" + uuid + "/backups", "4.0.15", Route::Kind::unknown},
      {"/model/" + uuid + "/backups/x", "2.9.21", Route::Kind::unknown},
      {"/model/" + uuid + "/tools", "2.9.21", Route::Kind::unknown},
      {"/model/" + uuid, "2.9.21", Route::Kind::unknown},
      {"/model/UPPER/api", "2.9.21", Route::Kind::bad_uuid},
      {"/model//backups", "2.9.21", Route::Kind::bad_uuid},
      {"/model/x/api", "2.3.0", Route::Kind::model_api},
      {"/environment/" + uuid + "/api", "2.0.0", Route::Kind::unknown},
      {"/health", "2.8.0", Route::Kind::health},
      {"/health", "2.7.0", Route::Kind::unknown},
      {"https://juju-apiserver/api", "2.9.21", Route::Kind::unknown},
      {"", "2.9.21", Route::Kind::unknown},
  };
  for (const Case& c : cases) {
    INFO(c.target << " " << c.version);
    CHECK(jujubackup::route_of(c.target, generation(c.version)).kind == c.kind);
  }
}

TEST_CASE("waiting archives: only their own paths") {
  const Scratch scratch;
  for (const Era era : {Era::on_request, Era::files}) {
    const std::string directory = scratch / (era == Era::files ? "files" : "request");
    WaitingArchives waiting(directory, era);
    const auto started = Timestamp::parse_rfc3339("2026-05-01T10:00:00.5Z");
    const std::string path = waiting.save(started, [](auto& file) { return written("archive", file); });
    CHECK(waiting.is_path(path));
    CHECK(jujubackup::look_at(path).mode == 0600);
    CHECK(waiting.sha1_base64(path) == "digest");
    CHECK(all_of(*waiting.open(path)) == "archive");
    // Known only to the process that made it; otherwise it is computed: `printf archive | sha1sum`.
    CHECK(WaitingArchives(directory, era).sha1_base64(path) == "6/tV9EMrWSEZoQWS5PJicsxyNZ4=");

    const std::string secret = scratch / "juju-backup-20260501-100000.tar.gz";
    test::write_file(secret, "secret");
    const std::string name = path.substr(waiting.directory().size());
    const std::string bad[] = {"",
                               "/",
                               waiting.directory(),
                               waiting.directory() + "/",
                               secret,
                               name.substr(1),
                               waiting.directory() + "/." + name,
                               waiting.directory() + "/../" + "juju-backup-20260501-100000.tar.gz",
                               path + "/",
                               path + "x",
                               "/etc/passwd",
                               waiting.directory() + "/jujuBackup-../juju-backup.tar.gz",
                               waiting.directory() + "/jujuBackup-/juju-backup.tar.gz",
                               waiting.directory() + "//juju-backup-20260501-100000.tar.gz",
                               std::string("\0", 1) + path};
    for (const std::string& text : bad) {
      INFO(text);
      CHECK_FALSE(waiting.is_path(text));
      CHECK(error_of([&] { waiting.open(text); }));
      waiting.remove(text);
    }
    CHECK(test::read_file(secret) == "secret");
    CHECK(std::filesystem::exists(path));
    waiting.take_away(path);
    CHECK_FALSE(std::filesystem::exists(path));
    waiting.give_back(path);
    CHECK(std::filesystem::exists(path));
    waiting.take_away(path);
    const WaitingArchives after_a_crash(directory, era);
    CHECK(std::filesystem::exists(path));
    waiting.take_away(path);
    waiting.remove(path);
    CHECK(std::filesystem::is_empty(directory));
    const auto error = error_of([&] { waiting.open(path); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::not_found);
  }
}

TEST_CASE("waiting archives: a link is not followed") {
  const Scratch scratch;
  WaitingArchives waiting(scratch / "b", Era::files);
  const std::string path = waiting.new_path(Timestamp::now());
  test::write_file(scratch / "secret", "secret");
  std::filesystem::create_symlink(scratch / "secret", path);
  CHECK(error_of([&] { waiting.open(path); }));
}

TEST_CASE("waiting archives: names differ, and a failure leaves nothing") {
  const Scratch scratch;
  for (const Era era : {Era::on_request, Era::files}) {
    const std::string directory = scratch / (era == Era::files ? "files" : "request");
    WaitingArchives waiting(directory, era);
    const auto started = Timestamp::now();
    CHECK(error_of([&] { waiting.save(started, [](auto&) -> std::string { throw jujubackup::Error(ErrorCode::io, "full"); }); }));
    CHECK(std::filesystem::is_empty(directory));
    const std::string first = waiting.save(started, [](auto& file) { return written("1", file); });
    const std::string second = waiting.save(started, [](auto& file) { return written("2", file); });
    CHECK(first != second);
    CHECK(test::read_file(first) == "1");
    CHECK(test::read_file(second) == "2");
  }
}

TEST_CASE("the log is one object a line, however long and odd its texts") {
  std::vector<std::string> lines;
  jujubackup::EventLog log([&](std::string_view line) { lines.emplace_back(line); });
  log.add({"1.2.3.4:5", "admin", "Backups.Create", "ok", 17});
  log.add({"1.2.3.4:5", "", std::string(5000, 'x'), "line\nend \"quoted\" \xff"});
  jujubackup::EventLog([](std::string_view) { throw std::runtime_error("disk full"); }).add({"p", "", "w", "o"});
  REQUIRE(lines.size() == 2);
  for (const std::string& line : lines) {
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.size() < 2000);
    CHECK(jujubackup::parse_json(line).object() != nullptr);
  }
  const auto first = jujubackup::parse_json(lines[0]);
  CHECK(*first.find("user")->string() == "admin");
  CHECK(*first.find("bytes")->integer() == 17);
  CHECK(jujubackup::parse_json(lines[1]).find("user") == nullptr);
}
