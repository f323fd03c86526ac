#include "io/tree_writer.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "test_support.hpp"

using jujubackup::check_relative_path;
using jujubackup::ErrorCode;
using jujubackup::TreeMeta;
using jujubackup::TreeWriter;

namespace {

struct stat stat_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

unsigned mode_of(const std::string& path) { return stat_of(path).st_mode & 07777U; }

void write_one(TreeWriter& tree, std::string_view path, std::string_view text, const TreeMeta& meta = {0644, 0, 0, 1000}) {
  tree.begin_file(path, text.size());
  tree.write(test::bytes_of(text));
  tree.end_file(meta);
}

std::string names_below(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    names.push_back(entry.path().lexically_relative(path).string());
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const auto& name : names) text += name + " ";
  return text;
}

}  // namespace

TEST_CASE("paths that are safe to use") {
  const std::string part(255, 'n');
  std::string deep = "a";
  for (int i = 1; i < 100; ++i) deep += "/a";
  for (const std::string& path : {std::string("a"), std::string("a/b"), std::string("..a/b.."), std::string("a b/\xff\n"),
                                  std::string("..."), part + "/" + part, deep}) {
    CAPTURE(path);
    CHECK_NOTHROW(check_relative_path(path));
  }
}

TEST_CASE("paths that are not") {
  struct Case {
    std::string path;
    std::string why;
  };
  std::string deep = "a";
  for (int i = 1; i < 101; ++i) deep += "/a";
  std::string longest;
  while (longest.size() <= 4096) longest += std::string(99, 'p') + "/";
  longest += "p";
  for (const Case& c : {
           Case{"", "it is empty"},
           Case{"/", "it is absolute"},
           Case{"/etc/passwd", "it is absolute"},
           Case{"..", "it has a \"..\" part"},
           Case{"a/..", "it has a \"..\" part"},
           Case{"a/../b", "it has a \"..\" part"},
           Case{"../a", "it has a \"..\" part"},
           Case{".", "it has a \".\" part"},
           Case{"a/./b", "it has a \".\" part"},
           Case{"a//b", "it has an empty part"},
           Case{"a/", "it has an empty part"},
           Case{std::string("a\0b", 3), "it holds a zero byte"},
           Case{std::string(256, 'n'), "a part of it is too long"},
           Case{"a/" + std::string(256, 'n') + "/b", "a part of it is too long"},
           Case{deep, "it is too deep"},
           Case{longest, "it is too long"},
       }) {
    CAPTURE(c.path);
    const auto error = test::error_of([&] { check_relative_path(c.path); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(error->message().ends_with(": " + c.why));
    CHECK(error->message().size() < 300);
  }
}

TEST_CASE("a tree with its modes and times") {
  const test::Scratch scratch;
  const std::string target = scratch / "made/on/the/way";
  {
    TreeWriter tree(target, false);
    tree.make_directory("locked", {0500, 0, 0, 5000});
    tree.make_directory("locked/inner", {0111, 0, 0, 6000});
    write_one(tree, "locked/inner/file", "content", {0640, 0, 0, 7000});
    write_one(tree, "implied/parent/empty", "", {0400, 0, 0, -1});
    tree.make_symlink("link", "/var/lib/juju/tools/2.0.0", {0777, 0, 0, 8000});
    tree.make_symlink("implied/parent/up", "../../locked", {0777, 0, 0, 8000});
    tree.make_hardlink("implied/hard", "locked/inner/file");
    tree.make_directory("locked", {0550, 0, 0, 5500});
    CHECK(mode_of(target + "/locked") == 0700);
    tree.finish();
    CHECK(tree.warnings().empty());
  }
  CHECK(mode_of(target + "/locked") == 0550);
  CHECK(stat_of(target + "/locked").st_mtime == 5500);
  CHECK(mode_of(target + "/locked/inner") == 0111);
  CHECK(stat_of(target + "/locked/inner").st_mtime == 6000);
  CHECK(mode_of(target + "/locked/inner/file") == 0640);
  CHECK(stat_of(target + "/locked/inner/file").st_mtime == 7000);
  CHECK(test::read_file(target + "/locked/inner/file") == "content");
  CHECK(mode_of(target + "/implied/parent/empty") == 0400);
  CHECK(stat_of(target + "/implied/parent/empty").st_mtime == -1);
  CHECK(stat_of(target + "/implied/hard").st_ino == stat_of(target + "/locked/inner/file").st_ino);
  CHECK(std::filesystem::read_symlink(target + "/link") == "/var/lib/juju/tools/2.0.0");
  CHECK(stat_of(target + "/link").st_mtime == 8000);
  std::filesystem::permissions(target + "/locked/inner", std::filesystem::perms::owner_all);
  std::filesystem::permissions(target + "/locked", std::filesystem::perms::owner_all);
}

TEST_CASE("a file is private until it is ended, and gone if it never is") {
  const test::Scratch scratch;
  {
    TreeWriter tree(scratch.path(), false);
    tree.begin_file("secret", 3);
    tree.write(test::bytes_of("abc"));
    CHECK(mode_of(scratch / "secret") == 0600);
    tree.end_file({0666, 0, 0, 0});
    CHECK(mode_of(scratch / "secret") == 0666);
    tree.begin_file("half", 6);
    tree.write(test::bytes_of("abc"));
    CHECK(std::filesystem::exists(scratch / "half"));
  }
  CHECK(names_below(scratch.path()) == "secret ");
}

TEST_CASE("set-id bits go only with the owner") {
  const test::Scratch scratch;
  const auto uid = static_cast<std::int64_t>(::getuid());
  const auto gid = static_cast<std::int64_t>(::getgid());
  {
    TreeWriter tree(scratch.path(), false);
    write_one(tree, "plain", "x", {06755, uid, gid, 0});
    tree.make_directory("sticky", {01777, uid, gid, 0});
    tree.finish();
  }
  CHECK(mode_of(scratch / "plain") == 0755);
  CHECK(mode_of(scratch / "sticky") == 0777);
  {
    TreeWriter tree(scratch.path(), true);
    write_one(tree, "owned", "x", {04755, uid, gid, 0});
    tree.make_directory("dir", {01777, uid, gid, 0});
    write_one(tree, "odd", "x", {04755, std::numeric_limits<std::uint32_t>::max(), gid, 0});
    write_one(tree, "negative", "x", {04755, uid, -5, 0});
    tree.finish();
    CHECK(tree.warnings() == std::vector<std::string>{"owner not restored: odd", "owner not restored: negative"});
  }
  CHECK(mode_of(scratch / "owned") == 04755);
  CHECK(mode_of(scratch / "dir") == 01777);
  CHECK(mode_of(scratch / "odd") == 0755);
  CHECK(mode_of(scratch / "negative") == 0755);
}

TEST_CASE("owners are restored by root") {
  if (::geteuid() != 0) return;
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), true);
  write_one(tree, "file", "x", {0600, 1234, 4321, 0});
  tree.make_symlink("link", "file", {0777, 1235, 4322, 0});
  tree.make_directory("dir", {02750, 1236, 4323, 0});
  tree.finish();
  CHECK(stat_of(scratch / "file").st_uid == 1234);
  CHECK(stat_of(scratch / "file").st_gid == 4321);
  CHECK(stat_of(scratch / "link").st_uid == 1235);
  CHECK(stat_of(scratch / "dir").st_gid == 4323);
  CHECK(mode_of(scratch / "dir") == 02750);
}

