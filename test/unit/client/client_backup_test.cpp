#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include <jujubackup/client.hpp>
#include <jujubackup/client_backup.hpp>

#include "base/yaml.hpp"
#include "client/backup_layout.hpp"
#include "client/store_lock.hpp"
#include "client_tree.hpp"

using jujubackup::ClientBackupOptions;
using jujubackup::ClientBackupRecord;
using jujubackup::ErrorCode;
using jujubackup::Verdict;

namespace {

std::vector<std::string> names_in(const std::string& archive) {
  std::vector<std::string> names;
  for (const auto& entry : jujubackup::Archive::open(test::source_of(archive)).list(false)) names.push_back(entry.path);
  return names;
}

bool has_secret(const std::string& text) {
  return std::any_of(std::begin(test::secrets), std::end(test::secrets),
                     [&](std::string_view secret) { return text.find(secret) != std::string::npos; });
}

void make_socket(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof(address.sun_path));
  std::copy(path.begin(), path.end(), address.sun_path);
  CHECK(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  ::close(fd);
}

}  // namespace

TEST_CASE("a backup holds the directory under the names that tar gives it from the home folder") {
  const test::Home home;
  home.fill();
  test::write_private(home / ".go-cookies", "[]");
  test::write_file(home.juju("charmcache/x/charm.zip"), "zip");
  test::write_file(home.juju("cookies/prod.json.lock"), "");
  make_socket(home.juju("s"));
  ClientBackupRecord made;
  const std::string archive = test::back_up(&made);
  CHECK(names_in(archive) ==
        std::vector<std::string>{".local/share/juju", ".local/share/juju/accounts.yaml", ".local/share/juju/aliases",
                                 ".local/share/juju/bootstrap-config.yaml", ".local/share/juju/controllers.yaml",
                                 ".local/share/juju/cookies", ".local/share/juju/cookies/prod.json", ".local/share/juju/credentials.yaml",
                                 ".local/share/juju/models.yaml", ".local/share/juju/more-aliases", ".local/share/juju/ssh",
                                 ".local/share/juju/ssh/juju_id_rsa", ".go-cookies", ".local/share/juju/.juju-client-manifest.json"});
  CHECK(made.left_out ==
        std::vector<std::string>{"charmcache: a cache", "cookies/prod.json.lock: a lock file", "s: a socket, FIFO or device"});
  CHECK(made.warnings.empty());
  CHECK(made.files == 9);
  CHECK(made.directory == home.juju());

  auto source = test::source_of(archive);
  const ClientBackupRecord seen = jujubackup::show_client_backup(*source);
  CHECK(seen.own);
  CHECK(seen.started == made.started);
  CHECK(seen.host == made.host);
  CHECK(seen.directory == made.directory);
  CHECK(seen.entry == ".local/share/juju");
  CHECK(seen.cookie_jar == ".go-cookies");
  CHECK(seen.files == made.files);
  CHECK(seen.content_bytes == made.content_bytes);
  CHECK(seen.size_bytes == archive.size());
  CHECK(seen.size_bytes == made.size_bytes);
  CHECK(seen.sha256_hex == made.sha256_hex);
  CHECK(seen.sha1_base64 == made.sha1_base64);
  REQUIRE(seen.controllers.size() == 2);
  CHECK(seen.controllers[0].name == "prod");
  CHECK(seen.controllers[0].user == "admin");
  CHECK(seen.controllers[0].current);
  CHECK(seen.controllers[0].models == std::vector<std::string>{"admin/controller", "admin/web"});
  CHECK(seen.controllers[1].user == "bob@external");
  for (const std::string& text : {to_text(seen), to_json(seen), to_yaml(seen), to_text(made), to_json(made)}) {
    CHECK_FALSE(has_secret(text));
    CHECK(text.find("admin/web") != std::string::npos);
  }
  CHECK(jujubackup::parse_yaml(to_yaml(made)).object() != nullptr);

  const auto report = jujubackup::verify_client_backup(*test::source_of(archive));
  CHECK(report.verdict() == Verdict::ok);
  CHECK(report.manifest_checked);
  CHECK(report.own_layout);
  CHECK(report.sha256_hex == made.sha256_hex);

  ClientBackupOptions without;
  without.cookie_jar = false;
  const auto names = names_in(test::back_up(nullptr, without));
  CHECK(std::count(names.begin(), names.end(), ".go-cookies") == 0);
}

