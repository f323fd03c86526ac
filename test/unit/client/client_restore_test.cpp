#include <sys/stat.h>

#include <filesystem>
#include <functional>

#include <jujubackup/client.hpp>
#include <jujubackup/client_backup.hpp>

#include "client/merge.hpp"
#include "client_tree.hpp"

using jujubackup::ClientAction;
using jujubackup::ClientDifference;
using jujubackup::ClientRestoreOptions;
using jujubackup::ClientRestorePlan;
using jujubackup::ClientRestoreResult;
using jujubackup::ClientRestoreState;
using jujubackup::ErrorCode;

namespace {

ClientRestoreResult restore(const std::string& archive, const ClientRestoreOptions& options = {}) {
  return jujubackup::restore_client(*test::source_of(archive), options);
}
ClientRestorePlan plan(const std::string& archive, const ClientRestoreOptions& options = {}) {
  return jujubackup::plan_client_restore(*test::source_of(archive), options);
}

ClientRestoreOptions with_force() {
  ClientRestoreOptions options;
  options.force = true;
  return options;
}

// "action path" for each but directories.
std::vector<std::string> actions_of(const ClientRestorePlan& plan) {
  std::vector<std::string> lines;
  for (const auto& path : plan.paths) lines.push_back(std::string(name_of(path.action)) + " " + path.path);
  return lines;
}

std::uint32_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("to a machine without a client directory") {
  const test::Home home;
  home.fill();
  test::write_private(home / ".go-cookies", "[]");
  const std::string archive = test::back_up();
  const std::string before = test::look_of(home.juju());
  std::filesystem::remove_all(home / ".local");
  std::filesystem::remove(home / ".go-cookies");

  const auto planned = plan(archive);
  CHECK_FALSE(planned.needs_force());
  CHECK(planned.changes());
  CHECK_FALSE(std::filesystem::exists(home / ".local"));
  const auto result = restore(archive);
  CHECK(result.changed);
  CHECK(result.kept.empty());
  CHECK(result.files == 9);
  CHECK(test::look_of(home.juju()) == before);
  CHECK(mode_of(home.juju()) == 0700);
  CHECK(test::read_file(home / ".go-cookies") == "[]");
  CHECK_FALSE(jujubackup::find_unfinished_restore(""));
  // And once more, when all is there.
  const auto again = restore(archive);
  CHECK_FALSE(again.changed);
  CHECK_FALSE(plan(archive).changes());
}

TEST_CASE("over a directory that differs: refused, forced, undone, committed") {
  const test::Home home;
  home.fill();
  const std::string archive = test::back_up();
  const std::string backed_up = test::look_of(home.juju());
  test::write_private(home.juju("controllers.yaml"), test::controllers_yaml("1.1.1.1:17070"));
  test::write_private(home.juju("accounts.yaml"), "controllers:\n  prod: {user: bob, password: hush-other}\n  new: {user: eve}\n");
  test::write_private(home.juju("own-file"), "mine");
  std::filesystem::create_symlink("/etc/passwd", home.juju("own-link"));
  std::filesystem::remove(home.juju("aliases"));
  ::chmod(home.juju("models.yaml").c_str(), 0644);
  const std::string before = test::look_of(home.juju());

  const ClientRestorePlan planned = plan(archive);
  CHECK(actions_of(planned) == std::vector<std::string>{"overwrite accounts.yaml", "create aliases", "same bootstrap-config.yaml",
                                                        "overwrite controllers.yaml", "same cookies/prod.json", "same credentials.yaml",
                                                        "same models.yaml", "same more-aliases", "leave own-file", "leave own-link",
                                                        "same ssh/juju_id_rsa"});
  REQUIRE(planned.controllers.size() == 3);
  CHECK(planned.controllers[0].name == "new");
  CHECK(planned.controllers[0].difference == ClientDifference::only_here);
  CHECK(planned.controllers[1].name == "prod");
  CHECK(planned.controllers[1].difference == ClientDifference::differs);
  CHECK(planned.controllers[1].account == ClientDifference::differs);
  CHECK(planned.controllers[1].user_here == "bob");
  CHECK(planned.controllers[1].user_in_backup == "admin");
  for (const std::string& text : {to_text(planned), to_json(planned), to_yaml(planned)}) {
    CHECK(text.find("hush") == std::string::npos);
    CHECK(text.find("accounts.yaml") != std::string::npos);
  }

  const auto refused = test::error_of([&] { restore(archive); });
  REQUIRE(refused);
  CHECK(refused->code() == ErrorCode::exists);
  CHECK(refused->message().find("accounts.yaml, controllers.yaml") != std::string::npos);
  CHECK(test::look_of(home.juju()) == before);

  const auto result = restore(archive, with_force());
  CHECK(result.changed);
  CHECK(result.kept == home.juju() + ".before-restore");
  CHECK(test::look_of(result.kept) == before);
  CHECK(test::read_file(home.juju("own-file")) == "mine");
  CHECK(std::filesystem::read_symlink(home.juju("own-link")) == "/etc/passwd");
  CHECK(mode_of(home.juju("models.yaml")) == 0600);
  const auto found = jujubackup::find_unfinished_restore("");
  REQUIRE(found);
  CHECK(found->state == ClientRestoreState::restored);
  CHECK(found->kept == result.kept);
  CHECK(test::error_of([&] { restore(archive, with_force()); })->code() == ErrorCode::exists);

  jujubackup::undo_client_restore("");
  CHECK(test::look_of(home.juju()) == before);
  CHECK_FALSE(jujubackup::find_unfinished_restore(""));
  CHECK(test::error_of([] { jujubackup::undo_client_restore(""); })->code() == ErrorCode::not_found);

  restore(archive, with_force());
  jujubackup::commit_client_restore("");
  CHECK_FALSE(jujubackup::find_unfinished_restore(""));
  CHECK_FALSE(std::filesystem::exists(result.kept));
  std::filesystem::remove(home.juju("own-file"));
  std::filesystem::remove(home.juju("own-link"));
  CHECK(test::look_of(home.juju()) == backed_up);
}

TEST_CASE("single controllers are merged, and nothing else is touched") {
  const test::Home home;
  home.fill();
  const std::string archive = test::back_up();
  const std::string comment = "# mine\n";
  test::write_private(home.juju("controllers.yaml"),
                      comment + "controllers:\n  other:\n    uuid: 2f5e9b7c-5555-4666-8777-2b1d3c4e5f62\ncurrent-controller: other\n");
  test::write_private(home.juju("accounts.yaml"), "controllers:\n  other: {user: me, password: \"0123\"}\n");
  test::write_private(home.juju("credentials.yaml"), "credentials: {}\n");
  std::filesystem::remove(home.juju("models.yaml"));
  std::filesystem::remove_all(home.juju("cookies"));
  test::write_private(home.juju("ssh/juju_id_rsa"), "another key\n");

  ClientRestoreOptions options;
  options.controllers = {"prod"};
  const ClientRestorePlan planned = plan(archive, options);
  CHECK(planned.merge);
  CHECK_FALSE(planned.needs_force());
  CHECK(actions_of(planned) == std::vector<std::string>{"merge accounts.yaml", "leave aliases", "leave bootstrap-config.yaml",
                                                        "merge controllers.yaml", "create cookies/prod.json", "leave credentials.yaml",
                                                        "create models.yaml", "leave more-aliases", "leave ssh/juju_id_rsa"});
  const auto result = restore(archive, options);
  CHECK(result.changed);
  CHECK(test::read_file(home.juju("ssh/juju_id_rsa")) == "another key\n");
  CHECK(test::read_file(home.juju("credentials.yaml")) == "credentials: {}\n");
  CHECK(test::read_file(home.juju("cookies/prod.json")).find("hush-cookie") != std::string::npos);
  CHECK(mode_of(home.juju("cookies")) == 0700);
  CHECK(mode_of(home.juju("cookies/prod.json")) == 0600);
  CHECK(mode_of(home.juju("models.yaml")) == 0600);
  CHECK(test::read_file(home.juju("accounts.yaml")) ==
        "controllers:\n  other:\n    user: me\n    password: \"0123\"\n  prod:\n    user: admin\n    password: hush-admin\n");
  const auto directory = jujubackup::ClientDirectory::read(home.juju());
  CHECK(directory.controllers().size() == 2);
  CHECK(directory.current_controller() == "other");
  jujubackup::commit_client_restore("");

  // What is there already and differs needs force.
  test::write_private(home.juju("accounts.yaml"), "controllers:\n  prod: {user: admin, password: hush-new}\n");
  CHECK(plan(archive, options).needs_force());
  const auto refused = test::error_of([&] { restore(archive, options); });
  REQUIRE(refused);
  CHECK(refused->code() == ErrorCode::exists);
  CHECK(refused->message().find("controller prod") != std::string::npos);
  options.force = true;
  restore(archive, options);
  CHECK(test::read_file(home.juju("accounts.yaml")).find("hush-admin") != std::string::npos);
  jujubackup::undo_client_restore("");
  CHECK(test::read_file(home.juju("accounts.yaml")).find("hush-new") != std::string::npos);

  options.controllers = {"prod", "nobody"};
  CHECK(test::error_of([&] { plan(archive, options); })->code() == ErrorCode::not_found);
  test::write_private(home.juju("accounts.yaml"), "controllers: [hush-broken");
  options.controllers = {"prod"};
  const auto broken = test::error_of([&] { restore(archive, options); });
  REQUIRE(broken);
  CHECK(broken->code() == ErrorCode::corrupt);
  CHECK(std::string(broken->what()).find("hush") == std::string::npos);
}

TEST_CASE("merging texts") {
  using jujubackup::client::merge_controllers;
  const std::string backup = "controllers:\n  a: {x: \"007\"}\n  b: {list: [1, null, true]}\ncurrent-controller: a\n";
  struct Case {
    const char* here;
    std::vector<std::string> names;
    const char* expected;
    bool changed;
  };
  for (const Case& c : {Case{"", {"a"}, "controllers:\n  a:\n    x: \"007\"\n", true},
                        {"controllers: null\n", {"b"}, "controllers:\n  b:\n    list:\n    - 1\n    - null\n    - true\n", true},
                        {"# kept\ncontrollers: {a: {x: \"007\"}}\n", {"a"}, "# kept\ncontrollers: {a: {x: \"007\"}}\n", false},
                        {"k: v\ncontrollers: {a: {x: 7}, z: {}}\n", {"a"}, "k: v\ncontrollers:\n  a:\n    x: \"007\"\n  z: {}\n", true},
                        {"k: v\n", {"missing"}, "k: v\n", false}}) {
    CAPTURE(c.here);
    const auto merged = merge_controllers(c.here, backup, c.names);
    CHECK(merged.text == c.expected);
    CHECK(merged.changed == c.changed);
  }
  for (const char* bad : {"[", "- a\n", "controllers: text\n", "controllers: {a: 1, a: 2}\n"}) {
    CHECK(test::error_of([&] { merge_controllers(bad, backup, {"a"}); })->code() == ErrorCode::corrupt);
    CHECK(test::error_of([&] { merge_controllers(backup, bad, {"a"}); })->code() == ErrorCode::corrupt);
  }
}

TEST_CASE("archives of tar, with loose modes and links") {
  const test::Home home;
  home.fill();
  for (const char* name : {"accounts.yaml", "cookies/prod.json", "ssh/juju_id_rsa"}) ::chmod(home.juju(name).c_str(), 0666);
  for (const char* name : {"", "cookies", "ssh"}) ::chmod(home.juju(name).c_str(), 0777);
  std::filesystem::create_hard_link(home.juju("aliases"), home.juju("hard-aliases"));
  std::filesystem::create_symlink("/etc/passwd", home.juju("absolute"));
  std::filesystem::create_symlink("../../../../../etc/passwd", home.juju("ssh/climbing"));
  const std::string archive = test::tar(home.path(), ".local/share/juju", home.scratch("t.tar.gz"));
  // As it stands in a home folder: the links are there already, whoever made them.
  CHECK_FALSE(plan(archive).changes());
  std::filesystem::remove_all(home.juju());
  const auto planned = plan(archive);
  std::size_t refused = 0;
  for (const auto& path : planned.paths) refused += path.action == ClientAction::refuse ? 1 : 0;
  CHECK(refused == 2);
  const auto result = restore(archive);
  CHECK(result.warnings.size() == 2);
  CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(home.juju("absolute"))));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(home.juju("ssh/climbing"))));
  CHECK(test::read_file(home.juju("hard-aliases")) == "st = status\n");
  CHECK(std::filesystem::read_symlink(home.juju("more-aliases")) == "aliases");
  for (const char* name : {"accounts.yaml", "cookies/prod.json", "ssh/juju_id_rsa"}) CHECK(mode_of(home.juju(name)) == 0600);
  for (const char* name : {"", "cookies", "ssh"}) CHECK(mode_of(home.juju(name)) == 0700);
  CHECK(mode_of(home.juju("aliases")) == 0644);
}

