// Archives that were made to do harm: nothing outside of the target, bounded memory, a clear error.
#include <malloc.h>

#include <algorithm>
#include <functional>

#include <jujubackup/archive.hpp>

#include "archive/fault.hpp"
#include "tar_builder.hpp"
#include "test_support.hpp"

#define MEASURES_MEMORY 1
#if defined(__SANITIZE_ADDRESS__)
#undef MEASURES_MEMORY
#define MEASURES_MEMORY 0
#elif defined(__has_feature)  // clang's way to say it
#if __has_feature(address_sanitizer)
#undef MEASURES_MEMORY
#define MEASURES_MEMORY 0
#endif
#endif

using jujubackup::Archive;
using jujubackup::Entry;
using jujubackup::ErrorCode;
using test::TarBuilder;
using test::TextSource;

namespace {

Archive open_text(std::string text) { return Archive::open(std::make_unique<TextSource>(std::move(text))); }

std::string names_below(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    names.push_back(std::filesystem::relative(entry.path().parent_path(), path) / entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const auto& name : names) text += name + " ";
  return text;
}

// How much the process grew, at its highest, while `f` ran; 0 where the system does not tell.
std::uint64_t grown_bytes(const std::function<void()>& f) {
  const auto peak = [](const char* key) -> std::uint64_t {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
      std::uint64_t kib = 0;
      if (word == key && status >> kib) return kib * 1024;
    }
    return 0;
  };
  ::malloc_trim(0);  // what tests before this one freed would hide the growth
  {
    std::ofstream reset("/proc/self/clear_refs");
    reset << "5";
  }
  const std::uint64_t before = peak("VmRSS:");
  f();
  const std::uint64_t after = peak("VmHWM:");
  return MEASURES_MEMORY != 0 && after > before ? after - before : 0;
}

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

// A gigabyte of zeros in a megabyte, as many members: content of one entry of that size.
std::string zeros_member() {
  static const std::string member = test::gzip_of(std::string(16 * mib, '\0'));
  return member;
}

}  // namespace

TEST_CASE("growth is seen where it is") {
  const auto grown = grown_bytes([] {
    std::vector<char> block(40 * mib, 'x');
    CHECK(block[block.size() / 2] == 'x');
  });
  CHECK((grown == 0 || grown > 30 * mib));
  WARN_MESSAGE(grown > 30 * mib, "the system does not tell the peak: memory is not measured");
}