TEST_CASE("names of entries and of files") {
  struct Case {
    const char* path;
    const char* home;
    const char* expected;
  };
  for (const Case& c : {Case{"/home/bob/.local/share/juju", "/home/bob", ".local/share/juju"},
                        {"/home/bob/.local/share/juju/", "/home/bob/", ".local/share/juju"},
                        {"/srv/juju", "/home/bob", "srv/juju"},
                        {"/home/bobby/juju", "/home/bob", "home/bobby/juju"},
                        {"/home/bob", "/home/bob", "home/bob"},
                        {"/srv/juju", "", "srv/juju"},
                        {"/root/x", "/", "root/x"}}) {
    CAPTURE(c.path);
    CHECK(jujubackup::client::entry_name(c.path, c.home) == c.expected);
  }
  const auto when = jujubackup::Timestamp::parse_rfc3339("2016-10-13T09:15:00Z");
  CHECK(jujubackup::client_backup_name(when, true) == "juju-client-20161013-091500.tar.gz");
  const test::ProcessEnvironment environment(test::Variables{{"TZ", "UTC-2"}});
  ::tzset();
  CHECK(jujubackup::client_backup_name(when) == "juju-client-20161013-111500.tar.gz");
  ::unsetenv("TZ");
  ::tzset();
}

TEST_CASE("what tar made is shown and verified, wherever the directory is in it") {
  const test::Home home;
  home.fill();
  struct Case {
    const char* directory;  // below the home folder
    std::string arguments;
    const char* entry;
  };
  for (const Case& c : {Case{"", ".local/share/juju", ".local/share/juju"},
                        {"", "./.local/share/juju", ".local/share/juju"},
                        {"", ".", ".local/share/juju"},
                        {"", "-P " + home.juju(), nullptr},
                        {"", home.juju(), nullptr},
                        {"/.local/share", "juju", "juju"},
                        {"/.local/share/juju", ".", ""},
                        {"", ".local/share/juju/accounts.yaml .local/share/juju/controllers.yaml", ".local/share/juju"}}) {
    CAPTURE(c.arguments);
    const std::string archive = test::tar(home.path() + c.directory, c.arguments, home.scratch("t.tar.gz"));
    const auto seen = jujubackup::show_client_backup(*test::source_of(archive));
    CHECK(seen.entry == (c.entry == nullptr ? home.juju().substr(1) : c.entry));
    CHECK_FALSE(seen.own);
    CHECK(seen.controllers.size() == 2);
    const auto report = jujubackup::verify_client_backup(*test::source_of(archive));
    CHECK(report.verdict() == Verdict::ok);
    CHECK_FALSE(report.own_layout);
  }
}

TEST_CASE("what is no backup of a client directory, or a bad one") {
  const test::Home home;
  home.fill();
  test::write_file(home / "other/file", "x");
  const std::string other = test::tar(home.path(), "other", home.scratch("t.tar.gz"));
  CHECK(test::error_of([&] { jujubackup::show_client_backup(*test::source_of(other)); })->code() == ErrorCode::unsupported);
  test::write_file(home / "a/controllers.yaml", "");
  test::write_file(home / "b/controllers.yaml", "");
  const std::string two = test::tar(home.path(), "a b", home.scratch("t.tar.gz"));
  CHECK(test::error_of([&] { jujubackup::show_client_backup(*test::source_of(two)); })->code() == ErrorCode::unsupported);

  const std::string good = test::back_up();
  for (std::size_t length = 0; length < good.size(); length += 97) {
    const std::string cut = good.substr(0, length);
    CHECK(jujubackup::verify_client_backup(*test::source_of(cut)).verdict() == Verdict::bad);
    CHECK(test::error_of([&] { jujubackup::show_client_backup(*test::source_of(cut)); }));
  }
  for (std::size_t at = 30; at < good.size(); at += 61) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    CHECK(jujubackup::verify_client_backup(*test::source_of(changed)).verdict() == Verdict::bad);
  }
  jujubackup::VerifyOptions recorded;
  recorded.recorded_size_bytes = 1;
  CHECK(jujubackup::verify_client_backup(*test::source_of(good), recorded).has("recorded-size"));

  // Broken YAML is backed up, with a warning, and nothing of it is quoted.
  test::write_private(home.juju("accounts.yaml"), "controllers: {prod: {password: hush-admin");
  ClientBackupRecord record;
  const std::string broken = test::back_up(&record);
  CHECK_FALSE(record.warnings.empty());
  CHECK_FALSE(has_secret(to_text(record)));
  const auto report = jujubackup::verify_client_backup(*test::source_of(broken));
  CHECK(report.has("client-yaml-bad"));
  CHECK_FALSE(has_secret(to_text(report)));
  ClientBackupOptions strict;
  strict.write.strict = true;
  CHECK(test::error_of([&] { test::back_up(nullptr, strict); }));

  std::filesystem::remove(home.juju("controllers.yaml"));
  test::write_private(home.juju("accounts.yaml"), "");
  CHECK(jujubackup::verify_client_backup(*test::source_of(test::back_up())).has("client-controllers-missing"));
  std::filesystem::remove_all(home.juju());
  CHECK(test::error_of([&] { test::back_up(); })->code() == ErrorCode::not_found);
}

