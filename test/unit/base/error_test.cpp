#include <jujubackup/error.hpp>

#include <cerrno>
#include <set>

#include "test_support.hpp"

using jujubackup::Error;
using jujubackup::ErrorCode;

TEST_CASE("every code has a name of its own") {
  std::set<std::string_view> names;
  for (const int code : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99}) names.insert(jujubackup::name_of(static_cast<ErrorCode>(code)));
  CHECK(names.size() == 13);
  CHECK(names.count("unknown") == 0);
  CHECK(jujubackup::name_of(ErrorCode::not_found) == "not-found");
  CHECK(jujubackup::name_of(static_cast<ErrorCode>(50)) == "unknown");
}

TEST_CASE("context is put in front, outermost first") {
  Error error(ErrorCode::corrupt, "gzip checksum mismatch");
  CHECK(std::string(error.what()) == "gzip checksum mismatch");
  error.add_context("entry 7").add_context("reading a.tar.gz");
  CHECK(error.message() == "gzip checksum mismatch");
  CHECK(error.context() == std::vector<std::string>{"reading a.tar.gz", "entry 7"});
  CHECK(std::string(error.what()) == "reading a.tar.gz: entry 7: gzip checksum mismatch");
  CHECK(error.code() == ErrorCode::corrupt);
  CHECK_FALSE(error.retry_may_help());
  CHECK(error.system_error() == 0);
}

TEST_CASE("a copy does not see what is added to the other") {
  Error first(ErrorCode::io, "no");
  Error second = first;  // NOLINT(performance-unnecessary-copy-initialization): that is what is tested
  first.add_context("here");
  CHECK(std::string(second.what()) == "no");
  CHECK(second.context().empty());
  CHECK(std::string(first.what()) == "here: no");
}

TEST_CASE("errors of the system") {
  struct Case {
    int number;
    ErrorCode code;
    bool retry;
  };
  for (const auto& c :
       {Case{ENOENT, ErrorCode::not_found, false}, Case{ENOTDIR, ErrorCode::not_found, false}, Case{EEXIST, ErrorCode::exists, false},
        Case{ENOTEMPTY, ErrorCode::exists, false}, Case{EACCES, ErrorCode::permission, false}, Case{EPERM, ErrorCode::permission, false},
        Case{EROFS, ErrorCode::permission, false}, Case{EDQUOT, ErrorCode::no_space, false}, Case{ENOSPC, ErrorCode::no_space, true},
        Case{EBUSY, ErrorCode::busy, true}, Case{EIO, ErrorCode::io, true}, Case{EISDIR, ErrorCode::io, false}}) {
    CAPTURE(c.number);
    const Error error = Error::from_errno(c.number, "opening x");
    CHECK(error.code() == c.code);
    CHECK(error.retry_may_help() == c.retry);
    CHECK(error.system_error() == c.number);
  }
  CHECK(std::string(Error::from_errno(ENOENT, "opening x").what()) == "opening x: No such file or directory");
}
