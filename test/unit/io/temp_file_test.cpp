#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>

#include "io/temp_file.hpp"
#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::TempFile;

namespace {

std::size_t count_files(const std::string& directory) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++count;
  return count;
}

std::string only_file(const std::string& directory) {
  std::string name;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) name = entry.path().filename().string();
  return name;
}

}  // namespace

TEST_CASE("a temporary file is private, invisible under its name until it is published, and then whole") {
  const test::Scratch scratch;
  {
    TempFile file(scratch.path());
    file.write(test::bytes_of("one "));
    file.write(test::bytes_of("two"));
    CHECK(file.size_bytes() == 7);
    const std::string name = only_file(scratch.path());
    CHECK(name.starts_with(".tmp-"));
    struct stat status = {};
    REQUIRE(::stat((scratch / name).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK_FALSE(std::filesystem::exists(scratch / "final"));
    file.publish("final", false);
  }
  CHECK(count_files(scratch.path()) == 1);
  CHECK(test::read_file(scratch / "final") == "one two");
}

TEST_CASE("a large temporary file is whole, in whatever pieces it came") {
  const test::Scratch scratch;
  std::string text;
  while (text.size() < (std::size_t{20} << 20)) text += "line " + std::to_string(text.size()) + '\n';
  for (const std::size_t piece_bytes : {std::size_t{100003}, std::size_t{1} << 19, std::size_t{9} << 20, text.size()}) {
    CAPTURE(piece_bytes);
    TempFile file(scratch.path());
    for (std::size_t at = 0; at < text.size(); at += piece_bytes)
      file.write(test::bytes_of(std::string_view(text).substr(at, piece_bytes)));
    CHECK(file.size_bytes() == text.size());
    file.publish("final", true);
    CHECK(test::read_file(scratch / "final") == text);
  }
}

TEST_CASE("a temporary file that is not published leaves nothing") {
  const test::Scratch scratch;
  {
    TempFile file(scratch.path());
    file.write(test::bytes_of("x"));
    TempFile moved(std::move(file));
    moved.write(test::bytes_of("y"));
  }
  CHECK(count_files(scratch.path()) == 0);
  CHECK(test::error_of([&] { TempFile file(scratch / "none"); })->code() == ErrorCode::not_found);
}

TEST_CASE("publishing replaces only when asked to") {
  const test::Scratch scratch;
  test::write_file(scratch / "taken", "old");
  {
    TempFile file(scratch.path());
    file.write(test::bytes_of("new"));
    const auto error = test::error_of([&] { file.publish("taken", false); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::exists);
    CHECK(error->message() == (scratch / "taken") + ": already exists");
  }
  CHECK(test::read_file(scratch / "taken") == "old");
  CHECK(count_files(scratch.path()) == 1);
  {
    TempFile file(scratch.path());
    file.write(test::bytes_of("new"));
    file.publish("taken", true);
  }
  CHECK(test::read_file(scratch / "taken") == "new");
  CHECK(count_files(scratch.path()) == 1);
}

TEST_CASE("a symlink under the name is taken, and replaced as a link") {
  const test::Scratch scratch;
  test::write_file(scratch / "elsewhere", "untouched");
  std::filesystem::create_symlink("elsewhere", scratch / "link");
  {
    TempFile file(scratch.path());
    CHECK(test::error_of([&] { file.publish("link", false); })->code() == ErrorCode::exists);
  }
  {
    TempFile file(scratch.path());
    file.write(test::bytes_of("new"));
    file.publish("link", true);
  }
  CHECK(test::read_file(scratch / "elsewhere") == "untouched");
  CHECK_FALSE(std::filesystem::is_symlink(scratch / "link"));
}

TEST_CASE("leftovers of a crash go, work in progress and strange files stay") {
  const test::Scratch scratch;
  CHECK(jujubackup::remove_stale_temps(scratch / "none") == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // Never destroyed, as in a crash; the lock ends with the process.
    auto* file = new TempFile(scratch.path());
    file->write(test::bytes_of("x"));
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  const std::string stale = only_file(scratch.path());
  REQUIRE(stale.starts_with(".tmp-"));

  TempFile working(scratch.path());
  test::write_file(scratch / ".tmp-mine", "of the user");
  test::write_file(scratch / "keep", "x");
  std::filesystem::create_symlink("keep", scratch / ".tmp-00000000000000000000000000000000");
  CHECK(jujubackup::remove_stale_temps(scratch.path()) == 1);
  CHECK_FALSE(std::filesystem::exists(scratch / stale));
  CHECK(count_files(scratch.path()) == 4);
  CHECK(jujubackup::remove_stale_temps(scratch.path()) == 0);
  working.publish("final", false);
  CHECK(std::filesystem::exists(scratch / "final"));
}

TEST_CASE("a janitor that never rests takes no file from its maker") {
  const test::Scratch scratch;
  std::atomic<bool> done{false};
  std::thread janitor([&] {
    while (!done) jujubackup::remove_stale_temps(scratch.path());
  });
  for (int i = 0; i < 300; ++i) {
    TempFile file(scratch.path());
    file.write(test::bytes_of("content"));
    file.publish("file-" + std::to_string(i), false);
  }
  done = true;
  janitor.join();
  CHECK(count_files(scratch.path()) == 300);
}

TEST_CASE("save_file: durable, all or nothing") {
  const test::Scratch scratch;
  const std::string text(700000, 'q');
  const auto source = jujubackup::source_of_memory(test::bytes_of(text), "memory");
  jujubackup::Job job;
  CHECK(jujubackup::save_file(*source, scratch / "out", false, &job) == text.size());
  CHECK(job.snapshot().phase == jujubackup::Phase::publishing);
  CHECK(test::read_file(scratch / "out") == text);
  struct stat status = {};
  REQUIRE(::stat((scratch / "out").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);

  const auto other = jujubackup::source_of_memory(test::bytes_of("other"), "memory");
  const auto taken = test::error_of([&] { jujubackup::save_file(*other, scratch / "out", false); });
  REQUIRE(taken);
  CHECK(taken->code() == ErrorCode::exists);
  CHECK(test::read_file(scratch / "out") == text);
  CHECK(jujubackup::save_file(*other, scratch / "out", true) == 5);
  CHECK(test::read_file(scratch / "out") == "other");

  job.cancel();
  other->rewind();
  CHECK(test::error_of([&] { jujubackup::save_file(*other, scratch / "cancelled", false, &job); })->code() == ErrorCode::cancelled);
  for (const std::string name : {"", ".", "..", "dir/"}) {
    CHECK_MESSAGE(test::error_of([&] { jujubackup::save_file(*other, scratch / name, true); })->code() == ErrorCode::invalid_argument,
                  name);
  }
  std::filesystem::create_directory(scratch / "dir");
  CHECK(test::error_of([&] { jujubackup::save_file(*other, scratch / "dir", true); })->code() == ErrorCode::exists);
  CHECK(test::error_of([&] { jujubackup::save_file(*other, scratch / "none/x", true); })->code() == ErrorCode::not_found);
  CHECK(count_files(scratch.path()) == 2);
}

TEST_CASE("save_file: a source that ends early is not passed on") {
  class Short final : public jujubackup::Source {
   public:
    std::size_t read(std::span<std::byte>) override { return left_-- > 0 ? 1 : 0; }
    void rewind() override {}
    std::optional<std::uint64_t> size() const override { return 10; }
    std::string name() const override { return "short"; }

   private:
    int left_ = 3;
  };
  const test::Scratch scratch;
  Short source;
  const auto error = test::error_of([&] { jujubackup::save_file(source, scratch / "out", true); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::io);
  CHECK(error->message() == "short: ended after 3 of 10 bytes");
  CHECK(count_files(scratch.path()) == 0);
}

TEST_CASE("save_file: space is looked for before anything is read") {
  class Huge final : public jujubackup::Source {
   public:
    std::size_t read(std::span<std::byte>) override {
      was_read = true;
      return 0;
    }
    void rewind() override {}
    std::optional<std::uint64_t> size() const override { return std::uint64_t{1} << 62; }
    std::string name() const override { return "huge"; }
    bool was_read = false;
  };
  const test::Scratch scratch;
  Huge source;
  const auto error = test::error_of([&] { jujubackup::save_file(source, scratch / "out", true); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::no_space);
  CHECK(!source.was_read);
  CHECK(count_files(scratch.path()) == 0);
}