TEST_CASE("while another process holds the lock a backup waits, says so, and gives up or goes on") {
  const test::Home home;
  home.fill();
  const auto points = jujubackup::client::lock_points(home.juju(), home.scratch(""), jujubackup::client::this_platform);
  // flock is of the open file, so that another descriptor of this process is another holder.
  const int fd = ::open(points.front().name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::flock(fd, LOCK_EX | LOCK_NB) == 0);
  std::vector<std::string> notes;
  jujubackup::Job job;
  job.on_note([&](std::string_view note) { notes.emplace_back(note); });
  CHECK(test::error_of([&] { test::back_up(nullptr, {}, &job); })->code() == ErrorCode::busy);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].starts_with("waiting up to five seconds for the lock: "));

  ClientBackupOptions go_on;
  go_on.go_on_without_lock = true;
  ClientBackupRecord record;
  test::back_up(&record, go_on);
  REQUIRE(record.warnings.size() == 1);
  CHECK(record.warnings[0].starts_with("the lock was not waited for any longer"));

  // And one that gets it after all. The note is the moment at which it began to wait.
  jujubackup::Job waiting;
  waiting.on_note([&](std::string_view) { ::flock(fd, LOCK_UN); });
  test::back_up(&record, {}, &waiting);
  CHECK(record.warnings.empty());
  ::close(fd);
}

TEST_CASE("files that change while they are read are whole ones") {
  const test::Home home;
  home.fill();
  std::string large = "credentials:\n";
  for (int i = 0; i < 3000; ++i) large += "  cloud" + std::to_string(i) + ": {me: {auth-type: x}}\n";
  const std::string marked = "# whole\n";
  test::write_private(home.juju("credentials.yaml"), marked + large);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      // Replaced as Juju does; and one that comes and goes.
      test::write_private(home.juju(".tmp-yaml"), i % 2 == 0 ? marked + large : marked + "credentials: {}\n");
      std::rename(home.juju(".tmp-yaml").c_str(), home.juju("credentials.yaml").c_str());
      test::write_file(home.juju("aliases-" + std::to_string(i % 5)), "x");
      std::filesystem::remove(home.juju("aliases-" + std::to_string((i + 2) % 5)));
    }
  });
  for (int i = 0; i < 40; ++i) {
    const std::string archive = test::back_up();
    jujubackup::MemorySink sink(std::size_t{1} << 20);
    jujubackup::Archive::open(test::source_of(archive)).read_entry(".local/share/juju/credentials.yaml", sink);
    const std::string seen = sink.text();
    CHECK((seen == marked + large || seen == marked + "credentials: {}\n"));
    CHECK(jujubackup::verify_client_backup(*test::source_of(archive)).verdict() != Verdict::bad);
  }
  stop = true;
  writer.join();
}

TEST_CASE("files too large for memory are streamed, and a directory may be a link") {
  const test::Home home;
  home.fill();
  std::filesystem::rename(home.juju(), home / "elsewhere");
  std::filesystem::create_directory_symlink(home / "elsewhere", home.juju());
  std::string large(std::size_t{9} << 20, 'l');
  test::write_file(home.juju("notes"), large);
  test::write_file(home.juju("big/controllers.yaml"), large);
  ClientBackupRecord record;
  const std::string archive = test::back_up(&record);
  CHECK(record.content_bytes > 2 * large.size());
  jujubackup::MemorySink sink(std::size_t{16} << 20);
  jujubackup::Archive::open(test::source_of(archive)).read_entry(".local/share/juju/notes", sink);
  CHECK(sink.text() == large);
  CHECK(jujubackup::verify_client_backup(*test::source_of(archive)).verdict() == Verdict::ok);
  CHECK(jujubackup::show_client_backup(*test::source_of(archive)).controllers.size() == 2);
}