TEST_CASE("what exists is not replaced") {
  const test::Scratch scratch;
  test::write_file(scratch / "file", "old");
  std::filesystem::create_symlink("nowhere", scratch / "link");
  std::filesystem::create_directory(scratch / "dir");
  TreeWriter tree(scratch.path(), false);
  const TreeMeta meta{0644, 0, 0, 0};
  for (const std::string name : {"file", "link", "dir"}) {
    CAPTURE(name);
    const auto file = test::error_of([&] { tree.begin_file(name, 1); });
    const auto symlink = test::error_of([&] { tree.make_symlink(name, "x", meta); });
    const auto hardlink = test::error_of([&] { tree.make_hardlink(name, "file"); });
    for (const auto* error : {&file, &symlink, &hardlink}) {
      REQUIRE(*error);
      CHECK((*error)->code() == ErrorCode::exists);
      CHECK((*error)->message() == '"' + name + "\" exists already");
    }
    if (name != "dir") CHECK(test::error_of([&] { tree.make_directory(name, meta); })->code() == ErrorCode::exists);
  }
  CHECK_NOTHROW(tree.make_directory("dir", meta));
  CHECK(test::read_file(scratch / "file") == "old");
  CHECK(names_below(scratch.path()) == "dir file link ");
}

TEST_CASE("no way through a link") {
  const test::Scratch scratch;
  std::filesystem::create_directories(scratch / "outside/inner");
  test::write_file(scratch / "outside/victim", "untouched");
  const std::string target = scratch / "target";
  TreeWriter tree(target, false);
  const TreeMeta meta{0644, 0, 0, 0};
  tree.make_directory("real", meta);
  tree.make_symlink("out", scratch / "outside", meta);
  tree.make_symlink("in", "real", meta);
  tree.make_symlink("real/back", "../in", meta);
  write_one(tree, "file", "x");
  const std::string before = names_below(scratch.path());

  for (const std::string path : {"out/new", "out/inner/new", "in/new", "real/back/new"}) {
    CAPTURE(path);
    const auto file = test::error_of([&] { tree.begin_file(path, 1); });
    const auto directory = test::error_of([&] { tree.make_directory(path, meta); });
    const auto symlink = test::error_of([&] { tree.make_symlink(path, "x", meta); });
    const auto hardlink = test::error_of([&] { tree.make_hardlink(path, "file"); });
    for (const auto* error : {&file, &directory, &symlink, &hardlink}) {
      REQUIRE(*error);
      CHECK((*error)->code() == ErrorCode::corrupt);
      CHECK((*error)->message().starts_with("refusing to pass through the link \""));
      CHECK((*error)->message().ends_with("on the way to \"" + path + "\""));
    }
  }
  CHECK(test::error_of([&] { tree.make_hardlink("stolen", "out/victim"); })->code() == ErrorCode::corrupt);
  CHECK(test::error_of([&] { tree.make_hardlink("stolen", "out"); })->message() ==
        "hard link \"stolen\" points to what is no regular file: \"out\"");
  CHECK(test::error_of([&] { tree.make_hardlink("stolen", "real"); })->code() == ErrorCode::corrupt);
  CHECK(test::error_of([&] { tree.make_hardlink("stolen", "../outside/victim"); })->code() == ErrorCode::corrupt);
  CHECK(test::error_of([&] { tree.make_hardlink("stolen", "missing/file"); })->code() == ErrorCode::not_found);
  CHECK(test::error_of([&] { tree.begin_file("file/below", 1); })->code() == ErrorCode::not_found);
  CHECK(names_below(scratch.path()) == before);
  CHECK(test::read_file(scratch / "outside/victim") == "untouched");
}