TEST_CASE("nothing lands outside") {
  struct Case {
    std::string name;
    TarBuilder tar;
    ErrorCode code;
    std::string message;  // a part of it
  };
  const test::Scratch world;
  const std::string outside = world / "outside";
  std::filesystem::create_directory(outside);
  test::write_file(outside + "/victim", "untouched");
  const std::string deep = "../outside/victim";
  int number = 0;
  for (const Case& c : {
           Case{"absolute", TarBuilder().file(outside + "/new", "x"), ErrorCode::corrupt, "absolute"},
           Case{"dots", TarBuilder().file("../outside/new", "x"), ErrorCode::corrupt, "\"..\""},
           Case{"dots inside", TarBuilder().file("juju-backup/../../outside/new", "x"), ErrorCode::corrupt, "\"..\""},
           Case{"dots at the end", TarBuilder().directory("juju-backup/.."), ErrorCode::corrupt, "\"..\""},
           Case{"dots by PAX", TarBuilder().pax({{"path", "../outside/new"}}).file("good", "x"), ErrorCode::corrupt, "\"..\""},
           Case{"absolute by GNU", TarBuilder().gnu_long('L', outside + "/new").file("good", "x", {.gnu = true}), ErrorCode::corrupt,
                "absolute"},
           Case{"through an absolute link", TarBuilder().symlink("l", outside).file("l/new", "x"), ErrorCode::corrupt,
                "refusing to pass through the link \"l\" on the way to \"l/new\""},
           Case{"a directory through a link", TarBuilder().symlink("l", outside).directory("l/new"), ErrorCode::corrupt,
                "refusing to pass through the link"},
           Case{"over a link", TarBuilder().symlink("l", outside + "/new").file("l", "x"), ErrorCode::exists, "\"l\" exists already"},
           Case{"a directory over a link", TarBuilder().symlink("l", outside).directory("l", 0777), ErrorCode::exists,
                "\"l\" exists already"},
           Case{"through a relative link", TarBuilder().symlink("a/l", "../../outside").file("a/l/new", "x"), ErrorCode::corrupt,
                "points out of the tree"},
           Case{"through two links", TarBuilder().directory("d").symlink("d/l", "..").symlink("m", "d/l/../outside").file("m/new", "x"),
                ErrorCode::corrupt, "refusing to pass through the link \"m\""},
           Case{"hard link out", TarBuilder().hardlink("h", deep), ErrorCode::corrupt, "\"..\""},
           Case{"absolute hard link", TarBuilder().hardlink("h", outside + "/victim"), ErrorCode::corrupt, "absolute"},
           Case{"hard link through a link", TarBuilder().symlink("l", outside).hardlink("h", "l/victim"), ErrorCode::corrupt,
                "refusing to pass through the link"},
           Case{"hard link to a link", TarBuilder().symlink("l", outside + "/victim").hardlink("h", "l").file("h", "x"), ErrorCode::corrupt,
                "points to what is no regular file"},
           Case{"hard link to nothing", TarBuilder().hardlink("h", "none"), ErrorCode::not_found, "linking to \"none\""},
           Case{"character device", TarBuilder().header("null", 0, {.type = '3'}), ErrorCode::unsupported, "device"},
           Case{"block device", TarBuilder().header("sda", 0, {.type = '4'}), ErrorCode::unsupported, "device"},
           Case{"FIFO", TarBuilder().header("fifo", 0, {.type = '6'}), ErrorCode::unsupported, "FIFO"},
           Case{"the same file twice", TarBuilder().file("a", "1").file("a", "2"), ErrorCode::exists, "\"a\" exists already"},
           Case{"the same file in other words", TarBuilder().file("a/b", "1").file("./a//b", "2"), ErrorCode::exists,
                "\"a/b\" exists already"},
           Case{"a file as a directory", TarBuilder().file("a", "1").file("a/b", "2"), ErrorCode::not_found, "a/b"},
           Case{"a hard link in root.tar out of it",
                TarBuilder().file("juju-backup/x", "1").file("juju-backup/root.tar", TarBuilder().hardlink("h", "../x").end().bytes()),
                ErrorCode::corrupt, "\"..\""},
           Case{"a name in root.tar out of it", TarBuilder().file("juju-backup/root.tar", TarBuilder().file("../x", "").end().bytes()),
                ErrorCode::corrupt, "\"..\""},
           Case{"root.tar into a link",
                TarBuilder().symlink("juju-backup/root", outside).file("juju-backup/root.tar", test::sample_root_tar()), ErrorCode::exists,
                "\"juju-backup/root\" exists already"},
           Case{"the directory above as a link",
                TarBuilder().symlink("juju-backup", outside).file("juju-backup/root.tar", test::sample_root_tar()), ErrorCode::corrupt,
                "refusing to pass through the link \"juju-backup\""},
           Case{"metadata twice", TarBuilder().file("juju-backup/metadata.json", "{}").file("./juju-backup/metadata.json", "{}"),
                ErrorCode::corrupt, "juju-backup/metadata.json: it is in the archive twice"},
           Case{"root.tar twice",
                TarBuilder().file("juju-backup/root.tar", test::sample_root_tar()).file("juju-backup/root.tar", TarBuilder().end().bytes()),
                ErrorCode::corrupt, "juju-backup/root.tar: it is in the archive twice"},
           Case{"no name", TarBuilder().file("", "x"), ErrorCode::corrupt, ""},
           Case{"a long part", TarBuilder().pax({{"path", std::string(300, 'n')}}).file("a", ""), ErrorCode::corrupt, "too long"},
           Case{"root.tar that is none", TarBuilder().file("juju-backup/root.tar", "not a tar"), ErrorCode::corrupt, ""},
           Case{"root.tar that ends early", TarBuilder().file("juju-backup/root.tar", test::sample_root_tar().substr(0, 2000)),
                ErrorCode::corrupt, ""},
       }) {
    CAPTURE(c.name);
    const std::string tar = TarBuilder(c.tar).end().bytes();
    for (const std::string& bytes : {test::gzip_of(tar), test::sealed_in_members(tar, 512)}) {
      const std::string target = world / ("target" + std::to_string(number++));
      const auto error = test::error_of([&] { open_text(bytes).extract(target); });
      REQUIRE(error);
      CHECK(error->code() == c.code);
      CHECK_MESSAGE(std::string(error->what()).find(c.message) != std::string::npos, error->what());
      CHECK(names_below(outside) == "./victim ");
      CHECK(test::read_file(outside + "/victim") == "untouched");
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(world.path())) {
    const std::string name = entry.path().filename();
    CHECK((name == "outside" || name.starts_with("target")));
  }
}

TEST_CASE("links that are only data") {
  const test::Scratch world;
  const std::string root = TarBuilder().symlink("var/abs", "/etc/passwd").symlink("var/dangling", "nowhere").end().bytes();
  open_text(test::gzip_of(TarBuilder().file("juju-backup/root.tar", root).end().bytes())).extract(world.path());
  CHECK(std::filesystem::read_symlink(world / "juju-backup/root/var/abs") == "/etc/passwd");
  CHECK(std::filesystem::read_symlink(world / "juju-backup/root/var/dangling") == "nowhere");
}

TEST_CASE("names that would drive a terminal are shown harmless") {
  const test::Scratch world;
  const auto error = test::error_of(
      [&] { open_text(test::gzip_of(TarBuilder().file("a\033[2J\n", "1").file("a\033[2J\n", "1").end().bytes())).extract(world.path()); });
  REQUIRE(error);
  CHECK(std::string(error->what()).find('\033') == std::string::npos);
  CHECK(std::string(error->what()).find('\n') == std::string::npos);
}

TEST_CASE("a name of ten megabytes") {
  for (const bool gnu : {false, true}) {
    CAPTURE(gnu);
    const std::string name(10 * mib, 'n');
    TarBuilder tar;
    if (gnu) {
      tar.gnu_long('L', name);
    } else {
      tar.pax({{"path", name}});
    }
    const std::string bytes = test::gzip_of(tar.file("a", "", {.gnu = gnu}).end().bytes());
    const test::Scratch world;
    Archive archive = open_text(bytes);
    std::optional<jujubackup::Error> error;
    const auto grown = grown_bytes([&] { error = test::error_of([&] { archive.extract(world.path()); }); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(std::string(error->what()).size() < 500);
    CHECK(grown < 64 * mib);
    CHECK(names_below(world.path()).empty());
  }
}

TEST_CASE("sizes that cannot be") {
  struct Case {
    std::string name;
    TarBuilder tar;
  };
  for (const Case& c : {
           Case{"4 EiB in base 256", TarBuilder().header("a", std::uint64_t{1} << 62, {.gnu = true, .base256_size = true}).raw("x")},
           Case{"8 EiB in base 256", TarBuilder().header("a", std::uint64_t{1} << 63, {.gnu = true, .base256_size = true}).raw("x")},
           Case{"most of it in base 256", TarBuilder().header("a", UINT64_MAX, {.gnu = true, .base256_size = true}).raw("x")},
           Case{"8 EiB in PAX", TarBuilder().pax({{"size", "9223372036854775807"}}).header("a", 0).raw("x")},
           Case{"more than 64 bits in PAX", TarBuilder().pax({{"size", "99999999999999999999999"}}).header("a", 0).raw("x")},
           Case{"negative in PAX", TarBuilder().pax({{"size", "-1"}}).header("a", 0).raw("x")},
           Case{"a metadata file of 4 EiB",
                TarBuilder().pax({{"size", "4611686018427387904"}}).header("juju-backup/metadata.json", 0).raw("x")},
           Case{"a root.tar of 4 EiB", TarBuilder().pax({{"size", "4611686018427387904"}}).header("juju-backup/root.tar", 0).raw("x")},
       }) {
    CAPTURE(c.name);
    for (const std::string& bytes : {test::gzip_of(c.tar.bytes()), test::sealed_in_members(c.tar.bytes(), 512)}) {
      const test::Scratch world;
      const auto grown = grown_bytes([&] {
        CHECK(test::error_of([&] { open_text(bytes).list(); }));
        CHECK(test::error_of([&] { open_text(bytes).metadata(); }));
        CHECK(test::error_of([&] { open_text(bytes).extract(world.path()); }));
        CHECK(test::error_of([&] { open_text(bytes).extract(world.path(), {.names = {"a"}}); }));
      });
      CHECK(grown < 16 * mib);
      CHECK_FALSE(std::filesystem::exists(world / "a"));
    }
  }
}

TEST_CASE("a million entries and one") {
  std::string many;
  for (int i = 0; i < 10'000; ++i) {
    static const std::string one = TarBuilder().directory("juju-backup/d").bytes();
    many += one;
  }
  const std::string member = test::gzip_of(many);
  std::string bytes;
  for (int i = 0; i < 101; ++i) bytes += member;
  bytes += test::gzip_of(TarBuilder().end().bytes());
  std::uint64_t seen = 0;
  std::optional<jujubackup::Error> error;
  const auto grown = grown_bytes([&] {
    Archive archive = open_text(bytes);
    error = test::error_of([&] { archive.for_each(true, [&](const Entry&) { ++seen; }); });
  });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(seen == 1'000'000);
  CHECK(grown < 32 * mib);
}

TEST_CASE("a gigabyte of zeros before the metadata stays small in memory") {
  std::string bytes = test::gzip_of(TarBuilder().header("juju-backup/dump/zeros", 64 * 16 * mib).bytes());
  for (int i = 0; i < 64; ++i) bytes += zeros_member();
  bytes += test::gzip_of(TarBuilder().file("juju-backup/metadata.json", test::sample_metadata).end().bytes());
  std::optional<jujubackup::Error> error;
  const auto grown = grown_bytes([&] { error = test::error_of([&] { open_text(bytes).metadata(); }); });
  // No dump compresses a thousand times: the reader gives up early.
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(grown < 16 * mib);
}

TEST_CASE("metadata of a gigabyte is not read") {
  std::string bytes = test::gzip_of(TarBuilder().header("juju-backup/metadata.json", 64 * 16 * mib).bytes());
  for (int i = 0; i < 64; ++i) bytes += zeros_member();
  bytes += test::gzip_of(TarBuilder().end().bytes());
  std::optional<jujubackup::Error> error;
  const auto grown = grown_bytes([&] { error = test::error_of([&] { open_text(bytes).metadata(); }); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(error->message() == "juju-backup/metadata.json: 1073741824 bytes are too many");
  CHECK(grown < 16 * mib);
}

TEST_CASE("endless headers") {
  // PAX headers upon PAX headers, GNU names upon GNU names: no entry ever comes.
  for (const char type : {'x', 'L', 'K', 'g'}) {
    CAPTURE(type);
    std::string many;
    for (int i = 0; i < 10'000; ++i) {
      if (type == 'x') {
        many += TarBuilder().pax({{"comment", "x"}}).bytes();
      } else {
        many += TarBuilder().file("x", type == 'g' ? "13 comment=x\n" : "n", {.type = type, .gnu = type != 'g'}).bytes();
      }
    }
    const std::string member = test::gzip_of(many);
    std::string bytes;
    for (int i = 0; i < 20; ++i) bytes += member;
    std::optional<jujubackup::Error> error;
    const auto grown = grown_bytes([&] { error = test::error_of([&] { open_text(bytes).list(); }); });
    CHECK(error);
    CHECK(grown < 64 * mib);
  }
}
