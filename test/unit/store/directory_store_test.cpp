#include <sys/stat.h>

#include <filesystem>
#include <limits>

#include <jujubackup/store_backend.hpp>

#include "store/directory_lock.hpp"
#include "store_support.hpp"

using jujubackup::ErrorCode;

namespace {

void put(jujubackup::BlobStore& store, const std::string& name, std::string_view text) {
  const auto writer = store.put(text.size());
  writer->write(test::bytes_of(text));
  writer->commit(name, false);
}

}  // namespace

TEST_CASE("the directory is made when something is put into it, and only for its owner") {
  const test::Scratch scratch;
  const auto store = jujubackup::open_directory_store(scratch / "a/b");
  CHECK(store->list().empty());
  CHECK(store->lock() == nullptr);
  CHECK_FALSE(std::filesystem::exists(scratch / "a"));
  put(*store, "blob", "x");
  struct stat status = {};
  REQUIRE(::stat((scratch / "a/b").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
  REQUIRE(::stat((scratch / "a/b/blob").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("only regular files with names of blobs are blobs") {
  const test::Scratch scratch;
  const auto store = jujubackup::open_directory_store(scratch.path());
  put(*store, "blob", "x");
  std::filesystem::create_directory(scratch / "directory");
  std::filesystem::create_symlink("blob", scratch / "link");
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  test::write_file(scratch / ".hidden", "x");
  test::write_file(scratch / "with space", "x");
  REQUIRE(store->list().size() == 1);
  CHECK(store->list().front().name == "blob");
  for (const char* name : {"directory", "link", "fifo"}) {
    CAPTURE(name);
    CHECK(test::error_of([&] { store->get(name); })->code() == ErrorCode::not_found);
    CHECK(test::error_of([&] { store->remove(name); })->code() == ErrorCode::not_found);
    const auto writer = store->put(0);
    CHECK(test::error_of([&] { writer->commit(name, false); })->code() == ErrorCode::exists);
  }
  CHECK(std::filesystem::is_symlink(scratch / "link"));
}

TEST_CASE("no space is said before anything is written") {
  const test::Scratch scratch;
  const auto store = jujubackup::open_directory_store(scratch.path());
  const auto error = test::error_of([&] { store->put(std::numeric_limits<std::uint64_t>::max()); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::no_space);
  CHECK(error->message().starts_with("not enough space in " + scratch.path() + ": 18446744073709551615 bytes are needed, "));
}

TEST_CASE("a file where the directory should be") {
  const test::Scratch scratch;
  test::write_file(scratch / "file", "x");
  const auto store = jujubackup::open_directory_store(scratch / "file");
  CHECK(test::error_of([&] { store->list(); }));
  CHECK(test::error_of([&] { store->put(0); }));
}

TEST_CASE("a lock that is not given up") {
  const test::Scratch scratch;
  {
    const auto held = jujubackup::lock_directory(scratch.path(), std::chrono::milliseconds(0));
    REQUIRE(held);
    const auto error = test::error_of([&] { jujubackup::lock_directory(scratch.path(), std::chrono::milliseconds(30)); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::busy);
    CHECK(error->message() == scratch.path() + ": another process is changing the store");
    CHECK(error->retry_may_help());
  }
  CHECK(jujubackup::lock_directory(scratch.path(), std::chrono::milliseconds(0)));
  CHECK(jujubackup::open_directory_store(scratch.path())->list().empty());
}