TEST_CASE("a link beside or below a way that is open") {
  const test::Scratch scratch;
  std::filesystem::create_directory(scratch / "outside");
  TreeWriter tree(scratch / "target", false);
  const TreeMeta meta{0644, 0, 0, 0};
  write_one(tree, "a/b/c/one", "1");
  tree.make_symlink("a/b/link", scratch / "outside", meta);
  CHECK(test::error_of([&] { tree.begin_file("a/b/link/new", 1); })->code() == ErrorCode::corrupt);
  write_one(tree, "a/b/c/two", "2");
  // Nor can an entry take the place of a directory on the way.
  CHECK(test::error_of([&] { tree.make_symlink("a/b", scratch / "outside", meta); })->code() == ErrorCode::exists);
  CHECK(test::error_of([&] { tree.make_hardlink("a/b/c", "a/b/c/one"); })->code() == ErrorCode::exists);
  CHECK(test::error_of([&] { tree.begin_file("a", 1); })->code() == ErrorCode::exists);
  write_one(tree, "a/b/c/three", "3");
  CHECK(test::error_of([&] { tree.begin_file("a/b/link/c/new", 1); })->code() == ErrorCode::corrupt);
  write_one(tree, "a/four", "4");
  tree.finish();
  CHECK(names_below(scratch / "outside").empty());
  CHECK(names_below(scratch / "target") == "a a/b a/b/c a/b/c/one a/b/c/three a/b/c/two a/b/link a/four ");
}

