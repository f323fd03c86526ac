#include "crypto/checked_source.hpp"

#include <filesystem>

#include "test_support.hpp"

namespace {

// The digests of "abc", as sha1sum | base64 and sha256sum give them.
const jujubackup::ExpectedDigests of_abc = {"qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};

}  // namespace

TEST_CASE("checked source: a copy of other bytes than those recorded is not published") {
  struct Case {
    const char* bytes;
    jujubackup::ExpectedDigests expected;
    const char* error;
  };
  const Case cases[] = {
      {"abc", of_abc, ""},
      {"abc", {}, ""},
      {"abd", {}, ""},
      {"abd", of_abc, "memory: the bytes are not those that were recorded (SHA-256)"},
      {"abd", {of_abc.sha1_base64, ""}, "memory: the bytes are not those that were recorded (SHA-1)"},
      {"abc", {of_abc.sha1_base64, std::string(64, '0')}, "memory: the bytes are not those that were recorded (SHA-256)"},
      {"", of_abc, "memory: the bytes are not those that were recorded (SHA-256)"},
  };
  for (const Case& c : cases) {
    const test::Scratch scratch;
    const auto source = jujubackup::expect_digests(jujubackup::source_of_memory(test::bytes_of(c.bytes), "memory"), c.expected);
    const std::string path = scratch / "copy";
    const auto error = test::error_of([&] { jujubackup::save_file(*source, path, false); });
    CHECK((error ? error->message() : "") == c.error);
    CHECK(std::filesystem::exists(path) == (*c.error == '\0'));
    if (!error) CHECK(test::read_file(path) == c.bytes);
    // Nothing else is left either.
    CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == (error ? 0 : 1));
  }
}

TEST_CASE("checked source: it may be read again") {
  const auto source = jujubackup::expect_digests(jujubackup::source_of_memory(test::bytes_of("abc"), "memory"), of_abc);
  for (int round = 0; round < 2; ++round) {
    std::byte buffer[2];
    CHECK(source->read(buffer) == 2);
    CHECK(source->read(buffer) == 1);
    CHECK(source->read(buffer) == 0);
    CHECK(source->read(buffer) == 0);
    source->rewind();
  }
}
