#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include <jujubackup/io.hpp>

#include "io/fd.hpp"
#include "test_support.hpp"

using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::Fd;

namespace {

// Reads in pieces of `piece` bytes.
std::string read_all(jujubackup::Source& source, std::size_t piece) {
  std::string text;
  std::vector<std::byte> buffer(piece);
  while (const std::size_t got = source.read(buffer)) text += test::text_of(std::span(buffer).first(got));
  return text;
}

}  // namespace

TEST_CASE("a file is a source: in pieces of any size, again after rewind, and at any place") {
  const test::Scratch scratch;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i) + ",";
  test::write_file(scratch / "data", text);
  const auto source = jujubackup::open_file(scratch / "data");
  CHECK(source->size() == text.size());
  CHECK(source->random_access());
  CHECK(source->name() == scratch / "data");
  for (const std::size_t piece : {1UL, 7UL, 4096UL, 1000000UL}) {
    CHECK(read_all(*source, piece) == text);
    source->rewind();
  }
  std::array<std::byte, 5> five{};
  CHECK(source->read_at(text.size() - 3, five) == 3);
  CHECK(test::text_of(std::span(five).first(3)) == text.substr(text.size() - 3));
  CHECK(source->read_at(text.size(), five) == 0);
  CHECK(source->read_at(UINT64_MAX, five) == 0);
  CHECK_MESSAGE(read_all(*source, 100) == text, "read_at must not move the position");
}

TEST_CASE("what is no file is refused") {
  const test::Scratch scratch;
  const auto missing = test::error_of([&] { jujubackup::open_file(scratch / "none"); });
  REQUIRE(missing);
  CHECK(missing->code() == ErrorCode::not_found);
  CHECK(missing->message() == "opening " + (scratch / "none") + ": No such file or directory");
  const auto directory = test::error_of([&] { jujubackup::open_file(scratch.path()); });
  REQUIRE(directory);
  CHECK(directory->code() == ErrorCode::invalid_argument);
  CHECK(directory->message() == scratch.path() + ": is a directory");
  const auto device = test::error_of([&] { jujubackup::open_file("/dev/null"); });
  REQUIRE(device);
  CHECK(device->code() == ErrorCode::invalid_argument);
}

TEST_CASE("a pipe can be read once") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  const Fd out(ends[0]);
  Fd in(ends[1]);
  std::thread writer([&] {
    jujubackup::DescriptorSink sink(in.get(), "pipe");
    const std::string text(300000, 'x');
    sink.write(test::bytes_of(text));
    in.reset();
  });
  const auto source = jujubackup::source_of_descriptor(out.get(), "pipe");
  CHECK_FALSE(source->size());
  CHECK_FALSE(source->random_access());
  source->rewind();  // nothing was read yet
  CHECK(read_all(*source, 1000) == std::string(300000, 'x'));
  writer.join();
  const auto again = test::error_of([&] { source->rewind(); });
  REQUIRE(again);
  CHECK(again->code() == ErrorCode::unsupported);
  CHECK(again->message() == "pipe: cannot be read a second time");
  std::array<std::byte, 1> one{};
  const auto at = test::error_of([&] { static_cast<void>(source->read_at(0, one)); });
  REQUIRE(at);
  CHECK(at->code() == ErrorCode::unsupported);
}

TEST_CASE("a descriptor stays the caller's, and so does its position") {
  const test::Scratch scratch;
  test::write_file(scratch / "data", "0123456789");
  const Fd fd(::open((scratch / "data").c_str(), O_RDONLY | O_CLOEXEC));
  {
    const auto source = jujubackup::source_of_descriptor(fd.get(), "data");
    CHECK(read_all(*source, 3) == "0123456789");
  }
  CHECK(::lseek(fd.get(), 0, SEEK_CUR) == 0);
  CHECK(test::error_of([] { jujubackup::source_of_descriptor(-1, "nothing"); })->code() == ErrorCode::io);
}

TEST_CASE("memory is a source and a sink") {
  const std::string text = "hello, world";
  const auto source = jujubackup::source_of_memory(test::bytes_of(text), "memory");
  CHECK(source->size() == 12);
  CHECK(read_all(*source, 5) == text);
  source->rewind();
  CHECK(read_all(*source, 100) == text);
  std::array<std::byte, 4> four{};
  CHECK(source->read_at(10, four) == 2);
  CHECK(source->read_at(12, four) == 0);
  CHECK(source->read_at(UINT64_MAX, four) == 0);

  jujubackup::MemorySink sink(12);
  sink.write(test::bytes_of("hello, "));
  sink.write(test::bytes_of("world"));
  CHECK(sink.text() == text);
  const auto error = test::error_of([&] { sink.write(test::bytes_of("!")); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(error->message() == "more than 12 bytes");
  CHECK(sink.text() == text);
}

TEST_CASE("a sink that cannot take its bytes says so") {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  jujubackup::DescriptorSink sink(full.get(), "the output");
  const auto error = test::error_of([&] { sink.write(test::bytes_of("x")); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::no_space);
  CHECK(error->message() == "writing to the output: No space left on device");
}
