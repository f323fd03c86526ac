#include "restore_run/file_steps.hpp"

#include "io/tree_files.hpp"
#include "run_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::RewriteAgentConf;
using jujubackup::SaveFiles;
using jujubackup::UnpackRoot;
using jujubackup::Value;
using jujubackup::restore_run::act;
using jujubackup::restore_run::prepare;
using jujubackup::restore_run::undo;

namespace {

std::string look_without_work(const std::string& root) {
  std::string text;
  for (const char* name : {"one", "two", "deep"}) text += std::string(name) + ":\n" + test::tree_look(root + "/" + name);
  return text;
}

// A folder, a file, a folder that is missing below one that is there, one whose parents are missing too.
struct Tree {
  Tree() {
    std::filesystem::create_directories(root);
    test::write_file(root + "/one/a/b", "content");
    std::filesystem::create_hard_link(root + "/one/a/b", root + "/one/c");
    std::filesystem::create_symlink("../../nowhere", root + "/one/link");
    std::filesystem::create_directories(root + "/one/closed");
    test::write_file(root + "/two", "two");
    test::make_particular(root, 987'654'321);
    ::chmod((root + "/one/closed").c_str(), 0500);
    old = look_without_work(root);
  }
  test::Scratch scratch;
  std::string root = scratch / "root";
  SaveFiles step{{"deep/er/still", "one", "two", "two.not"}, "work/kept"};
  std::string old;
};

void put_new(const std::string& root) {
  test::write_file(root + "/one/new", "new");
  test::write_file(root + "/two", "new");
  test::write_file(root + "/two.not", "new");
  test::write_file(root + "/deep/er/still/x", "new");
}

}  // namespace

TEST_CASE("save-files moves aside, and back what was there and nothing else") {
  const Tree tree;
  test::OneStep one(tree.root);
  const Value prepared = prepare(tree.step, one.context);
  SUBCASE("done once") { act(tree.step, prepared, one.context); }
  SUBCASE("done twice") {
    act(tree.step, prepared, one.context);
    act(tree.step, prepared, one.context);
  }
  CHECK(test::read_file(tree.root + "/work/kept/one/a/b") == "content");
  CHECK_FALSE(std::filesystem::exists(tree.root + "/one"));
  CHECK_FALSE(std::filesystem::exists(tree.root + "/two"));
  put_new(tree.root);
  undo(tree.step, prepared, one.context);
  CHECK(look_without_work(tree.root) == tree.old);
  CHECK_FALSE(std::filesystem::exists(tree.root + "/two.not"));
  undo(tree.step, prepared, one.context);
  CHECK(look_without_work(tree.root) == tree.old);
}

TEST_CASE("save-files is undone without having been done, or from half of it") {
  const Tree tree;
  test::OneStep one(tree.root);
  const Value prepared = prepare(tree.step, one.context);
  undo(tree.step, prepared, one.context);
  CHECK(look_without_work(tree.root) == tree.old);
  std::filesystem::create_directories(tree.root + "/work/kept");
  std::filesystem::rename(tree.root + "/one", tree.root + "/work/kept/one");
  undo(tree.step, prepared, one.context);
  CHECK(look_without_work(tree.root) == tree.old);
}

TEST_CASE("save-files across volumes is a copy with owners, modes, times and links") {
  struct stat here {};
  struct stat there {};
  const Tree tree;
  std::string other = "/dev/shm/jujubackup-test-XXXXXX";
  if (::mkdtemp(other.data()) == nullptr) {
    WARN_MESSAGE(false, "no second volume at /dev/shm: not tested");
    return;
  }
  REQUIRE(::stat(tree.root.c_str(), &here) == 0);
  REQUIRE(::stat(other.c_str(), &there) == 0);
  if (here.st_dev == there.st_dev) {
    std::filesystem::remove_all(other);
    WARN_MESSAGE(false, "/dev/shm is on the same volume: not tested");
    return;
  }
  {
    test::OneStep one("/");
    one.context.work_dir = other;
    SaveFiles step;
    for (const std::string& path : tree.step.paths) step.paths.push_back(tree.root.substr(1) + "/" + path);
    step.directory = other.substr(1) + "/kept";
    const Value prepared = prepare(step, one.context);
    const std::string kept = other + "/kept" + tree.root;
    SUBCASE("whole") { act(step, prepared, one.context); }
    SUBCASE("stopped with half a copy") {
      std::filesystem::create_directories(kept + "/.one.jujubackup-restore/a");
      act(step, prepared, one.context);
    }
    SUBCASE("stopped with half of what was copied removed") {
      std::filesystem::create_directories(kept);
      jujubackup::copy_tree(tree.root + "/one", kept + "/one");
      std::filesystem::remove_all(tree.root + "/one/a");
      act(step, prepared, one.context);
    }
    CHECK(test::tree_look(kept + "/one") + test::tree_look(kept + "/two") ==
          tree.old.substr(5, tree.old.find("two:\n") - 5) +
              tree.old.substr(tree.old.find("two:\n") + 5, tree.old.find("deep:\n") - tree.old.find("two:\n") - 5));
    CHECK_FALSE(std::filesystem::exists(tree.root + "/one"));
    put_new(tree.root);
    undo(step, prepared, one.context);
    CHECK(look_without_work(tree.root) == tree.old);
    undo(step, prepared, one.context);
    CHECK(look_without_work(tree.root) == tree.old);
  }
  std::filesystem::remove_all(other);
}