TEST_CASE("hostile archives write nothing anywhere") {
  const test::Home home;
  home.fill();
  const std::string outside = home.scratch("outside");
  std::filesystem::create_directory(outside);
  struct Case {
    const char* what;
    std::function<std::string()> archive;
  };
  const std::string at = home.scratch("t.tar.gz");
  const std::vector<Case> cases = {
      {"a name that climbs out",
       [&] { return test::tar(home.path(), "-P --transform='s,aliases$,../../../../outside/x,' .local/share/juju", at); }},
      {"a file below a link",
       [&] {
         std::filesystem::create_directory_symlink("ssh", home.juju("way"));
         test::write_file(home / "other/way/file", "x");
         return test::tar(home.path(), "--transform='s,^other,.local/share/juju,' .local/share/juju other/way/file", at);
       }},
      {"a name that comes twice", [&] { return test::tar(home.path(), ".local/share/juju .local/share/juju/aliases", at); }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    if (!std::filesystem::exists(home.juju())) home.fill();
    const std::string archive = c.archive();
    std::filesystem::remove_all(home.juju());
    CHECK(test::error_of([&] { restore(archive); }));
    CHECK(std::filesystem::is_empty(outside));
    CHECK(std::filesystem::is_empty(home / ".local/share"));
  }
}

TEST_CASE("a directory that is a link, one that changed hands, and a source that cannot be read twice") {
  const test::Home home;
  home.fill();
  const std::string archive = test::back_up();
  std::filesystem::create_directories(home / "real");
  std::filesystem::rename(home.juju(), home / "real/juju-data");
  std::filesystem::create_directory_symlink("../../real/juju-data", home.juju());
  test::write_private(home.juju("accounts.yaml"), "controllers: {}\n");
  const auto result = restore(archive, with_force());
  CHECK(result.kept == home / "real/juju-data.before-restore");
  CHECK(std::filesystem::is_symlink(home.juju()));
  CHECK(test::read_file(home.juju("accounts.yaml")).find("admin") != std::string::npos);

  // Somebody moves things about before it is committed: hands off.
  std::filesystem::rename(home / "real/juju-data", home / "real/away");
  test::write_private(home / "real/juju-data/accounts.yaml", "");
  REQUIRE(jujubackup::find_unfinished_restore(""));
  CHECK(jujubackup::find_unfinished_restore("")->state == ClientRestoreState::changed);
  CHECK(test::error_of([] { jujubackup::undo_client_restore(""); })->code() == ErrorCode::unsupported);
  CHECK(test::error_of([] { jujubackup::commit_client_restore(""); })->code() == ErrorCode::unsupported);
  CHECK(std::filesystem::exists(result.kept));

  std::filesystem::remove_all(home / "real/juju-data");
  std::filesystem::rename(home / "real/away", home / "real/juju-data");
  jujubackup::commit_client_restore("");
  CHECK_FALSE(std::filesystem::exists(result.kept));
}