TEST_CASE("a directory that another process moves away and replaces by a link") {
  const test::Scratch scratch;
  const std::string target = scratch / "target";
  const std::string moved = scratch / "moved";
  std::filesystem::create_directory(scratch / "outside");
  TreeWriter tree(target, false);
  tree.make_directory("d/e", {0755, 0, 0, 5000});
  write_one(tree, "d/e/f/one", "1");
  tree.begin_file("d/e/f/two", 1);
  std::filesystem::rename(target + "/d", moved);
  std::filesystem::create_directory_symlink(scratch / "outside", target + "/d");
  tree.write(test::bytes_of("2"));
  tree.end_file({0644, 0, 0, 1000});

  // What is on the open way goes into the same directories as before, wherever these are.
  write_one(tree, "d/e/f/three", "3");
  write_one(tree, "d/e/g/four", "4");
  CHECK(names_below(moved) == "e e/f e/f/one e/f/three e/f/two e/g e/g/four ");
  // The way is walked again after another one: then the link is met.
  write_one(tree, "other/five", "5");
  CHECK(test::error_of([&] { tree.begin_file("d/e/f/six", 1); })->code() == ErrorCode::corrupt);
  CHECK(test::error_of([&] { tree.make_directory("d/e", {0755, 0, 0, 0}); })->code() == ErrorCode::corrupt);
  tree.finish();
  CHECK(tree.warnings() == std::vector<std::string>{"mode and time not restored: d/e"});
  CHECK(names_below(scratch / "outside").empty());
  CHECK(names_below(target) == "d other other/five ");
}

TEST_CASE("a directory that another process removes") {
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), false);
  tree.make_directory("d/e", {0755, 0, 0, 5000});
  write_one(tree, "d/e/one", "1");
  std::filesystem::remove_all(scratch / "d");
  CHECK(test::error_of([&] { tree.begin_file("d/e/two", 1); })->code() == ErrorCode::not_found);
  CHECK(names_below(scratch.path()).empty());
}

TEST_CASE("ways that are alike in part") {
  const test::Scratch scratch;
  std::string deep = "d";
  for (int i = 1; i < 99; ++i) deep += "/d";
  std::vector<std::string> paths;
  for (const std::string directory : {"", "a/", "a/a/", "a/a/a/", "a/b/", "b/a/", "b/a/b/a/", "ab/", "a/bc/", "a/b/c/", "a-b/"}) {
    for (const char* name : {"f", "g", "h"}) paths.push_back(directory + name);
  }
  for (const char* name : {"/f", "/g"}) paths.push_back(deep + name);
  // Every order in which one way can follow another.
  TreeWriter tree(scratch.path(), false);
  int number = 0;
  for (const std::string& first : paths) {
    for (const std::string& second : paths) {
      for (const std::string* path : {&first, &second}) {
        const std::string name = *path + std::to_string(number++);
        write_one(tree, name, *path);
        REQUIRE(test::read_file(scratch / name) == *path);
      }
    }
  }
  tree.make_hardlink("b/a/b/a/link", "a/f7");
  CHECK(stat_of(scratch / "b/a/b/a/link").st_ino == stat_of(scratch / "a/f7").st_ino);
}

TEST_CASE("directories are finished after what is in them, in whatever order they were named") {
  const test::Scratch scratch;
  const std::vector<std::string> names{"a", "a/b", "a/b/c", "a-b", "a-b/c", "a/b-c", "b", "a/b/c/d", "a!", "a!/b"};
  {
    TreeWriter tree(scratch.path(), false);
    for (std::size_t i = 0; i < names.size(); ++i) tree.make_directory(names[(i * 7) % names.size()], {0000, 0, 0, 5000});
    tree.finish();
    CHECK(tree.warnings().empty());
  }
  // From the outside in, since they cannot be entered before.
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(mode_of(scratch / name) == 0);
    CHECK(stat_of(scratch / name).st_mtime == 5000);
    REQUIRE(::chmod((scratch / name).c_str(), 0700) == 0);
  }
}

TEST_CASE("descriptors are given back, and not more are held than the way is long") {
  const test::Scratch scratch;
  const auto open_files = [] {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
  };
  const std::size_t before = open_files();
  {
    TreeWriter tree(scratch.path(), false);
    for (int i = 0; i < 500; ++i)
      write_one(tree, "d" + std::to_string(i % 50) + "/e" + std::to_string(i % 7) + "/f" + std::to_string(i), "x");
    CHECK(open_files() == before + 3);
    tree.finish();
  }
  CHECK(open_files() == before);
}