TEST_CASE("save-files says what changed since it looked") {
  const Tree tree;
  test::OneStep one(tree.root);
  const Value prepared = prepare(tree.step, one.context);
  SUBCASE("gone") {
    std::filesystem::remove(tree.root + "/two");
    CHECK(test::error_of([&] { act(tree.step, prepared, one.context); })->code() == ErrorCode::not_found);
    CHECK(test::error_of([&] { undo(tree.step, prepared, one.context); })->code() == ErrorCode::not_found);
  }
  SUBCASE("come") {
    test::write_file(tree.root + "/two.not", "x");
    CHECK(test::error_of([&] { act(tree.step, prepared, one.context); })->code() == ErrorCode::exists);
  }
}

TEST_CASE("unpack-root puts in place what root.tar holds, exactly") {
  const test::RestoreScene scene;
  jujubackup::Archive archive = scene.archive();
  test::OneStep one(scene.root());
  one.context.archive = &archive;
  UnpackRoot step{{"home/ubuntu/.ssh/authorized_keys", "var/lib/juju/agents/machine-0", "var/lib/juju/init", "var/lib/juju/nonce.txt",
                   "var/lib/juju/server.pem", "var/lib/juju/shared-secret", "var/lib/juju/system-identity", "var/lib/juju/tools"},
                  ::geteuid() == 0,
                  0};
  CHECK(test::error_of([&] { prepare(step, one.context); })->code() == ErrorCode::exists);
  std::filesystem::remove_all(scene.root() + "/var");
  std::filesystem::remove_all(scene.root() + "/home");
  const Value prepared = prepare(step, one.context);
  SUBCASE("once") { act(step, prepared, one.context); }
  SUBCASE("twice") {
    act(step, prepared, one.context);
    act(step, prepared, one.context);
  }
  SUBCASE("after half of it was unpacked") {
    test::write_file(one.context.kept_path("unpacking") + "/juju-backup/root/var/lib/juju/nonce.txt", "half");
    act(step, prepared, one.context);
  }
  SUBCASE("after half of it was put in place") {
    act(step, prepared, one.context);
    const std::string staged = one.context.kept_path("unpacked") + "/juju-backup/root/var/lib/juju";
    std::filesystem::create_directories(staged);
    std::filesystem::rename(scene.data("tools"), staged + "/tools");
    act(step, prepared, one.context);
  }
  CHECK(scene.units_look() == scene.new_units());
  CHECK(one.report.warnings.empty());
  CHECK(std::filesystem::is_empty(one.context.work_dir));
  undo(step, prepared, one.context);
  CHECK(scene.units_look() == scene.new_units());
}

TEST_CASE("parents of what is unpacked have mode and owner of root.tar, or the usual") {
  const test::RestoreScene scene;
  jujubackup::Archive archive = scene.archive();
  test::OneStep one(scene.root());
  one.context.archive = &archive;
  std::filesystem::remove_all(scene.root() + "/home");
  const UnpackRoot step{{"home/ubuntu/.ssh/authorized_keys"}, ::geteuid() == 0, 0};
  const Value prepared = prepare(step, one.context);
  act(step, prepared, one.context);
  for (const char* name : {"/home", "/home/ubuntu", "/home/ubuntu/.ssh"}) {
    struct stat status {};
    REQUIRE(::stat((scene.root() + name).c_str(), &status) == 0);
    CHECK((status.st_mode & 07022U) == 0);
    CHECK((status.st_mode & 0700U) == 0700U);
  }
}

TEST_CASE("rewrite-agent-conf keeps mode, owner and, when undone, the text and its time") {
  const test::RestoreScene scene;
  test::OneStep one(scene.root());
  const std::string path = scene.data("agents/machine-0/agent.conf");
  if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), 1000, 1001) == 0);
  test::set_time(path, 1'500'000'000, 7);
  const std::string old = test::tree_look(path);
  const RewriteAgentConf step{"var/lib/juju/agents/machine-0/agent.conf", {"10.1.1.1:17070"}, "2.9.50"};
  const Value prepared = prepare(step, one.context);
  CHECK(write_json(prepared).find("Invented") == std::string::npos);
  CHECK(test::tree_look(path) == old);
  SUBCASE("undone without having been done") {}
  SUBCASE("done and undone, twice each") {
    act(step, prepared, one.context);
    const std::string text = test::read_file(path);
    CHECK(text.find("- 10.1.1.1:17070\n") != std::string::npos);
    CHECK(text.find("upgradedToVersion: 2.9.50\n") != std::string::npos);
    CHECK(text.find(test::state_password) != std::string::npos);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);
    if (::geteuid() == 0) CHECK(status.st_gid == 1001);
    act(step, prepared, one.context);
    CHECK(test::read_file(path) == text);
    undo(step, prepared, one.context);
  }
  undo(step, prepared, one.context);
  CHECK(test::tree_look(path) == old);
  struct stat kept {};
  REQUIRE(::stat(one.context.kept_path("agent.conf").c_str(), &kept) == 0);
  CHECK((kept.st_mode & 07777U) == 0600);
}
