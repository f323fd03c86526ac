// Unpacking onto a disk that fails: whoever asked is told, and no half of a file stays.
#include <cerrno>
#include <filesystem>

#include "fail_nth.h"
#include "io/tree_writer.hpp"
#include "test_support.hpp"

using jujubackup::TreeWriter;

namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr std::size_t large_bytes = 3 * piece_bytes;

void write_large(TreeWriter& tree, std::string_view path) {
  const std::string piece(piece_bytes, 'l');
  tree.begin_file(path, large_bytes);
  for (std::size_t at = 0; at < large_bytes; at += piece.size()) tree.write(test::bytes_of(piece));
  tree.end_file({0644, 0, 0, 0});
}

}  // namespace

TEST_CASE("a file of which the n-th write fails does not stay") {
  for (const int error_number : {ENOSPC, EIO}) {
    for (long n = 1;; ++n) {
      const test::Scratch scratch;
      TreeWriter tree(scratch.path(), false);
      tree.make_directory("d", {0755, 0, 0, 0});
      fail_nth_arm(n, error_number, 0);
      const auto error = test::error_of([&] {
        TreeWriter other(scratch.path(), false);
        write_large(other, "d/e/large");
      });
      fail_nth_disarm();
      const std::string failed = fail_nth_failed();
      INFO("call " << n << " (" << failed << ") fails with errno " << error_number);
      if (error) CHECK(error->system_error() == error_number);
      if (failed == "write") CHECK(error.has_value());
      CHECK(std::filesystem::exists(scratch / "d/e/large") != error.has_value());
      if (failed.empty()) break;
      REQUIRE(n < 100);
    }
  }
}

TEST_CASE("a file of which the close fails does not stay, and others go on") {
  const test::Scratch scratch;
  TreeWriter tree(scratch.path(), false);
  tree.make_directory("d", {0755, 0, 0, 0});
  tree.begin_file("d/lost", 1);
  tree.write(test::bytes_of("x"));
  fail_nth_arm(1, EIO, 0);
  const auto error = test::error_of([&] { tree.end_file({0644, 0, 0, 0}); });
  fail_nth_disarm();
  REQUIRE(error);
  CHECK(error->system_error() == EIO);
  CHECK_FALSE(std::filesystem::exists(scratch / "d/lost"));
  write_large(tree, "d/next");
  tree.finish();
  CHECK(std::filesystem::file_size(scratch / "d/next") == large_bytes);
}

TEST_CASE("a large file where space cannot be reserved") {
  for (const int error_number : {0, EOPNOTSUPP, ENOSPC}) {
    CAPTURE(error_number);
    const test::Scratch scratch;
    TreeWriter tree(scratch.path(), false);
    fail_nth_helpers(error_number);
    write_large(tree, "large");
    CHECK(fail_nth_helper_calls() == 1);
    CHECK(test::read_file(scratch / "large") == std::string(large_bytes, 'l'));
    fail_nth_helpers(0);
  }
}