TEST_CASE("nothing comes between the beginning and the end of a file") {
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), false);
  const TreeMeta meta{0644, 0, 0, 0};
  tree.begin_file("a/file", 1);
  CHECK(test::error_of([&] { tree.begin_file("b/file", 1); })->code() == ErrorCode::internal);
  CHECK(test::error_of([&] { tree.make_directory("b", meta); })->code() == ErrorCode::internal);
  CHECK(test::error_of([&] { tree.finish(); })->code() == ErrorCode::internal);
  tree.write(test::bytes_of("x"));
  tree.end_file(meta);
  CHECK(names_below(scratch.path()) == "a a/file ");
}

TEST_CASE("links that climb out of the tree are refused, absolute ones are data") {
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), false);
  struct Case {
    std::string path;
    std::string target;
    bool good;
  };
  int number = 0;
  for (const Case& c : {
           Case{"", "../x", false},
           Case{"", "a/../../x", false},
           Case{"", "..", false},
           Case{"d/", "../../x", false},
           Case{"d/e/", "../.././../x", false},
           Case{"d/e/", "../../x", true},
           Case{"", "a/../b", true},
           Case{"", "..x", true},
           Case{"", "/etc/../../etc/passwd", true},
       }) {
    const std::string path = c.path + std::to_string(number++);
    CAPTURE(path);
    CAPTURE(c.target);
    const auto error = test::error_of([&] { tree.make_symlink(path, c.target, {0777, 0, 0, 0}); });
    CHECK(error.has_value() != c.good);
    if (error) CHECK(error->message() == "link \"" + path + "\" points out of the tree: \"" + c.target + "\"");
  }
  CHECK(test::error_of([&] { tree.make_symlink("none", "", {}); })->code() == ErrorCode::corrupt);
}

TEST_CASE("a size that cannot be is refused before anything is written") {
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), false);
  const auto error = test::error_of([&] { tree.begin_file("bomb", std::uint64_t{1} << 62); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::no_space);
  CHECK(error->message().starts_with("\"bomb\" is said to have 4611686018427387904 bytes; "));
  CHECK(names_below(scratch.path()).empty());
}

TEST_CASE("a size that is a lie holds no space") {
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), false);
  const auto held_bytes = [&] { return static_cast<std::uint64_t>(stat_of(scratch / "file").st_blocks) * 512; };
  const std::string piece(100000, 'x');
  constexpr std::uint64_t some_bytes = std::uint64_t{1} << 20;  // what a file system may add
  tree.begin_file("file", 4 * TreeWriter::reserve_ahead_bytes);
  CHECK(held_bytes() <= some_bytes);
  tree.write(test::bytes_of(piece));
  CHECK(held_bytes() <= TreeWriter::reserve_ahead_bytes + some_bytes);
  CHECK(stat_of(scratch / "file").st_size == 100000);
  tree.end_file({0644, 0, 0, 1000});
  CHECK(held_bytes() <= some_bytes);
  CHECK(test::read_file(scratch / "file") == piece);
  CHECK(stat_of(scratch / "file").st_mtime == 1000);

  // The other way round.
  tree.begin_file("longer", some_bytes);
  std::string whole;
  for (int i = 0; i < 20; ++i) {
    tree.write(test::bytes_of(piece));
    whole += piece;
  }
  tree.end_file({0644, 0, 0, 0});
  CHECK(test::read_file(scratch / "longer") == whole);
}

TEST_CASE("a large file is what was written, across the steps in which space is reserved") {
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), false);
  std::string piece;
  while (piece.size() < 3000000) piece += "line " + std::to_string(piece.size()) + '\n';
  const std::uint64_t pieces = 2 * TreeWriter::reserve_ahead_bytes / piece.size() + 2;
  tree.begin_file("file", pieces * piece.size());
  for (std::uint64_t i = 0; i < pieces; ++i) tree.write(test::bytes_of(piece));
  tree.end_file({0644, 0, 0, 0});
  const std::string seen = test::read_file(scratch / "file");
  REQUIRE(seen.size() == pieces * piece.size());
  for (std::uint64_t i = 0; i < pieces; ++i) REQUIRE(seen.compare(i * piece.size(), piece.size(), piece) == 0);
}

TEST_CASE("warnings are bounded") {
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), true);
  for (int i = 0; i < 1100; ++i) tree.make_symlink("l" + std::to_string(i), "x", {0777, -1, 0, 0});
  REQUIRE(tree.warnings().size() == TreeWriter::max_warnings);
  CHECK(tree.warnings().front() == "owner not restored: l0");
  CHECK(tree.warnings().back() == "more warnings were left out");
}
