#include "store/spool.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "store_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::Spool;

TEST_CASE("a spool") {
  const test::Scratch scratch;
  const char* before = std::getenv("TMPDIR");
  const std::optional<std::string> kept = before != nullptr ? std::optional<std::string>(before) : std::nullopt;
  REQUIRE(::setenv("TMPDIR", scratch.path().c_str(), 1) == 0);
  {
    Spool spool(100);
    CHECK(std::filesystem::is_empty(scratch.path()));  // nothing that a crash could leave
    spool.write(test::bytes_of("one "));
    spool.write(test::bytes_of("two"));
    const auto source = spool.open("x.tar.gz");
    CHECK(source->name() == "x.tar.gz");
    CHECK(source->size() == 7);
    CHECK(source->random_access());
    CHECK(test::read_all(*source) == "one two");
    source->rewind();
    CHECK(test::read_all(*source) == "one two");
  }
  const auto full = test::error_of([] { const Spool spool(UINT64_MAX); });
  REQUIRE(full);
  CHECK(full->code() == ErrorCode::no_space);
  CHECK(full->message().starts_with("a temporary copy of the archive in " + scratch.path() + " (TMPDIR) needs "));
  REQUIRE(::setenv("TMPDIR", (scratch / "none").c_str(), 1) == 0);
  CHECK(test::error_of([] { const Spool spool(0); })->code() == ErrorCode::not_found);
  kept ? ::setenv("TMPDIR", kept->c_str(), 1) : ::unsetenv("TMPDIR");
}
